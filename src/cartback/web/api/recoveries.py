"""What came back, which message has the credit for it, and by which windows."""

from typing import Annotated

from pydantic import BaseModel, Field

from cartback.engine.credit_windows import BadWindows, CreditWindows, set_windows, windows_of
from cartback.engine.ports import Reading
from cartback.engine.recovery_ports import RecoveryRow
from cartback.engine.selves import present_row
from cartback.web.api.ground import Caller, MessagesReader, SettingsReader, SettingsWriter
from cartback.web.api.paging import Cursor, Limit, Page, cut, read_place, write_cursor
from cartback.web.api.problem import problems, unfit_document
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, when

router = new_router("recoveries")

NEWEST = 2**62


class CreditShown(BaseModel):
    """The message that has the credit: what the person did with it, and when."""

    message: str
    flow: str
    version: int
    step: str
    basis: Annotated[str, Field(description="click or open")]
    at: Time


class RecoveryShown(BaseModel):
    """An abandoned cart that became an order (docs/attribution.md)."""

    seq: Annotated[int, Field(description="The number of its Cart Recovered in the log.")]
    profile: Annotated[int, Field(description="Whose it is by now, after merges.")]
    at: Annotated[Time, Field(description="When the order was placed.")]
    cart: str
    order_id: Annotated[str | None, Field(description="Null where the order had none.")]
    currency: str | None
    value: Annotated[
        int,
        Field(
            description="What the order was worth, in minor units; where it does not say, what was"
            " in the cart."
        ),
    ]
    revenue: Annotated[
        int,
        Field(
            description="What of it counts: less what was given back, and nothing where another"
            " cart of the same order has it."
        ),
    ]
    credit: Annotated[CreditShown | None, Field(description="Null: it came back by itself.")]


class Recoveries(Page):
    data: list[RecoveryShown]


class WindowsGiven(Body):
    """For how long a click and an open give credit."""

    click: Annotated[str, Field(max_length=40, examples=["5 days"])] = "5 days"
    open: Annotated[
        str | None, Field(max_length=40, description="Null: an open gives no credit.")
    ] = "5 days"


class WindowsShown(BaseModel):
    click: str
    open: str | None


@router.get("/recoveries", responses=problems())
def list_recoveries(caller: MessagesReader, after: Cursor = "", limit: Limit = 100) -> Recoveries:
    """The carts that became orders, newest first, and which message has the credit."""
    place = read_place("recoveries", after, NEWEST)
    with caller.store.reading() as reading:
        rows = reading.recoveries_before(caller.shop, place, limit + 1)
        page, last = cut(rows, limit)
        data = [_recovery(reading, caller, row) for row in page]
    return Recoveries(data=data, next=write_cursor("recoveries", last.seq) if last else None)


@router.get("/credit-windows", responses=problems())
def read_credit_windows(caller: SettingsReader) -> WindowsShown:
    """For how long a click and an open give credit."""
    with caller.store.reading() as reading:
        return _windows(windows_of(reading, caller.shop))


@router.put("/credit-windows", responses=problems())
def put_credit_windows(caller: SettingsWriter, body: WindowsGiven) -> WindowsShown:
    """Set them, from 1 minute to 90 days; what came back before is credited anew."""
    store = caller.noting("changed credit windows", "API", **body.model_dump())
    try:
        shown = _windows(set_windows(store, caller.shop, body.model_dump()))
    except BadWindows as error:
        raise unfit_document(error, "") from None
    caller.ground.written()
    return shown


def _windows(windows: CreditWindows) -> WindowsShown:
    return WindowsShown(click=windows.click, open=windows.open)


def _recovery(reading: Reading, caller: Caller, row: RecoveryRow) -> RecoveryShown:
    present = present_row(reading, caller.shop, row.profile)
    return RecoveryShown(
        seq=row.seq,
        profile=row.profile if present is None else present.id,
        at=when(row.at),
        cart=row.cart,
        order_id=row.order_id or None,
        currency=row.currency or None,
        value=row.value,
        revenue=row.revenue,
        credit=credit_shown(row) if row.message else None,
    )


def credit_shown(row: RecoveryRow) -> CreditShown:
    return CreditShown(
        message=row.message,
        flow=row.flow,
        version=row.version,
        step=row.step,
        basis=row.basis,
        at=when(row.touched),
    )

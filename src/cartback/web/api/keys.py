"""Keys: made with scopes, listed without their tokens, revoked."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.engine.audit import note
from cartback.engine.keys import LONGEST_LABEL, BadKey, make_key, shown
from cartback.engine.ports import Reading
from cartback.engine.scope import Scope, parse_scopes
from cartback.engine.shop_ports import KeyRow
from cartback.web.api.ground import Caller, KeysReader, KeysWriter
from cartback.web.api.paging import Id, Page
from cartback.web.api.problem import Problem, bad, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.shape import Time, perhaps, when
from cartback.web.api.twice import OnceKey, once

router = new_router("keys")


class Key(BaseModel):
    """A key as it is listed: enough to recognise it, and no more."""

    id: int
    kind: Literal["public", "secret"]
    hint: Annotated[str, Field(examples=["cb_sec_…x9Qf"])]
    label: str
    scopes: list[Scope]
    created: Time
    revoked: Time | None


class NewKey(Key):
    """A key that was just made."""

    token: Annotated[
        str | None,
        Field(description="Shown once, now; null where the request was sent before."),
    ]


class Keys(Page):
    data: list[Key]


class KeyWanted(Body):
    kind: Annotated[
        Literal["public", "secret"],
        Field(description="`public` may stand in a page and only writes events."),
    ] = "secret"
    label: Annotated[str, Field(max_length=LONGEST_LABEL, description="What it is for.")] = ""
    scopes: Annotated[
        tuple[Scope, ...],
        Field(max_length=len(Scope), description="Nothing: all that its kind may do."),
    ] = ()


@router.get("/keys", responses=problems())
def list_keys(caller: KeysReader) -> Keys:
    """The shop's keys, revoked ones too."""
    with caller.store.reading() as reading:
        return Keys(data=[_shown(row) for row in reading.keys(caller.shop)])


@router.post("/keys", status_code=201, response_model=NewKey, responses=problems(409))
def create_key(
    caller: KeysWriter, request: Request, body: KeyWanted, key: OnceKey = None
) -> NewKey | Response:
    """Make a key that may do no more than yours. Its token is shown once: a digest is kept."""

    def make() -> NewKey:
        granted = parse_scopes(body.scopes)
        with caller.store.transaction() as tx:
            try:
                token, row = make_key(tx, caller.shop, body.kind, caller.now(), body.label, granted)
            except BadKey as error:
                field = "scopes" if "public" in str(error) else "label"
                raise bad("body", field, str(error)) from None
            _refuse_more(caller, row, "make")
            shop, may, now = caller.shop, " ".join(row.scopes), caller.now()
            note(tx, shop, caller.who, "made key", shown(row), now, label=row.label, scopes=may)
        caller.ground.keys_changed()
        return NewKey(**_shown(row).model_dump(), token=token)

    def without_token(made: NewKey) -> NewKey:
        return made.model_copy(update={"token": None})

    return once(caller, key, request, body, make, kept=without_token)


@router.delete("/keys/{key}", responses=problems(404))
def revoke_key(caller: KeysWriter, key: Id) -> Key:
    """Revoke a key that may do no more than yours, for ever. It is refused everywhere within a
    second."""
    with caller.store.transaction() as tx:
        if _key(tx, caller, key).revoked is None:
            _refuse_more(caller, _key(tx, caller, key), "revoke")
            tx.revoke_key(caller.shop, key, caller.now())
            gone = shown(_key(tx, caller, key))
            note(tx, caller.shop, caller.who, "revoked key", gone, caller.now())
        row = _key(tx, caller, key)
    caller.ground.keys_changed()
    return _shown(row)


def _key(reading: Reading, caller: Caller, key: int) -> KeyRow:
    row = next((one for one in reading.keys(caller.shop) if one.id == key), None)
    if row is None:
        raise not_found(f"there is no key {key}")
    return row


def _refuse_more(caller: Caller, row: KeyRow, act: Literal["make", "revoke"]) -> None:
    beyond = ", ".join(scope for scope in row.scopes if scope not in caller.key.scopes)
    if beyond:
        ways = {
            "make": f"leave out {beyond}",
            "revoke": f"yours lacks {beyond}; ask with a key that has it, or revoke it in the"
            " console",
        }
        sentence = f"a key cannot {act} one that may do more than itself; {ways[act]}"
        raise Problem(403, "scope", sentence)


def _shown(row: KeyRow) -> Key:
    return Key(
        id=row.id,
        kind=row.kind,
        hint=shown(row),
        label=row.label,
        scopes=list(row.scopes),
        created=when(row.created),
        revoked=perhaps(row.revoked),
    )

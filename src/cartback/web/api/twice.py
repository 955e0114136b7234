"""`Idempotency-Key`: a creating request that is sent twice creates once (engine/once.py)."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from cartback.engine.once import Answered, Asked, Different, Underway, asked, begin, finish, give_up
from cartback.web.api.ground import Caller
from cartback.web.api.problem import Problem

Made = TypeVar("Made", bound=BaseModel)

OnceKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A text of your own. The same one within a day gives the first answer again,"
        " and nothing is done twice.",
    ),
]
REPLAYED: Final = "Idempotency-Replayed"


def once(
    caller: Caller,
    key: str | None,
    request: Request,
    body: BaseModel,
    act: Callable[[], Made],
    *,
    kept: Callable[[Made], Made] = lambda made: made,
    status: int = 201,
) -> Made | Response:
    """What `act` makes, or what it made when the same was asked before.

    `kept` is what may be kept of it. Raises Problem.
    """
    if key is None:
        return act()
    said = f"{request.method} {request.url.path} {body.model_dump_json()}".encode()
    one = asked(caller.name, key, said)
    before = take_up(caller, one)
    if before is not None:
        return before
    try:
        made = act()
    except BaseException:
        give_up(caller.store, caller.shop, one)
        raise
    keep(caller, one, kept(made), status)
    return made


def take_up(caller: Caller, one: Asked) -> Response | None:
    """The answer that was given before; None where it is to be done now. Raises Problem."""
    match begin(caller.store, caller.shop, one, caller.now()):
        case Answered(status, body):
            return Response(body, status, {REPLAYED: "true"}, "application/json")
        case Underway():
            raise Problem(
                409,
                "underway",
                "a request with this Idempotency-Key is being answered; send it again in a moment",
                headers={"Retry-After": "1"},
            )
        case Different():
            raise Problem(
                422,
                "key-reused",
                "this Idempotency-Key was used for another request; take a new one for each",
            )
    return None


def keep(caller: Caller, one: Asked, made: BaseModel, status: int) -> None:
    """Keep the answer, to say it again."""
    body = made.model_dump_json().encode()
    finish(caller.store, caller.shop, one, caller.now(), status, body)

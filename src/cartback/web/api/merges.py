"""Merges of profiles: read, made by hand, undone."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from cartback.engine.audit import Noted, note_merge
from cartback.engine.people import CannotMerge, NobodyFound, merge_by_hand, undo_merge
from cartback.web.api.ground import ProfilesReader, ProfilesWriter
from cartback.web.api.merge_shape import MergeShown, merge_shown
from cartback.web.api.paging import Id
from cartback.web.api.problem import Problem, not_found, problems
from cartback.web.api.reading import Body, new_router
from cartback.web.api.twice import OnceKey, once

router = new_router("profiles")


class Merges(BaseModel):
    data: list[MergeShown]


class MergeWanted(Body):
    other: Annotated[Id, Field(description="The profile to merge with.")]


class Parted(BaseModel):
    """The two that were one."""

    profiles: list[int]


@router.get("/profiles/{profile}/merges", responses=problems(404))
def list_merges(caller: ProfilesReader, profile: Id) -> Merges:
    """The merges that somebody came out of."""
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        return Merges(data=[merge_shown(one) for one in reading.merges(caller.shop, profile)])


@router.post(
    "/profiles/{profile}/merges",
    status_code=201,
    response_model=MergeShown,
    responses=problems(404, 409),
)
def merge_profiles(
    caller: ProfilesWriter, request: Request, profile: Id, body: MergeWanted, key: OnceKey = None
) -> MergeShown | Response:
    """Make one profile of two. The known or the older one survives; it can be undone."""

    def make() -> MergeShown:
        rulebook, now = caller.ground.rulebook, caller.now()
        store = Noted(
            caller.store, lambda tx: note_merge(tx, caller.shop, caller.who, profile, now)
        )
        try:
            number = merge_by_hand(store, rulebook, caller.shop, profile, body.other, now)
        except NobodyFound as error:
            raise not_found(str(error)) from None
        except CannotMerge as error:
            raise Problem(409, "cannot-merge", str(error)) from None
        caller.ground.written()
        with caller.store.reading() as reading:
            made = reading.merge(caller.shop, number)
        if made is None:
            raise not_found(f"merge {number} is of somebody who was erased since")
        return merge_shown(made)

    return once(caller, key, request, body, make)


@router.delete("/profiles/{profile}/merges/{merge}", responses=problems(404, 409))
def undo(caller: ProfilesWriter, profile: Id, merge: Id) -> Parted:
    """Undo a merge: each of the two gets its own history and identifiers back."""
    with caller.store.reading() as reading:
        caller.profile(reading, profile)
        if all(one.id != merge for one in reading.merges(caller.shop, profile)):
            raise not_found(f"profile {profile} has no merge {merge}")
    try:
        store = caller.noting("undid merge", str(merge))
        parted = undo_merge(store, caller.ground.rulebook, caller.shop, merge, caller.now())
    except CannotMerge as error:
        raise Problem(409, "cannot-undo", str(error)) from None
    caller.ground.tape_is_amended(caller.shop)
    caller.ground.written()
    return Parted(profiles=list(parted))

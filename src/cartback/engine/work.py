"""One profile while a transaction runs: read as bytes, moved as a state, written as bytes again.

A state is decoded when it is first looked at and packed when nothing more is expected of it, so
that of thousands that move in one transaction only a few lie open at a time: what is still in the
processor's cache costs a third.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cartback.domain.cart import Cart, CartId
from cartback.domain.instant import Instant
from cartback.domain.profile import ListStanding, Profile, Run, encode_profile
from cartback.engine.adoption import state_of
from cartback.engine.flowing import NO_RUNS
from cartback.engine.log_ports import Seq
from cartback.engine.profile_ports import ProfileRow
from cartback.engine.standing import NO_CARTS

_NO_LISTS: Final[Mapping[str, ListStanding]] = MappingProxyType({})
_NOT_VIEWED: Final[Mapping[str, Instant]] = MappingProxyType({})


class Work:
    """One profile while the transaction runs.

    `error` says why it is not at the present rules and cannot be moved; it is empty where it can.
    `carts`, `lists`, `runs` and `viewed` are those that were last written or noted to be, once the
    row was decoded. `cares`: for which products it cares was never written.
    """

    __slots__ = (
        *("_state", "bumped", "cares", "carts", "changed"),
        *("error", "lists", "runs", "tails", "viewed"),
    )

    def __init__(self, state: ProfileRow | Profile, tails: tuple[Seq, ...]) -> None:
        self._state = state
        self.carts: Mapping[CartId, Cart] = NO_CARTS
        self.lists: Mapping[str, ListStanding] = _NO_LISTS
        self.runs: Mapping[str, Run] = NO_RUNS
        self.viewed: Mapping[str, Instant] = _NOT_VIEWED
        self.tails = tails
        self.cares = self.changed = self.bumped = False
        self.error = ""
        if isinstance(state, Profile):
            self._begin_with(state)

    def _begin_with(self, profile: Profile) -> None:
        self._state = profile
        self.carts, self.lists = profile.carts, profile.lists
        self.runs, self.viewed = profile.runs, profile.viewed

    @property
    def profile(self) -> Profile:
        state = self._state
        if isinstance(state, ProfileRow):
            state = state_of(state)
            self._begin_with(state)
        return state

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._state = profile

    @property
    def is_open(self) -> bool:
        """Whether its state lies decoded."""
        return isinstance(self._state, Profile)

    def pack(self) -> None:
        """Keep only what is to be written: nothing more is expected of it."""
        self._state = self.row()

    def row(self) -> ProfileRow:
        """What is to be written."""
        state = self._state
        if isinstance(state, Profile):
            return ProfileRow(
                state.id, encode_profile(state), state.wake_at, state.rules, self.tails
            )
        if state.tails == self.tails:
            return state
        return ProfileRow(state.id, state.state, state.wake_at, state.rules_version, self.tails)

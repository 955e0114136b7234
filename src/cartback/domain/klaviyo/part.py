"""A piece of a Klaviyo document, with its path: what is there is read, all else is refused."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from cartback.domain.event import Json
from cartback.domain.klaviyo.terms import BadKlaviyo
from cartback.domain.number import LARGEST_NUMBER

Made = TypeVar("Made")


class Part(NamedTuple):
    """A value and where it stands."""

    value: Json
    path: str

    def bad(self, sentence: str) -> BadKlaviyo:
        return BadKlaviyo(sentence, self.path)

    def __truediv__(self, name: str) -> "Part":
        """What stands under the name. Raises BadKlaviyo where nothing does."""
        below = self.maybe(name)
        if below is None:
            raise self.bad(f"`{name}` is missing")
        return below

    def maybe(self, name: str) -> "Part | None":
        """What stands under the name; None for nothing, or null."""
        if not isinstance(self.value, dict):
            raise self.bad("an object belongs here")
        found = self.value.get(name)
        return None if found is None else Part(found, f"{self.path}.{name}")

    def only(self, *names: str) -> None:
        """Refuse other fields: they could mean something."""
        for name, value in self.value.items() if isinstance(self.value, dict) else ():
            if name not in names and value is not None:
                raise self.bad(f"Cartback does not know the field {str(name)[:60]!r}")

    def items(self) -> "Iterator[Part]":
        """The members of a list that is not empty."""
        if not isinstance(self.value, list | tuple) or not self.value:
            raise self.bad("a list with something in it belongs here")
        for place, one in enumerate(self.value):
            yield Part(one, f"{self.path}[{place}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.bad("a text belongs here")
        return self.value

    def word(self, *allowed: str) -> str:
        """One of the words that may stand here."""
        text = self.text()
        if text not in allowed:
            choice = ", ".join(allowed)
            raise self.bad(f"{text[:60]!r} cannot be said in Cartback here; it may be {choice}")
        return text

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.bad("true or false belongs here")
        return self.value

    def number(self) -> int | float:
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise self.bad("a number belongs here")
        if not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
            raise self.bad(f"a number is between -{LARGEST_NUMBER:,} and {LARGEST_NUMBER:,}")
        return number

    def integer(self) -> int:
        number = self.number()
        if number != int(number):
            raise self.bad("a whole number belongs here")
        return int(number)

    def made(self, make: Callable[[], Made]) -> Made:
        """What it makes; what our own types refuse is said with the path."""
        try:
            return make()
        except BadKlaviyo:
            raise
        except ValueError as error:
            raise self.bad(str(error)) from None

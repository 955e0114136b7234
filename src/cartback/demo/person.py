"""Made-up people: a common first name, and a surname that is a thing from the shop's shelves."""

from random import Random
from typing import Final, NamedTuple

FIRST: Final = (
    *("Ada", "Aisha", "Alex", "Amara", "Anna", "Arun", "Ben", "Carla", "Chidi", "Clara", "Dana"),
    *("Elif", "Emil", "Farid", "Finn", "Gita", "Hana", "Hugo", "Ines", "Ivo", "Jin", "Jonas"),
    *("Kaya", "Kofi", "Lea", "Lina", "Luca", "Maja", "Marta", "Mei", "Mina", "Nadia", "Nico"),
    *("Noor", "Olga", "Omar", "Pia", "Priya", "Ravi", "Robin", "Rosa", "Sam", "Sora", "Tara"),
    *("Theo", "Tom", "Uma", "Vera", "Yara", "Yuna", "Zoe"),
)
LAST: Final = (
    *("Beaker", "Bunting", "Cakestand", "Candle", "Cardboard", "Chalkboard"),
    *("Cornice", "Cracker", "Cushion", "Doily", "Domino", "Doormat", "Drawer", "Eggcup"),
    *("Gingham", "Harmonica", "Jampot", "Lampshade", "Lantern", "Lunchbox", "Marble"),
    *("Napkin", "Notebook", "Paisley", "Paperchain", "Parasol", "Picnic", "Polkadot", "Postcard"),
    *("Retrospot", "Ribbon", "Saucer", "Shopper", "Skittle", "Slate", "Spoon", "Sugarpot"),
    *("Teacup", "Teaspoon", "Teatowel", "Toadstool", "Trinket", "Wicker", "Woodland", "Zinc"),
)
HOSTS: Final = ("example.com", "example.org", "example.net")  # reserved: RFC 2606


class Person(NamedTuple):
    """Nobody: any likeness is chance. The number keeps namesakes apart."""

    first: str
    last: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def person(random: Random, number: str) -> Person:
    first = FIRST[int(random.random() * len(FIRST))]
    last = LAST[int(random.random() * len(LAST))]
    host = HOSTS[int(random.random() * len(HOSTS))]
    return Person(first, last, f"{first}.{last}.{number}@{host}".lower())

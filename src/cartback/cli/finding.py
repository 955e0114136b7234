"""What the doctor finds: a line for each thing that was looked at."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One line: what was looked at, whether it is well, and a sentence."""

    check: str
    well: bool
    says: str

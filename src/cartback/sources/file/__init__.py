"""Reading a log file for `cartback replay`: JSON lines, or CSV with a mapping."""

from cartback.sources.file.lines import Fingerprint
from cartback.sources.file.log import (
    MOST_SORTED,
    AnotherFile,
    Format,
    LogFile,
    Position,
    UnreadableLog,
)
from cartback.sources.file.mapping import BadMapping, Mapping, parse_mapping
from cartback.sources.file.outcome import Outcome, Placed
from cartback.sources.file.survey import Disorder, Survey, survey

__all__ = [
    "MOST_SORTED",
    "AnotherFile",
    "BadMapping",
    "Disorder",
    "Fingerprint",
    "Format",
    "LogFile",
    "Mapping",
    "Outcome",
    "Placed",
    "Position",
    "Survey",
    "UnreadableLog",
    "parse_mapping",
    "survey",
]

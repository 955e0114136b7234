"""Why an event is not taken: a closed list, counted by shop and shown to the engineer."""

from enum import StrEnum


class DropReason(StrEnum):
    """One word for each way in which an event that arrived does not enter the log."""

    DUPLICATE = "duplicate"  # its id is in the log already
    NO_IDENTIFIER = "no_identifier"  # nobody to whom it could belong
    BAD_IDENTIFIER = "bad_identifier"  # empty, too long, or what broken senders write for nobody
    BAD_METRIC = "bad_metric"  # no name, one beyond 255 characters, or none in a file's mapping
    RESERVED_METRIC = "reserved_metric"  # a metric that Cartback derives itself
    UNKNOWN_TYPE = "unknown_type"  # a call that the protocol does not have
    WRONG_TYPE = "wrong_type"  # a standard property of another type, too long, or below zero
    BAD_TIME = "bad_time"  # a time that cannot be read
    ANCIENT = "ancient"  # a time before 1990-01-01
    FUTURE = "future"  # a time still to come, in a log whose times drive the clock
    TOO_LARGE = "too_large"  # a message over 32 KB; a body or a batch beyond its limit
    TOO_MANY_PROPERTIES = "too_many_properties"  # more than 400 at any level
    TOO_DEEP = "too_deep"  # nested more than 16 deep
    BAD_TEXT = "bad_text"  # a NUL or a lone surrogate
    BAD_NUMBER = "bad_number"  # NaN, infinity, or an integer beyond 64 bits
    MALFORMED = "malformed"  # not an object, or not what the protocol describes

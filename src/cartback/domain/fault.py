"""What is wrong with what somebody wrote: a kind and its details, to be said in any language.

The English sentences are here, as an error is one; the others are beside `phrase`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from cartback.domain.mishap import MISHAPS

ENGLISH: Final[Mapping[str, str]] = {
    # what does not fit (domain/misfit.py)
    "wants_text": "write a text here",
    "wants_whole": "write a whole number here, such as 5",
    "wants_number": "write a number here, such as 12.5",
    "wants_yes_no": "write true or false here",
    "wants_list": "write a list here: [ … ]",
    "wants_object": "write an object here: {{ … }}",
    "wants_nothing": "write null here, or leave the field out",
    "wants_date": "write a day such as 2026-03-01",
    "wants_time": "write a time with its zone, such as 2026-03-01T12:00:00Z",
    "wants_clock": "write a time of day such as 09:00",
    "wants_one_of": "write one of these kinds of value here: {kinds}",
    "wants_other": "this is no {what}; write one",
    "wants_currency": "write a currency by its three letters, such as EUR or KRW",
    "wants_email": "write an e-mail address such as hello@shop.example",
    "wants_web_address": "write an address that begins with https://",
    "wants_origin": "write an address such as https://shop.example, without a path",
    "wants_something": "write something here; it is empty",
    "wants_pattern": "write it as the pattern {pattern} asks",
    "wants_multiple": "write a multiple of {of:,}",
    "wants_digits": "write a number of at most 19 digits",
    "holds_nul": "it holds a NUL character; take it out",
    "number_at_most": "write a number up to {bound:,}",
    "number_at_least": "write a number from {bound:,} on",
    "number_below": "write a number below {bound:,}",
    "number_above": "write a number above {bound:,}",
    "text_at_most": "shorten it to at most {most:,} characters",
    "text_at_least": "write at least {least:,} characters",
    "list_at_most": "give at most {most:,} of them",
    "list_at_least": "give at least {least:,} of them",
    "list_exactly": "give {count:,} of them, no more and no fewer",
    "list_empty": "give at least one; there is none",
    "field_missing": "the field `{field}` is missing; write it",
    "field_unknown": "there is no field `{field}` here; take it out, or look how it is spelt",
    "field_unknown_near": "there is no field `{field}` here; did you mean {near!r}?",
    "field_twice": "`{field}` stands here twice, and only one of them could count; write it once",
    "list_twice": (
        "`{field}` stands here twice, and only one of them could count; put what is in both into"
        " one list"
    ),
    "condition_twice": (
        "`{field}` stands here twice, and only one of them could count; put both into one"
        " {{kind: all, of: [ … ]}}"
    ),
    "word_unknown": "{text!r} is none of the words that may stand here",
    "word_unknown_near": (
        "{text!r} is none of the words that may stand here; did you mean {near!r}?"
    ),
    "it_is_missing": "it is missing; write it",
    "no_such_field": "there is no such field here; take it out, or look how it is spelt",
    "words_known": "choose one of these words: {words}",
    "document_too_deep": "a document nests at most {most} deep; write it flatter",
    "document_too_large": "a document has at most {most:,} parts; make several of it",
    "text_holds_nul": "{text} holds a NUL character; take it out",
    # how often and how much
    "no_number_within": "no number is within these bounds",
    "count_too_high": "a count is at most {most:,}",
    "count_missing": "say how often, for example {{at_least: 1}} or {{exactly: 0}}",
    "exactly_alone": "`exactly` stands alone",
    "fewer_than_nothing": "nobody does something fewer than 0 times",
    "negative_count": "`{field}` is not negative",
    "number_missing": "say which numbers, for example {{at_least: 100}}",
    "number_too_large": "a number is between -{most:,} and {most:,}",
    "number_not_comparable": "{value} is not a number that can be compared",
    # when
    "nearest_not_shorter": "`nearest` is shorter than `farthest`",
    "start_not_before_end": "`start` is before `end`",
    "ago_out_of_range": "`ago` is from 0 (the present one) to 1,000",
    "time_without_zone": "a time needs its zone, for example 2026-03-01T12:00:00Z",
    "not_a_time": "{text!r} is not a time; write 2026-03-01 or 2026-03-01T12:00:00Z",
    "time_too_far": "{text!r} is too far away",
    "not_a_duration": (
        "{text!r} is not a duration; write a number and a unit, such as 60 minutes,"
        " 4 hours, 7 days or 2 weeks"
    ),
    "duration_out_of_range": "{text!r}: a duration is longer than zero and at most 100 years",
    "not_a_zone": "{text!r} is not a time zone; write one such as Asia/Seoul",
    # tests on properties
    "takes_no_value": "`{operator}` takes no value",
    "takes_list": "`{operator}` takes a list of 1 to 1,000 values",
    "takes_number": "`{operator}` takes a number",
    "takes_scalar": "`{operator}` takes a text, a number, true or false",
    "takes_text": "`{operator}` takes a text",
    "takes_some_text": "`{operator}` takes a text that is not empty",
    "text_too_long": "a text is at most 1,000 characters",
    "not_a_path": "{text!r} is not a path; write names joined by dots: address.city",
    "for_traits_only": (
        "`{operator}` is for traits; an event's property takes `before` or `after`"
    ),
    "where_empty": "`where` needs at least one test",
    "tests_empty": "`of` needs at least one test",
    "pattern_too_long": "a pattern has at most {most} characters",
    "not_a_pattern": "{text!r} is not a regular expression: {error}",
    "pattern_for_ever": (
        "{text!r} could run for ever; use fewer of * + ? {{}} and |, or begin it with ^"
    ),
    "pattern_refused": "{what} is not available here",
    "repeat_in_repeat": (
        "a choice or a repeat inside a repeat could run for ever; write it flat, or as [...]"
    ),
    # conditions
    "conditions_empty": "`of` needs at least one condition",
    "metric_length": "a metric's name has 1 to 255 characters",
    "idle_bounds": "`at_least` is shorter than `less_than`",
    "idle_missing": "say for how long, for example {{at_least: 1 hour}}",
    "place_missing": "say where: `country`, `region`, `city` or `eu`",
    "no_country": ("{text!r} is no country; write its two letters (ISO 3166-1), such as KR or US"),
    "no_country_near": (
        "{text!r} is no country; write its two letters (ISO 3166-1): did you mean {near!r}?"
    ),
    "percent_out_of_range": "`percent` is from 0 to 100",
    "percent_decimals": "`percent` has at most two decimals, such as 12.25",
    "nested_too_deep": "conditions nest at most {most} deep; join some into segments",
    "too_many_conditions": (
        "a document holds at most {most:,} conditions and tests;"
        " a list of values in `in` replaces many of them"
    ),
    "half_a_character": "{text} holds half of a character (a lone surrogate)",
    "refers_to_itself": "segment {key!r} refers to itself: {path}",
    "no_segment": "there is no segment {key!r}",
    "no_segment_near": "there is no segment {key!r}; did you mean {near!r}?",
    "refer_too_deep": "segments refer to each other more than {most} deep",
    "asks_too_much": "{what} asks more than {most:,} questions",
    "nests_too_deep": "{what} nests more than {most} deep with what it refers to",
    "for_flows_only": "`since_run_start` is for automations; a segment has no run",
    # settings
    "quiet_hours_alone": "`quiet_from` and `quiet_until` belong together: write both, or neither",
    "quiet_hours_empty": "quiet hours end at another time than they begin; change one of them",
    "window_out_of_range": (
        "`{field}`: {text!r} is too short or too long; write from 1 minute to 90 days"
    ),
    "feed_out_of_range": "`every`: {text!r} is too short or too long; write 15 minutes to 31 days",
    "code_url_without_code": (
        "`code_url` says where the code stands: write {{code}} there, as in"
        " https://shop.example/discount/{{code}}"
    ),
    "variant_twice": "`variants`: two of them have the same id; give each its own",
    # coupons
    "amount_without_currency": "an amount needs a `currency`, such as EUR or KRW; write it",
    "not_a_prefix": "`prefix` has up to 12 capital letters and digits",
    "not_a_span": (
        "`{field}`: {text!r} is not a duration; write a number and a unit, such as 72 hours"
    ),
    "coupon_name_length": "a coupon's name has 1 to {most} characters",
    "not_a_coupon_key": (
        "{key!r} is not a key; write small letters, digits and hyphens, such as come-back"
    ),
    "too_many_coupons": "a shop has at most {most} coupons; archive some",
    "not_a_currency": "`currency` is an ISO 4217 code such as EUR or KRW",
    "not_a_country": "`country` is an ISO 3166-1 code such as DE or KR",
    # flows
    "again_without_duration": "`duration` belongs to the rule `after`, such as 30 days",
    "name_length": "`name` has 1 to 200 characters",
    "priority_out_of_range": "`priority` is from -100 to 100; the higher one is served first",
    "no_run_in_who": "`since_run_start` in `who`: nobody's run has begun yet",
    "wait_without_end": 'say how long, for example {{for: 1 hour}} or {{until: "09:00"}}',
    "not_a_clock": '`until` is a time of day such as "09:00"',
    "branch_count": "`branches` holds 1 to {most} of them",
    "key_twice": "two steps have the key {key!r}; each needs its own",
    "too_many_steps": "an automation has at most {most} steps",
    "not_a_step_key": ("{key!r} is no key of a step; write small letters, digits and hyphens"),
    "not_a_flow_key": (
        "{key!r} is not a key; write small letters, digits and hyphens, such as abandoned-cart"
    ),
    "flow_exists": "there is a flow {key!r} already; change it or take another key",
    "too_many_copies": "there are {most} copies of {key!r} already",
    "too_many_flows": "a shop has at most {most} automations; archive some",
    "flow_no_segment": "automation {flow!r} refers to segment {key!r}, and there is none",
    "flow_no_segment_near": (
        "automation {flow!r} refers to segment {key!r}, and there is none; did you mean {near!r}?"
    ),
    "lacks_template": (
        "step {step!r} sends the template {key!r}, which is not there; save it first,"
        " or make the step a draft"
    ),
    "lacks_template_near": (
        "step {step!r} sends the template {key!r}, which is not there; did you mean {near!r}?"
    ),
    "lacks_coupon": "step {step!r} needs the coupon {key!r}, which is not there; define it first",
    "lacks_coupon_near": (
        "step {step!r} needs the coupon {key!r}, which is not there; did you mean {near!r}?"
    ),
    "lacks_sender": (
        "the shop has no sender's address, so that no e-mail can leave; set it first"
        " (cartback mailing set FILE)"
    ),
    "lacks_steps": "the automation has no step, so that nothing would happen; add one first",
    "step_unreachable": (
        "step {step!r} stands behind an end, so that nobody comes there; take out the"
        " end or the step"
    ),
    "notice_elsewhere": (
        "step {step!r} says that its mail tells people of the yes that they gave. Only an"
        " automation that begins when that is due tells them; say what else the mail is for"
    ),
    "transactional_elsewhere": (
        "step {step!r} says that its mail is part of an order, but the automation begins before"
        " there is one. Such a mail would go to people who did not allow it; say what else it is"
        " for"
    ),
    "webhook_forbidden": (
        "step {step!r} calls {text!r}, which may not be called: {why}. For systems in your own"
        " network set CARTBACK_WEBHOOK_NETWORKS"
    ),
    "alert_unreadable": "step {step!r}, `{field}`: {said:en}",
    "before_or_after": "`before` or `after`, not both",
    "not_a_web_address": "{text!r} is no address that can be called; write https://shop.example/…",
    "alerted_count": "`to` holds 1 to {most} addresses, each once",
    "not_an_email": "{text!r} is no e-mail address",
    "subject_length": "`subject` has 1 to {most} characters",
    "alert_too_long": "`text` has at most {most:,} characters",
    # what was typed
    "not_an_amount": "{text!r} is not an amount; write a number such as 50",
    "not_whole": "{text!r} is not a whole number",
    "not_a_number": "{text!r} is not a number",
    "no_such_row": "there are no rows of the kind {text!r}",
    "not_json": "this is not JSON: {error}",
    # rows of a file
    "row_width": "{count} columns; the header has {width}",
    "row_lacks": "`{field}` is missing",
    "row_price": "{text!r} is not an amount; write a number such as 19.99",
    "row_price_too_large": "{text!r} is larger than any amount may be",
    "row_currency": "{text!r} is no currency; write an ISO 4217 code such as EUR or KRW",
    "row_availability": "availability: {text!r} is neither in stock nor out of it",
    "row_stock": "stock: {text!r} is not a number of pieces",
    "row_twice": "{product!r} stood in line {line:,} already; this line counts",
    "row_variant_twice": (
        "{variant!r} of {product!r} stood in line {line:,} already; this line counts"
    ),
    # templates
    "too_many_characters": "`{field}` has at most {most:,} characters",
    "nul_character": "`{field}` holds a NUL character",
    "not_one_line": "`{field}` is one line",
    "not_an_address": "`{field}` starts with https:// or with a keyword such as {{{{",
    "pixels_out_of_range": "`{field}` is from {least} to {most} pixels",
    "width_out_of_range": "`{field}` is from {least} to {most} percent",
    "count_out_of_range": "`{field}` is from {least} to {most}",
    "pieces_out_of_range": "`{field}` is from {least} to {most} pieces",
    "column_count": "there are two to four columns",
    "column_widths": "the widths of the columns add up to 100, or none has one",
    "fixed_products": "`{field}` names the products of the source `fixed`, and of no other",
    "product_ids": "`{field}` are at most {most}, of 1 to 255 characters",
    "keyword_unclosed": (
        "`{field}`: a keyword is not closed; write it like {{{{ profile.first_name }}}}"
    ),
    "not_a_coupon": "`{field}` is a coupon's key, such as come-back-10",
    "not_a_colour": "`{field}` is a colour such as #0f766e",
    "subject_empty": "`{field}` is not empty",
    "blocks_empty": "`blocks` needs at least one block",
    "too_many_blocks": "a template has at most {most} blocks",
    "mail_unmakeable": "{said:en}",
    "mail_unmakeable_at": "{path}: {said:en}",
    "footer_missing": "advertising needs a `footer`: who writes, and how to unsubscribe",
    **MISHAPS,
}


class Said(NamedTuple):
    """A part of a sentence that somebody else said in both languages: `{part:en}`, `{part:ko}`."""

    en: str
    ko: str

    def __format__(self, language: str) -> str:
        return self.ko if language == "ko" else self.en


class Fault(ValueError):
    """`kind` is one of ENGLISH, and `about` fills in its sentence."""

    def __init__(self, kind: str, **about: Any) -> None:  # noqa: ANN401  whatever a sentence names
        super().__init__(ENGLISH[kind].format_map(about))
        self.kind: Final = kind
        self.about: Final[Mapping[str, Any]] = about
        self.at = ""
        """The field of the object that checks itself in which it is wrong, where it is one."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.kind, dict(self.about)), {"at": self.at}


class BadDocument(ValueError):
    """A document that is not what it should be: the path, what is wrong there, and what was likely
    meant. `fault` is the same without the path, to be said in any language; None where a sentence
    of another library's is all that there is.
    """

    def __init__(self, sentence: str | Fault, fault: Fault | None = None) -> None:
        super().__init__(str(sentence))
        self.fault = sentence if isinstance(sentence, Fault) else fault


@contextmanager
def in_field(name: str) -> Iterator[None]:
    """What is wrong within is wrong in that field."""
    try:
        yield
    except Fault as fault:
        fault.at = name
        raise


def _again(of: type[Fault], kind: str, about: Mapping[str, Any]) -> Fault:
    return of(kind, **about)

"""What this package offers: labels, sentences and trees, in either language."""

from collections.abc import Iterator

from cartback.domain.condition import All, Any_, Condition, Not
from cartback.domain.explain import Explanation
from cartback.domain.fault import Fault
from cartback.domain.instant import Zone
from cartback.domain.misfit import misfit
from cartback.domain.mishap import read_back
from cartback.domain.phrase import english, english_reasons, korean, korean_reasons
from cartback.domain.phrase.korean_faults import KOREAN, OTHER
from cartback.domain.phrase.names import NO_NAMES, Language, Names


def fault_text(error: Exception, language: Language) -> str:
    """What is wrong with what somebody wrote, without the path to it.

    Of an error that is no fault, and nothing that a validator says, its own sentence is given.
    """
    fault = error if isinstance(error, Fault) else getattr(error, "fault", None)
    said = str(error).partition(" - at `")[0]
    fault = misfit(said) if fault is None else fault
    if fault is None:
        return said if language == Language.ENGLISH else OTHER.format(error=said)
    if language == Language.ENGLISH:
        return str(fault)
    return KOREAN[fault.kind].format_map(fault.about)


def fault_at(error: Exception, language: Language) -> str:
    """The same with the place in the document, where it is known."""
    if language == Language.ENGLISH:
        return str(error)
    _, at, rest = str(error).partition(" - at `")
    path, _, _ = rest.partition("`")
    place = path.removeprefix("$").removeprefix(".")
    said = fault_text(error, language)
    return f"{said} (위치: {place})" if at and place else said


def kept_text(sentence: str, language: Language) -> str:
    """A sentence of a mishap as it was kept, in English, said in a language; what somebody else
    said in it, or all of it, such as a mail server's own words, stays as it is."""
    read = None if language == Language.ENGLISH else read_back(sentence)
    if read is None:
        return sentence
    said = {name: kept_text(text, language) for name, text in read.about.items()}
    return KOREAN[read.kind].format_map(said)


def describe(condition: Condition, language: Language, names: Names = NO_NAMES) -> str:
    """The condition as a label, without a full stop. A group is named by its size."""
    match language:
        case Language.ENGLISH:
            return english.describe(condition, names)
        case Language.KOREAN:
            return korean.describe(condition, names)


def sentence(
    explanation: Explanation, language: Language, zone: Zone, names: Names = NO_NAMES
) -> str:
    """One sentence: whether it holds, until when on the shop's clock, and why."""
    match language:
        case Language.ENGLISH:
            return english_reasons.sentence(explanation, zone, names)
        case Language.KOREAN:
            return korean_reasons.sentence(explanation, zone, names)


def tree_text(
    explanation: Explanation, language: Language, zone: Zone, names: Names = NO_NAMES
) -> str:
    """Every part on its own line, marked ✓ or ✗ and indented below what it belongs to."""
    lines = _lines(explanation, "", "")
    return "\n".join(
        f"{stem}{'✓' if one.holds else '✗'} {sentence(one, language, zone, names)}"
        for stem, one in lines
    )


def _lines(explanation: Explanation, stem: str, below: str) -> Iterator[tuple[str, Explanation]]:
    yield stem, explanation
    last = len(explanation.children) - 1
    for place, child in enumerate(explanation.children):
        branch, rest = ("└─ ", "   ") if place == last else ("├─ ", "│  ")
        yield from _lines(child, below + branch, below + rest)


def outline(condition: Condition, language: Language, names: Names = NO_NAMES) -> str:
    """The whole tree in words, a line for each part, its parts indented below it."""
    return "\n".join(_outlined(condition, language, names, 0))


def _outlined(condition: Condition, language: Language, names: Names, depth: int) -> Iterator[str]:
    yield "  " * depth + describe(condition, language, names)
    match condition:
        case All(of) | Any_(of):
            parts: tuple[Condition, ...] = of
        case Not(of):
            parts = (of,)
        case _:
            parts = ()
    for part in parts:
        yield from _outlined(part, language, names, depth + 1)

"""Why a row of a list of addresses was left out, in words."""

from typing import Final

from cartback.domain.law.terms import Bar
from cartback.domain.phrase.josa import josa
from cartback.domain.phrase.names import Language

REASONS: Final = ", ".join(Bar)


def left_out(line: int, fault: str, text: str, language: Language) -> str:
    """One sentence: which line, what is wrong there, and what may stand there."""
    is_reason = fault == "unknown_reason"
    if language == Language.KOREAN:
        written = josa(f"“{text}”", "은/는")
        if is_reason:
            return f"{line}행: {written} 사유가 아니에요. 쓸 수 있는 사유: {REASONS}."
        return f"{line}행: {written} 주소가 아니에요."
    if is_reason:
        return f"Line {line}: “{text}” is no reason; the reasons are {REASONS}."
    return f"Line {line}: “{text}” is no address."

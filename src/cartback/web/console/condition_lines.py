"""A condition in words, line by line."""

from cartback.domain.condition import All, Any_, Condition, Not
from cartback.domain.phrase import Language, Names, describe


def lines_of(
    condition: Condition, language: Language, names: Names, depth: int = 0
) -> list[tuple[int, str, str]]:
    """The condition line by line: depth, what joins it to the others, and the words."""
    match condition:
        case All(of) | Any_(of):
            joined = "all" if isinstance(condition, All) else "any"
            found = [(depth, joined, "")]
            for one in of:
                found += lines_of(one, language, names, depth + 1)
            return found
        case Not(All(of) | Any_(of) as inner):
            found = [(depth, f"not-{'all' if isinstance(inner, All) else 'any'}", "")]
            for one in of:
                found += lines_of(one, language, names, depth + 1)
            return found
        case _:
            return [(depth, "", describe(condition, language, names))]

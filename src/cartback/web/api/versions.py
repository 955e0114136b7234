"""Which version somebody changed: by the ETag in If-Match, or in the body."""

from pydantic import BaseModel

from cartback.web.api.problem import Problem, bad


def version_tag(version: int) -> str:
    """A version as an ETag."""
    return f'"{version}"'


def expected_version(if_match: str | None, version: int | None) -> int:
    """The version that the caller changed. Raises Problem where nothing says it."""
    if if_match is not None:
        tag = if_match.strip().removeprefix("W/").strip('"')
        if not (tag.isascii() and tag.isdigit() and len(tag) < 19):
            raise bad("header", "If-Match", 'write the ETag that you were given, such as "3"')
        return int(tag)
    if version is None:
        raise Problem(
            428,
            "version-missing",
            "say which version you changed: in `version`, or the ETag in the header If-Match",
        )
    return version


def stale_version(sentence: str, there: BaseModel, version: int, *, by_header: bool) -> Problem:
    """Somebody was faster: what is there now. `by_header`: If-Match said what was changed."""
    return Problem(
        412 if by_header else 409,
        "stale-version",
        sentence,
        present=there.model_dump(),
        headers={"ETag": version_tag(version)},
    )

"""Who is in which list: what profiles' states say, as rows by which they are found."""

from collections.abc import Mapping, Sequence

from cartback.domain.event import ProfileId
from cartback.domain.profile import ListStanding
from cartback.engine.list_ports import Enlisted


def enlisted(
    profile: ProfileId, written: Mapping[str, ListStanding], lists: Mapping[str, ListStanding]
) -> Sequence[Enlisted]:
    """What has to be written of a profile's lists, where others were written before."""
    changes = []
    for key in sorted(written.keys() | lists.keys()):
        before, after = _since(written.get(key)), _since(lists.get(key))
        if before != after:
            changes.append(Enlisted(key, profile, after))
    return changes


def _since(standing: ListStanding | None) -> int | None:
    return standing.at if standing is not None and standing.joined else None

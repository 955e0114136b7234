"""Clicks and opens that no person made: security scanners and mail clients fetch links too.

Pure: all visits of one message go in, and each comes out as a person's or with the reason why not.
So the judgement can be made again when another visit arrives, and when the rules change.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from cartback.domain.instant import SECOND, Instant

TOO_SOON: Final = 5 * SECOND
AT_ONCE: Final = 10 * SECOND
AROUND_A_TRAP: Final = 120 * SECOND
MANY: Final = 3
SHARE: Final = 0.8

_AGENTS: Final = re.compile(
    r"barracuda|proofpoint|mimecast|safelinks|urldefense|bingpreview|slackbot|facebookexternalhit"
    r"|twitterbot|linkedinbot|whatsapp|telegrambot|kakaotalk-scrap|yeti|googlebot|bingbot|applebot"
    r"|python-requests|python-httpx|aiohttp|curl/|wget/|go-http-client|java/|okhttp|libwww"
    r"|headlesschrome|phantomjs|trendmicro|symantec|fortiguard|zscaler|cloudmark|virustotal"
    r"|crawler|spider|\bbot\b",
    re.IGNORECASE,
)
_PROXY_AGENT: Final = "Mozilla/5.0"
"""All that Apple's Mail Privacy Protection says of itself; it opens every mail."""


class Reason(StrEnum):
    """Why a visit is not counted as a person's."""

    HEAD = "head"  # a person's client asks with GET
    AGENT = "agent"  # it says that it is a program
    TRAP = "trap"  # it followed the link that nobody can see, or came together with who did
    TOO_SOON = "too_soon"  # within seconds of the delivery
    ALL_AT_ONCE = "all_at_once"  # most links of the mail within seconds
    PREFETCH = "prefetch"  # a mail client that fetches every picture, whether it is seen or not


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request for something of a mail. `link`: which one, None for the open pixel."""

    at: Instant
    method: str = "GET"
    agent: str = ""
    link: int | None = None
    trap: bool = False


def judge_visits(
    visits: Sequence[Visit], *, delivered_at: Instant | None, links: int
) -> list[Reason | None]:
    """Of each visit of one message, why it is no person's, or None.

    `links` is how many the mail has. `delivered_at` is when the provider took it, where known.
    """
    traps = [one.at for one in visits if one.trap]
    bursts = _bursts(visits, links)
    return [_judge(one, delivered_at, traps, bursts) for one in visits]


def _judge(
    visit: Visit,
    delivered_at: Instant | None,
    traps: Sequence[Instant],
    bursts: Sequence[tuple[Instant, Instant]],
) -> Reason | None:
    if visit.method.upper() == "HEAD":
        return Reason.HEAD
    if visit.trap or any(abs(visit.at - one) <= AROUND_A_TRAP for one in traps):
        return Reason.TRAP
    if _AGENTS.search(visit.agent) or not visit.agent:
        return Reason.AGENT
    if visit.link is None:
        return Reason.PREFETCH if visit.agent.strip() == _PROXY_AGENT else None
    if any(start <= visit.at <= end for start, end in bursts):
        return Reason.ALL_AT_ONCE
    if delivered_at is not None and visit.at < delivered_at + TOO_SOON:
        return Reason.TOO_SOON
    return None


def _bursts(visits: Sequence[Visit], links: int) -> list[tuple[Instant, Instant]]:
    """Stretches of time in which most links of the mail were followed, several at least."""
    clicks = sorted((one.at, one.link) for one in visits if one.link is not None)
    wanted = max(MANY, round(SHARE * links))
    found: list[tuple[Instant, Instant]] = []
    first = 0
    for last, (at, _) in enumerate(clicks):
        while at - clicks[first][0] > AT_ONCE:
            first += 1
        if len({link for _, link in clicks[first : last + 1]}) >= wanted:
            found.append((clicks[first][0], at))
    return found

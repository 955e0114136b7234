"""What the doctor looks at: each check is a line that says how it is, and what to do about it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from cartback.cli.demo_shop import NOTE as DEMO
from cartback.cli.errors import Refusal, refusal
from cartback.cli.finding import Finding
from cartback.cli.health_catalog import catalog_findings
from cartback.cli.health_mail import domain_findings, mail_findings
from cartback.cli.output import counted
from cartback.cli.running import Holder, who_is_up
from cartback.cli.tls import certificate_of
from cartback.config import Config
from cartback.domain.instant import DAY, MINUTE, SECOND, Instant, Milliseconds, text_of
from cartback.engine.left_behind import left_behind
from cartback.engine.mailing import mailing_of
from cartback.engine.ports import Reading
from cartback.engine.shop_ports import ShopRow
from cartback.wiring import Installation, installation, real_clock
from cartback.wiring.tape import has_bulk, tape_position

CLOCK_MAY_BE_OFF: Final[Milliseconds] = 2 * SECOND
WAKE_MAY_BE_LATE: Final[Milliseconds] = 30 * SECOND
TAPE_MAY_LAG: Final[Milliseconds] = 10 * MINUTE
LEAST_FREE: Final = 1_000_000_000


def examine(config: Config) -> Iterator[Finding]:
    """Everything, one after the other; what cannot be looked at is said to be unwell.

    Where a process is up on this database, it is looked at as that process is set up.
    """
    up = who_is_up(config)
    config = _as_of(config, up)
    yield Finding("configuration", well=True, says=_looks_at(config, up))
    if config.tls_cert is not None:
        yield _certificate(config)
    yield _folder(config)
    if config.sqlite_file is None:
        yield _disk(config.data)
    try:
        yield from _database(config, up)
    except Exception as error:
        sentence = refusal(error)
        if sentence is None:
            raise
        yield Finding("database", well=False, says=sentence.message)


def _as_of(config: Config, up: Holder | None) -> Config:
    """The shell's settings, but for what the process that is up was told otherwise."""
    if up is None or not up.data:
        return config
    return replace(config, data=Path(up.data), tape=up.tape)


def _looks_at(config: Config, up: Holder | None) -> str:
    place = config.sqlite_file or _without_password(config.database)
    says = f"this shell's CARTBACK_… settings name {place}; data in {config.data}"
    if up is None:
        return f"{says}; cartback up would listen at {config.url}"
    return f"{says}, as the process that is up has it"


def _without_password(url: str) -> str:
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def _database(config: Config, up: Holder | None) -> Iterator[Finding]:
    """What the store says of itself, and if it can be read, what is in it."""
    file = config.sqlite_file
    if file is not None and not file.exists():
        yield Finding("database", False, f"there is none at {file} yet; cartback up makes it")
        return
    with installation(config, migrate=False) as base:
        readable = True
        for name, well, says in base.store.check(thorough=True):
            yield Finding(name, well, says)
            readable = readable and (well or name not in {"database", "schema"})
        if readable:
            yield from _contents(base, up)


# --- the machine ------------------------------------------------------------------------------


def _certificate(config: Config) -> Finding:
    """Whether HTTPS can be spoken with it, and for how long."""
    try:
        certificate = certificate_of(config, real_clock())
    except Refusal as refused:
        return Finding("certificate", False, refused.message)
    if certificate is None:
        return Finding("certificate", True, "none")
    says = f"valid until {text_of(certificate.until)}"
    if certificate.ends_soon(real_clock()):
        return Finding("certificate", False, f"{says}; renew it, and send cartback up a SIGHUP")
    return Finding("certificate", True, says)


def _folder(config: Config) -> Finding:
    """Whether files can be written, and whether their time is the clock's."""
    folder = _existing(config.data)
    before = real_clock()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            written = int(os.fstat(file.fileno()).st_mtime * SECOND)
    except OSError as error:
        return Finding("folder", False, f"{folder} cannot be written to: {error.strerror}")
    off = max(before - written, written - real_clock(), 0)
    if off > CLOCK_MAY_BE_OFF:
        return Finding(
            "clock",
            False,
            f"this machine's clock and that of {folder} differ by {off / SECOND:,.0f} s;"
            " set both by NTP",
        )
    return Finding("clock", True, f"{text_of(before)}, and {folder} agrees")


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(_existing(data)).free
    if free < LEAST_FREE:
        return Finding("disk", False, f"{free / 1e6:,.0f} MB free at {data}; make room")
    return Finding("disk", True, f"{free / 1e9:,.1f} GB free at {data}")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


# --- the store --------------------------------------------------------------------------------


def _contents(base: Installation, up: Holder | None) -> Iterator[Finding]:
    with base.store.reading() as reading:
        shops = reading.shops()
        mailings = {shop.id: mailing_of(reading, shop.id) for shop in shops}
        simulated = reading.note(DEMO) is not None
    if not shops:
        yield Finding("shops", False, "there is none; make one with: cartback shop create NAME")
    yield Finding("process", True, _who(base.config, up))
    with base.store.reading() as reading:
        yield _wakes(reading, base.clock(), up)
        for shop in shops:
            events = _demo_events if simulated else _events
            for look in (_keys, events, _segments, _quarantine, _conflicts):
                yield _of_shop(look(reading, shop), shop, alone=len(shops) == 1)
            for finding in mail_findings(
                reading, shop, base.config, base.clock(), is_demo=simulated
            ):
                yield _of_shop(finding, shop, alone=len(shops) == 1)
            for finding in catalog_findings(reading, shop):
                yield _of_shop(finding, shop, alone=len(shops) == 1)
    for shop in shops:
        for finding in [] if simulated else domain_findings(mailings[shop.id], base.config):
            yield _of_shop(finding, shop, alone=len(shops) == 1)
    for shop in shops:
        yield _of_shop(_tape(base, shop, up), shop, alone=len(shops) == 1)


def _of_shop(finding: Finding, shop: ShopRow, *, alone: bool) -> Finding:
    return finding if alone else finding._replace(check=f"{finding.check} of {shop.name}")


def _who(config: Config, up: Holder | None) -> str:
    if up is not None:
        return f"up: {up}" + (", with a clock of its own" if up.drives_clock else "")
    if config.sqlite_file is None:
        return "not known: PostgreSQL has room for many"
    return "nobody is up on this database; start it with: cartback up"


def _wakes(reading: Reading, now: Instant, up: Holder | None) -> Finding:
    late = max(0, now - reading.next_wake())
    if late <= WAKE_MAY_BE_LATE:
        return Finding("wakes", True, "on time")
    if up is None:
        return Finding("wakes", True, "some are due, and happen when Cartback is up")
    if up.drives_clock:
        return Finding("wakes", True, "happen by the clock of the process that is up")
    return Finding(
        "wakes",
        False,
        f"the earliest is {_span(late)} late; look into the log of cartback up, and at the load",
    )


def _keys(reading: Reading, shop: ShopRow) -> Finding:
    live = [key for key in reading.keys(shop.id) if key.revoked is None]
    if live:
        return Finding("keys", True, f"{len(live)} in use")
    return Finding(
        "keys", False, "there is none, so that nothing can be sent: cartback keys create"
    )


def _events(reading: Reading, shop: ShopRow) -> Finding:
    """Time in the log: an event from tomorrow says that the clock was set back."""
    last = reading.last_seq(shop.id)
    page = reading.log_after(shop.id, last - 1, 1) if last else ()
    if not page:
        return Finding("events", True, "none yet")
    ahead = page[0].event.received - real_clock()
    if ahead > CLOCK_MAY_BE_OFF:
        return Finding(
            "events",
            False,
            f"the latest arrived {_span(ahead)} from now: the clock was set back, or a simulated"
            " one was used; nobody leaves a segment until the clock is there",
        )
    drops = sum(reading.drops(shop.id).values())
    total = reading.counts(shop.id).get("events", 0)
    return Finding("events", True, f"{total:,}, the latest {_span(-ahead)} ago; {drops:,} dropped")


def _demo_events(reading: Reading, shop: ShopRow) -> Finding:
    """The demo's clock is simulated: it may be anywhere."""
    drops = sum(reading.drops(shop.id).values())
    total = reading.counts(shop.id).get("events", 0)
    return Finding("events", True, f"{total:,}, of the demo's own time; {drops:,} dropped")


def _segments(reading: Reading, shop: ShopRow) -> Finding:
    rows = [row for row in reading.segments(shop.id) if row.status != "archived"]
    failed = [f"{row.key} ({row.error})" for row in rows if row.status == "failed"]
    building = [row.key for row in rows if row.status == "building"]
    if failed:
        return Finding(
            "segments",
            False,
            f"finding members failed: {', '.join(failed)}; it is tried again every ten seconds; the"
            " log of cartback up tells where it fails",
        )
    says = f"{len(rows)} in work"
    if building:
        says += f"; {', '.join(building)}: members are being found"
    return Finding("segments", True, says)


def _quarantine(reading: Reading, shop: ShopRow) -> Finding:
    waiting = reading.counts(shop.id).get("quarantined", 0)
    behind = left_behind(reading, shop.id).number
    if not waiting and not behind:
        return Finding("quarantine", True, "empty")
    says = [f"{counted(waiting, 'event')} waiting"] if waiting else []
    if behind:
        says.append(f"a rule fails for {counted(behind, 'profile')}, left as judged before")
    return Finding("quarantine", False, f"{', '.join(says)}; see: cartback quarantine list")


def _conflicts(reading: Reading, shop: ShopRow) -> Finding:
    """Nothing is wrong with them: a device that two people share makes one."""
    reported = reading.counts(shop.id).get("conflicts", 0)
    if not reported:
        return Finding("conflicts", True, "none: no event tied two customers")
    says = f"{counted(reported, 'tie')} of different people; see: cartback profile conflicts"
    return Finding("conflicts", True, says)


def _tape(base: Installation, shop: ShopRow, up: Holder | None) -> Finding:
    if not has_bulk():
        return Finding("tape", True, "not written: the extra cartback[bulk] is not installed")
    if not base.config.tape:
        told = "this shell" if up is None else "the process that is up"
        return Finding("tape", True, f"not written: {told} has it off")
    position = tape_position(base, shop.id)
    with base.store.reading() as reading:
        behind = reading.log_after(shop.id, position, 1)
    if not behind:
        return Finding("tape", True, "is at the end of the log")
    lag = max(0, real_clock() - behind[0].event.received)
    if up is None or up.drives_clock or lag < TAPE_MAY_LAG:
        return Finding("tape", True, f"is {_span(lag)} behind the log")
    return Finding(
        "tape", False, f"is {_span(lag)} behind the log; look into the log of cartback up"
    )


def _span(duration: Milliseconds) -> str:
    for name, size in (("days", DAY), ("minutes", MINUTE)):
        if duration >= 2 * size:
            return f"{duration / size:,.0f} {name}"
    return f"{duration / SECOND:,.0f} s"

"""The demo's post: flows that are at work, a postman on the demo's clock, and a mail catcher.

The mail is real: it is made, handed over by SMTP and received; only it never leaves this machine.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from threading import Event as Signal
from threading import Thread
from typing import Final

from cartback.channels.email.alert import AlertComposer
from cartback.channels.email.catcher import Catcher
from cartback.channels.email.channel import EmailChannel
from cartback.channels.email.postman import EmailPostman
from cartback.channels.email.ready import KEYS as READY
from cartback.channels.email.ready import ready
from cartback.channels.email.smtp import Server, SmtpPool
from cartback.demo.flows import MAILING, flow_documents
from cartback.demo.storefront.stock import COUPON, COUPON_NAME, OFFER
from cartback.domain.event import ShopId
from cartback.domain.instant import Instant, datetime_of
from cartback.domain.law.terms import EMAIL
from cartback.domain.message import Outcome, Outgoing
from cartback.domain.step import ALERT, WEBHOOK
from cartback.domain.template import Language, template_document
from cartback.engine.backfill import backfill_all
from cartback.engine.coupons import define_coupon
from cartback.engine.deliver import Begins, Postman, Sending, deliver
from cartback.engine.flows import create_flow, set_status
from cartback.engine.mailing import mailing_of, set_mailing
from cartback.engine.noting import LONGEST_HANDOVER, doubt_stale
from cartback.engine.ports import Contention
from cartback.engine.templates import save_template
from cartback.wiring import Installation, webhook_postman
from cartback.wiring.email import CaughtByShop, email_composer

TICK_SECONDS: Final = 0.05

Told = Callable[[Sending, Outcome], None]

_log = logging.getLogger("cartback.demo")


def begin_flows(base: Installation, shop: ShopId, now: Instant, language: Language) -> None:
    """Set the shop's mail and its coupon up and let its flows begin, where that was never done.

    What happened before begins nothing: only carts that are left from now on are written about.
    """
    store = base.store
    with store.reading() as reading:
        known = {row.key: row.status for row in reading.flows(shop)}
        templates = {row.key for row in reading.templates(shop)}
        mailing = mailing_of(reading, shop)
        has_coupon = reading.coupon(shop, COUPON) is not None
    if not has_coupon:
        define_coupon(store, shop, COUPON_NAME, OFFER, now)
    if mailing is None:
        set_mailing(store, shop, {**MAILING, "language": language})
    for key in READY:
        if key not in templates:
            one = ready(key)
            document = template_document(one.template(language))
            save_template(store, shop, key, one.title[language], document, now)
    for key, document in flow_documents().items():
        if key not in known:
            create_flow(store, shop, key, document, now)
            set_status(store, shop, key, "live", now)
    backfill_all(store, base.rulebook, shop, lambda: now)


class DemoPost:
    """Hands over what is due, as the demo's clock goes; what was handed over is in the catcher."""

    def __init__(self, base: Installation, address: Callable[[], str]) -> None:
        """`address`: where people reach the demo, for the links in its mail."""
        self._base = base
        self._address = address
        self._stopping = Signal()
        self.catcher: Final = Catcher(self._moment)
        self.inbox: Final = CaughtByShop(self.catcher)

    def _moment(self) -> datetime:
        return datetime_of(self._base.clock())

    @contextlib.contextmanager
    def delivering(
        self, *told: Told, meanwhile: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Within the block mail goes out; each outcome is `told`, before it is noted, and
        `meanwhile` is done again and again."""
        self.catcher.start()
        self._doubt_what_was_cut_off()
        thread = Thread(target=self._run, args=(told, meanwhile), name="demo post", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join()
            self.catcher.stop()

    def try_out(self, outgoing: Outgoing) -> Outcome:
        """Hand one mail over to the catcher, beside the outbox."""
        return asyncio.run(self._hand_over(outgoing))

    async def _hand_over(self, outgoing: Outgoing) -> Outcome:
        pool = SmtpPool(Server(host="127.0.0.1", port=self.catcher.port, security="none"))
        try:
            return await EmailChannel(pool).send(outgoing)
        finally:
            await pool.close()

    def _doubt_what_was_cut_off(self) -> None:
        """This process is alone: whatever is being handed over was so by one that was killed.

        While time runs nothing is doubted: at its speed the longest hand-over is a moment of ours.
        """
        while doubt_stale(self._base.store, self._base.clock() + 2 * LONGEST_HANDOVER):
            pass

    def _run(self, told: Sequence[Told], meanwhile: Callable[[], None]) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._deliver(told, meanwhile))

    async def _deliver(self, told: Sequence[Told], meanwhile: Callable[[], None]) -> None:
        base = self._base
        server = Server(host="127.0.0.1", port=self.catcher.port, security="none")
        pool = SmtpPool(server)
        composer = email_composer(base.store, base.rulebook, base.clock, self._address)
        postman = EmailPostman(composer.compose, EmailChannel(pool))
        alerts = AlertComposer(base.store, base.rulebook, base.clock)
        postmen: dict[str, Postman] = {
            EMAIL: _Telling(postman, told),
            ALERT: EmailPostman(alerts.compose, EmailChannel(pool)),
            WEBHOOK: webhook_postman(base),
        }
        while not self._stopping.is_set():
            try:
                count = 0
                for channel, each in postmen.items():
                    count += await deliver(
                        base.store, base.rulebook, base.clock, each, channel=channel
                    )
                await asyncio.to_thread(meanwhile)
            except Contention:
                count = 0
            except Exception:  # noqa: BLE001  the view must not end in a traceback
                _log.exception("the demo's mail failed; it is tried again")
                count = 0
            if not count:
                await asyncio.to_thread(self._stopping.wait, TICK_SECONDS)
        await pool.close()


class _Telling:
    """A postman of whom every outcome is told."""

    def __init__(self, postman: EmailPostman, told: Sequence[Told]) -> None:
        self._postman = postman
        self._told = told

    async def hand_over(self, sending: Sending, begins: Begins) -> Outcome | None:
        outcome = await self._postman.hand_over(sending, begins)
        if outcome is not None:
            for tell in self._told:
                tell(sending, outcome)
        return outcome

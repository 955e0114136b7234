"""A server's parts, which share one store, and how they are set to work."""

import contextlib
import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from cartback.domain.step import WEBHOOK
from cartback.engine.deliver import Postman, Sending
from cartback.engine.keys import KeyRing
from cartback.engine.preview import Counter
from cartback.engine.reckoning import Reckoner
from cartback.engine.signing import stored_signer
from cartback.engine.tokens import stored_tokens
from cartback.fetch.guard import Guard
from cartback.sources.catalog.feed import asking
from cartback.sources.catalog.pasted import pasted_products
from cartback.sources.file.one import read_event
from cartback.sources.segment import Reader
from cartback.web.console.app import console
from cartback.web.console.asked import Demo
from cartback.web.console.asked import Ground as Desk
from cartback.web.console.caught import Inbox
from cartback.web.console.feed import Feed
from cartback.web.figures import Figures
from cartback.web.front import Front
from cartback.web.health import App, Operations
from cartback.web.mail.app import mail_links
from cartback.web.mail.ground import Ground as Links
from cartback.web.mail.ground import Hook
from cartback.web.onsite.collect import Collect
from cartback.wiring.base import Installation, address_of, what_is_wrong
from cartback.wiring.door import Door, MeasuredCommitter, ShopOptions
from cartback.wiring.outward import TryOut, domain_of, mails, try_out_of, webhook_postman
from cartback.wiring.proof import flow_proof
from cartback.wiring.tape import counter, tape_is_amended, tape_recaller, tape_writer
from cartback.worker import Worker

if TYPE_CHECKING:
    from cartback.channels.email.returned import ReturnedMail


class Live:
    """A server's parts: the committer, the worker and the application, which share one store."""

    def __init__(
        self,
        base: Installation,
        demo: Demo | None = None,
        inbox: Inbox | None = None,
        try_out: TryOut | None = None,
    ) -> None:
        """`try_out`: by what single mails leave, where that is not the server that is set."""
        self.keys: Final = KeyRing(base.store)
        self.feed: Final = Feed(base.store, base.clock)
        self.worker: Final = Worker(
            base.store,
            base.rulebook,
            base.clock,
            tape_writer(base),
            tape_recaller(base),
            postmen=self._postmen(base),
            moved=self.feed.written,
            asks=asking(Guard()),
        )
        figures = Figures(base.store, base.clock)
        self._returned = _returned(base, figures)
        self.committer: Final = MeasuredCommitter(base.store, base.rulebook, self.written, figures)
        door = Door(self.keys, self.committer, figures)
        collect = Collect(receiver=door, read=Reader(ShopOptions(base)), clock=base.clock)
        self._counter = contextlib.ExitStack()
        count = self._counter.enter_context(counter(base))
        try_out = try_out or try_out_of(base)
        self.app: Final[App] = Operations(
            Front(
                collect,
                self._console(base, count, demo, inbox, try_out),
                self._mail_links(base),
            ),
            api=self._api(base, door, count, try_out),
            is_ready=lambda: what_is_wrong(base.store),
            figures=figures.text,
        )

    def _postmen(self, base: Installation) -> Mapping[str, Postman]:
        """Who hands over what a channel's messages are; e-mail waits until a server is set."""
        postmen: dict[str, Postman] = {WEBHOOK: webhook_postman(base)}
        if base.config.smtp:
            # Imported here: who sends no mail does not wait for what makes it.
            from cartback.wiring.email import email_postmen

            postmen |= email_postmen(
                base.config, base.store, base.rulebook, base.clock, lambda: address_of(base)
            )
        return postmen

    def _mail_links(self, base: Installation) -> App:
        """What answers the links of mails; what makes mails is loaded when one is looked at."""

        @cache
        def viewer() -> Callable[[Sending], str | None]:
            from cartback.wiring.email import email_viewer

            return email_viewer(base.store, base.rulebook, base.clock, lambda: address_of(base))

        return mail_links(
            Links(
                store=base.store,
                rulebook=base.rulebook,
                clock=base.clock,
                receive=self.committer.receive,
                tokens=cache(lambda: stored_tokens(base.store)),
                signer=cache(lambda: stored_signer(base.store)),
                view=lambda sending: viewer()(sending),
                written=self.written,
                public_url=base.config.public_url,
                hooks=self._hooks(base),
            )
        )

    def _hooks(self, base: Installation) -> Mapping[str, Hook]:
        """What providers may call; nothing is loaded where none is set up."""
        if not base.config.hears_providers:
            return {}
        from cartback.wiring.hooks import provider_hooks

        return provider_hooks(base.config, base.store, base.rulebook)

    def written(self) -> None:
        """Something was written in this process: whoever waits for that is told."""
        self.worker.written()
        self.feed.written()

    def _console(
        self,
        base: Installation,
        count: Counter,
        demo: Demo | None,
        inbox: Inbox | None,
        try_out: TryOut | None,
    ) -> App:
        return console(
            Desk(
                store=base.store,
                rulebook=base.rulebook,
                clock=base.clock,
                count=Reckoner(count, base.clock),
                written=self.written,
                keys_changed=self.keys.refresh,
                feed=self.feed,
                mails=cache(lambda: mails(base)),
                proof=flow_proof(base.config.webhook_networks),
                public_url=base.config.public_url,
                demo=demo,
                inbox=inbox,
                try_out=try_out,
                domain=domain_of(base),
                read_products=pasted_products,
                tape_is_amended=lambda shop: tape_is_amended(base, shop, tries=1),
            )
        )

    def _api(self, base: Installation, door: "Door", count: Counter, try_out: TryOut | None) -> App:
        # Imported here: a command that serves nothing does not wait for FastAPI.
        from cartback.web.api.app import make_api
        from cartback.web.api.ground import Ground

        return make_api(
            Ground(
                store=base.store,
                rulebook=base.rulebook,
                clock=base.clock,
                receiver=door,
                read=read_event,
                count=count,
                is_ready=lambda: what_is_wrong(base.store),
                signer=cache(lambda: stored_signer(base.store)),
                mails=cache(lambda: mails(base)),
                proof=flow_proof(base.config.webhook_networks),
                written=self.written,
                keys_changed=self.keys.refresh,
                try_out=try_out,
                domain=domain_of(base),
                tape_is_amended=lambda shop: tape_is_amended(base, shop, tries=1),
            )
        )

    def close(self) -> None:
        """Let go of what was opened to answer."""
        self._counter.close()

    @contextlib.contextmanager
    def _taking_back(self) -> Iterator[None]:
        """Take returned mail within the block, where it is set up. Raises OSError."""
        if self._returned is None:
            yield
            return
        self._returned.start()
        try:
            yield
        finally:
            self._returned.stop()

    @contextlib.contextmanager
    def at_work(self, *, wakes: bool = True) -> Iterator[None]:
        """Take and wake within the block; at its end everything taken is written.

        Without `wakes` somebody else moves time, as the demo does; feeds are asked all the same.
        """
        _be_brisk()
        self.committer.start()
        self.worker.start(wakes=wakes)
        try:
            with self.keys.watched(), self._taking_back():
                yield
        finally:
            self.feed.close()
            self.committer.close()
            self.worker.close()
            self.close()
            gc.unfreeze()  # or DuckDB's binding, at the end, believes that it leaks


def _returned(base: Installation, figures: Figures) -> "ReturnedMail | None":
    """What takes returned mail; None where it is not set up."""
    if base.config.bounce_port is None:
        return None
    # Imported here: who takes none does not wait for what does.
    from cartback.wiring.returned import returned_mail

    return returned_mail(base.config, base.store, base.rulebook, base.clock, figures.came_back)


def _be_brisk() -> None:
    """Suit the interpreter to a server of many small, short-lived values and a few threads.

    What is there already is never garbage; the rest is looked through seldom, as hardly any of it
    refers to itself. Threads take turns quickly, so that an answer does not wait for a back-fill.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(300_000, 20, 50)
    sys.setswitchinterval(0.001)

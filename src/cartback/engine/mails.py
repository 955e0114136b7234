"""What makes a mail of a template, for those who may not know how: wiring gives it to them."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from cartback.domain.event import Json, ProfileId, ShopId
from cartback.domain.fault import Fault, Said
from cartback.domain.template import Language, Template


class CannotMake(ValueError):
    """No mail can be made of the template; the sentence says why, and `fault` in any language.

    `path` is the place in its document, such as `blocks[2].text`; empty where it is not known.
    """

    def __init__(self, words: Mapping[Language, str], path: str = "") -> None:
        said = Said(words["en"], words["ko"])
        self.path: Final = path
        self.fault: Final = (
            Fault("mail_unmakeable_at", path=path, said=said)
            if path
            else Fault("mail_unmakeable", said=said)
        )
        super().__init__(str(self.fault))


class Mail(msgspec.Struct, frozen=True):
    """One person's mail. `sender_name` is empty where the template names nobody; `preheader` is
    what stands beside the subject in the inbox."""

    subject: str
    sender_name: str
    html: str
    text: str
    preheader: str = ""


class Remark(msgspec.Struct, frozen=True):
    """What is to be said of a template to who writes it, by language.

    `stops`: no mail can be made. `wrong`: readers will see it. `mind`: it may be meant so.
    `path` is the place in the document, empty where it is the whole.
    """

    weight: Literal["stops", "wrong", "mind"]
    path: str
    words: Mapping[Language, str]


class Look(msgspec.Struct, frozen=True):
    """A template as it is being written: the mail where one can be made, about how many bytes its
    HTML has when it leaves, and what is to be said of it."""

    mail: Mail | None
    size: int
    remarks: Sequence[Remark]


class ReadyTemplate(msgspec.Struct, frozen=True):
    """A template to start from; title, purpose and document by language (`en`, `ko`)."""

    key: str
    series: str
    audience: str
    title: Mapping[Language, str]
    about: Mapping[Language, str]
    documents: Mapping[Language, Json]


class Mails(Protocol):
    """Templates to start from, and mails to look at before anything leaves."""

    def ready(self) -> Sequence[ReadyTemplate]:
        """Those to start from, in the order in which they are shown."""

    def check(self, shop: ShopId, template: Template) -> None:
        """Read everything in the template. Raises CannotMake."""

    def make(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Mail:
        """The template as the person would get it now; without one, as a sample person would.

        Its links lead nowhere. Raises CannotMake, and NobodyFound.
        """

    def look(self, shop: ShopId, template: Template, profile: ProfileId | None = None) -> Look:
        """The same for who writes the template: its blocks are marked, `cb-at-N` is a class of the
        N-th. What is wrong is said, not raised. Raises NobodyFound.
        """

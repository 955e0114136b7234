"""Questions about who somebody is, as SQL: traits, lists, consent, place, share."""

from collections.abc import Callable
from typing import Final

import ibis
import msgspec

from cartback.bulk.asking import Asking, yes
from cartback.bulk.relation import Column, Table
from cartback.bulk.row import TEXT, json_text
from cartback.domain.condition import Consented, InList, Located, Reachable, Share, Trait
from cartback.domain.event import ConsentProperties, Json, Metric
from cartback.domain.law.terms import Purpose
from cartback.domain.profile import Profile, Stamped
from cartback.domain.property import NEGATIONS, Operator
from cartback.domain.rules import Settings
from cartback.domain.segment import compile_condition
from cartback.domain.share import BUCKETS, PRIME, buckets_of, factors

CLOCK: Final = 10**15
"""Added to an instant so that each has sixteen digits: as texts they are in the order of time."""


def trait(asking: Asking, leaf: Trait) -> Column:
    """On the newest value of the trait. A negation also holds for those who have none."""
    if leaf.operator in NEGATIONS:
        return ~trait(asking, Trait(leaf.path, NEGATIONS[leaf.operator], leaf.value))
    name = leaf.path.partition(".")[0]
    past = asking.past()
    past = past.filter(past.described)
    said = past.select("profile", "time", value=asking.relations.text(past.traits, name))
    newest = _newest(asking, said)
    texts = _json_texts(leaf)
    if leaf.operator is Operator.IS_SET and leaf.path == name:
        return asking.among(newest.filter(newest.value != "null"))
    if texts:
        return asking.among(newest.filter(newest.value.isin(texts)))
    chosen = asking.pick(said, _of_trait(asking, leaf, name))
    return asking.among(newest.filter(newest.value.isin(chosen)))


def _newest(asking: Asking, said: Table) -> Table:
    """Each profile's newest text; of two at the same time, the greater one. NULL says nothing."""
    owned = asking.relations.owned(said)
    stamped = (owned.time + CLOCK).cast("string") + owned.value
    newest = owned.group_by("profile").agg(newest=stamped.max())
    return newest.select("profile", value=newest.newest.substr(len(str(CLOCK))))


def _json_texts(leaf: Trait) -> list[str]:
    """The JSON that equals what is asked for, where equality of texts is enough to say so."""
    if "." in leaf.path or leaf.operator not in (Operator.EQUALS, Operator.IN):
        return []
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if not all(isinstance(one, str | bool) for one in values):
        return []
    return [json_text(one) for one in values]


def _of_trait(asking: Asking, leaf: Trait, name: str) -> Callable[[str], bool]:
    judge = compile_condition(leaf, Settings(zone=asking.zone.name)).judge

    def accepts(text: str) -> bool:
        traits = {name: Stamped(msgspec.json.decode(text), 0)}
        return judge(Profile(0, traits=traits), asking.now, None).inside

    return accepts


def located(asking: Asking, leaf: Located) -> Column:
    """In the last place known."""
    past = asking.past()
    past = past.filter(past.place.notnull())
    said = past.select("profile", "time", value=past.place)
    newest = _newest(asking, said)
    judge = compile_condition(leaf, Settings()).judge

    def accepts(text: str) -> bool:
        place: Json = msgspec.json.decode(text)
        return judge(Profile(0, location=Stamped(place, 0)), asking.now, None).inside

    return asking.among(newest.filter(newest.value.isin(asking.pick(said, accepts))))


def in_list(asking: Asking, leaf: InList) -> Column:
    low, high = asking.bounds(leaf.joined)
    past = asking.past()
    said = past.filter(past.metric.isin([str(Metric.JOINED_LIST), str(Metric.LEFT_LIST)]))
    subject = asking.relations.text(said.props, "list")
    words = _latest(asking, said.filter(yes(subject == TEXT + leaf.list)), Metric.LEFT_LIST)
    joined = words.filter(words.word % 2 == 0)
    return asking.among(joined.filter(joined.word >= 2 * low, joined.word < 2 * high))


def consented(asking: Asking, leaf: Consented) -> Column:
    words = _consents(asking, leaf.channel)
    match leaf.status:
        case "subscribed":
            return asking.among(words.filter(words.word % 2 == 0))
        case "unsubscribed":
            return asking.among(words.filter(words.word % 2 == 1))
        case "never":
            return ~asking.among(words)


def reachable(asking: Asking, leaf: Reachable) -> Column:
    past = asking.past()
    named = past.filter(past.by_email if leaf.channel == "email" else past.by_phone)
    words = _consents(asking, leaf.channel)
    return asking.among(asking.relations.owned(named.select("profile"))) & asking.among(
        words.filter(words.word % 2 == 0)
    )


def _consents(asking: Asking, channel: str) -> Table:
    """A word on one purpose is another word (domain/consent.py, consent_key)."""
    past, text = asking.past(), asking.relations.text
    said = past.filter(past.metric.isin([str(Metric.SUBSCRIBED), str(Metric.UNSUBSCRIBED)]))
    about = ibis.coalesce(text(said.props, "channel"), TEXT + ConsentProperties().channel)
    purpose = ibis.coalesce(text(said.props, "purpose"), TEXT)
    whole = purpose.isin([TEXT, TEXT + Purpose.MARKETING])
    key = ibis.ifelse(whole, about, about + ":" + purpose.substr(1))
    return _latest(asking, said.filter(yes(key == TEXT + channel)), Metric.UNSUBSCRIBED)


def _latest(asking: Asking, said: Table, no_metric: str) -> Table:
    """Each profile's last of those words: twice its time, and one more for a no.

    So the greatest is the last, and of two at the same time it is the no.
    """
    word = said.time * 2 + ibis.ifelse(said.metric == str(no_metric), 1, 0)
    owned = asking.relations.owned(said.select("profile", word=word))
    return owned.group_by("profile").agg(word=owned.word.max())


def share(asking: Asking, leaf: Share) -> Column:
    """The arithmetic of `domain.share.bucket`."""
    a, b = factors(leaf.salt)
    spread = (asking.profiles.id % PRIME * ibis.literal(a, "int64") + b) % PRIME % BUCKETS
    return spread < buckets_of(leaf.percent)

"""What a key may do, sentence by sentence."""

from collections.abc import Callable, Mapping

from cartback.engine.scope import Scope


def scope_names(say: Callable[[str], str]) -> Mapping[str, str]:
    """What each scope lets a key do, in the order in which they are offered."""
    return {
        Scope.EVENTS_WRITE: say("send events"),
        Scope.EVENTS_READ: say("read the log of events"),
        Scope.PROFILES_READ: say("see people and all that is known of them"),
        Scope.PROFILES_WRITE: say("merge, part and erase people"),
        Scope.SEGMENTS_READ: say("see segments, how many are inside, and who"),
        Scope.SEGMENTS_WRITE: say("make, change and archive segments"),
        Scope.LISTS_READ: say("see who is in a list"),
        Scope.LISTS_WRITE: say("let people join and leave lists"),
        Scope.FLOWS_READ: say("see automations and templates, and who stands where"),
        Scope.FLOWS_WRITE: say("make, change, start and pause automations, and write templates"),
        Scope.MESSAGES_READ: say("see which messages went to whom, and why or why not"),
        Scope.MESSAGES_WRITE: say(
            "settle which messages that are in doubt arrived, or send them again"
        ),
        Scope.COUPONS_READ: say("see coupons, and the codes that were given"),
        Scope.COUPONS_WRITE: say("make and change coupons, fill pools, and redeem codes"),
        Scope.CATALOG_READ: say("see products and reviews"),
        Scope.CATALOG_WRITE: say("change products and reviews, and the feed"),
        Scope.SETTINGS_READ: say("see the shop's settings"),
        Scope.SETTINGS_WRITE: say("change the shop's settings"),
        Scope.KEYS_READ: say("see which keys there are, not the keys themselves"),
        Scope.KEYS_WRITE: say("make and revoke keys that may do no more than itself"),
    }

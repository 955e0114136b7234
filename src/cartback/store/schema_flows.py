"""The tables of flows: their documents and templates, who is where in them, the outbox, and what
came back. They belong to the schema (schema.py) like all others."""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table, and_

from cartback.store.schema import IN_KEY_ORDER, Number, Words, key, metadata, value

# --- flows ------------------------------------------------------------------------------------

flows: Final = Table(
    "flows",
    metadata,
    key("shop"),
    key("key", Words),
    value("name", Words),
    value("document", LargeBinary),
    value("version"),
    value("status", Words),
    value("created"),
    value("updated"),
)

flow_versions: Final = Table(
    "flow_versions",
    metadata,
    key("shop"),
    key("key", Words),
    key("version"),
    value("name", Words),
    value("document", LargeBinary),
    value("at"),
    value("by", Words),
)
"""Every definition that a flow has had."""

templates: Final = Table(
    "templates",
    metadata,
    key("shop"),
    key("key", Words),
    key("version"),
    value("name", Words),
    value("document", LargeBinary),
    value("at"),
    value("by", Words),
)
"""Every version of every template."""

archived_templates: Final = Table(
    "archived_templates",
    metadata,
    key("shop"),
    key("key", Words),
    value("at"),
    value("by", Words),
    **IN_KEY_ORDER,
)
"""The templates that were put away: since when, and who did it."""

runs: Final = Table(
    "runs",
    metadata,
    key("shop"),
    key("flow", Words),
    key("profile"),
    key("cart", Words),
    value("version"),
    value("started"),
    value("step", Words),
    value("due"),
    value("held", Words),
    **IN_KEY_ORDER,
)
"""Who is where in which flow at present. It follows profiles' states; this is to find them by."""

decisions: Final = Table(
    "decisions",
    metadata,
    key("shop"),
    key("number"),
    value("profile"),
    value("flow", Words),
    value("version"),
    value("cart", Words),
    value("started"),
    value("step", Words),
    value("at"),
    value("what", Words),
    value("reason", Words),
    value("until"),
    value("way"),
    value("rule", Words),
    Index(None, "shop", "profile", "number"),
    **IN_KEY_ORDER,
)
"""What flows did with whom, and why, in the order in which it was written."""

messages: Final = Table(
    "messages",
    metadata,
    key("shop"),
    key("key", Words),
    value("profile"),
    value("flow", Words),
    value("version"),
    value("cart", Words),
    value("started"),
    value("step", Words),
    value("channel", Words),
    value("at"),
    value("useful_until"),
    value("measured_from"),
    value("status", Words),
    value("due"),
    value("claimed"),
    value("attempts"),
    value("recipient", Words),
    value("receipt", Words),
    value("error", Words),
    value("opened", server_default="0"),
    value("clicked", server_default="0"),
    value("unsubscribed", server_default="0"),
    Index(None, "shop", "profile", "at"),
    Index(None, "shop", "flow", "status", "at", "key"),
    **IN_KEY_ORDER,
)
"""The outbox, and what became of what was in it; 0 where a person did not do it."""

Index(
    "ix_messages_channel_due",
    messages.c.channel,
    messages.c.due,
    sqlite_where=messages.c.status == "queued",
    postgresql_where=messages.c.status == "queued",
)
Index(
    "ix_messages_claimed",
    messages.c.claimed,
    sqlite_where=messages.c.status == "claimed",
    postgresql_where=messages.c.status == "claimed",
)
Index(
    "ix_messages_handing",
    messages.c.claimed,
    sqlite_where=messages.c.status == "handing",
    postgresql_where=messages.c.status == "handing",
)

ordered_carts: Final = Table(
    "ordered_carts",
    metadata,
    key("shop"),
    key("name", Words),
    value("at"),
    value("profile"),
    value("order_id", Words),
    Index(None, "shop", "at"),
    Index(None, "shop", "profile"),
    **IN_KEY_ORDER,
)
"""From which carts and checkouts orders say that they came: the latest for each name."""

Index(
    "ix_runs_cart",
    runs.c.shop,
    runs.c.cart,
    sqlite_where=runs.c.cart != "",
    postgresql_where=runs.c.cart != "",
)
_ABOUT_A_CART: Final = and_(messages.c.cart != "", messages.c.status.in_(("queued", "claimed")))
Index(
    "ix_messages_cart",
    messages.c.shop,
    messages.c.cart,
    sqlite_where=_ABOUT_A_CART,
    postgresql_where=_ABOUT_A_CART,
)

copies: Final = Table(
    "copies",
    metadata,
    key("shop"),
    key("message", Words),
    value("at"),
    value("pattern", Words),
    value("body", LargeBinary),
    Index(None, "at"),
    **IN_KEY_ORDER,
)
"""What mails said as they left, packed against a pattern (engine/copies.py)."""

patterns: Final = Table(
    "patterns",
    metadata,
    key("shop"),
    key("digest", Words),
    value("body", LargeBinary),
    **IN_KEY_ORDER,
)
"""What copies are packed against: templates, with nobody's data in them."""

visits: Final = Table(
    "visits",
    metadata,
    key("shop"),
    key("message", Words),
    key("number"),
    value("at"),
    value("method", Words),
    value("agent", Words),
    value("place"),
    value("target", Words),
    value("trap"),
    value("due"),
    value("said", Words),
    **IN_KEY_ORDER,
)
"""What was fetched of mails, and whether a person did it."""

Index(
    "ix_visits_due",
    visits.c.due,
    sqlite_where=visits.c.said == "",
    postgresql_where=visits.c.said == "",
)

# --- what came back ---------------------------------------------------------------------------

recoveries: Final = Table(
    "recoveries",
    metadata,
    key("shop"),
    key("seq"),
    value("profile"),
    value("at"),
    value("cart", Words),
    value("order_event", Words),
    value("order_id", Words),
    value("value"),
    value("currency", Words),
    value("revenue"),
    value("message", Words),
    value("flow", Words),
    value("version"),
    value("step", Words),
    value("sent"),
    value("basis", Words),
    value("touched"),
    Index(None, "shop", "profile"),
    Index(None, "shop", "message"),
    Index(None, "shop", "order_id"),
    **IN_KEY_ORDER,
)
"""Carts that became orders, by the number of their Cart Recovered in the log, and the message that
has the credit; no message where none has."""

returns: Final = Table(
    "returns",
    metadata,
    key("shop"),
    key("seq"),
    value("order_id", Words),
    value("profile"),
    Column("value", Number),
    value("currency", Words),
    Index(None, "shop", "profile"),
    Index(None, "shop", "order_id"),
    **IN_KEY_ORDER,
)
"""What was given back of an order; no value: all of it."""

"""What the schema of a segment document says of each part: titles, sentences and examples."""

from typing import Any, Final

OF_SEGMENT: Final[dict[str, Any]] = {
    "name": "Recent cart abandoners",
    "when": {
        "kind": "all",
        "of": [
            {
                "kind": "did",
                "metric": "Checkout Started",
                "times": {"at_least": 1},
                "within": {"kind": "last", "duration": "1 week"},
            },
            {
                "kind": "did",
                "metric": "Placed Order",
                "times": {"exactly": 0},
                "within": {"kind": "last", "duration": "1 week"},
            },
        ],
    },
}

TITLES: Final[dict[str, tuple[str, str]]] = {
    "Condition": ("Condition", "A question about a profile; its `kind` says which."),
    "PropertyTest": ("Property test", "A test on the properties of an event."),
    "Window": ("Window", "The stretch of time that a question looks at."),
    # Joined
    "All": ("All of", "Every one of the conditions holds."),
    "Any": ("Any of", "At least one of the conditions holds."),
    "Not": ("Not", "The condition does not hold."),
    # Behaviour
    "Did": ("Did it so often", "The metric happened so often in the window; 0 times counts too."),
    "Aggregate": (
        "How much",
        "Sum, lowest, highest or average of a number over the metric's events. The sum of none is"
        " 0; of none there is no lowest, highest or average, and the condition does not hold.",
    ),
    "Match": ("One event", "Which events stand at this place of a sequence."),
    "Sequence": (
        "One after the other",
        "First this, and then that within a time; or that it did not follow.",
    ),
    "FirstTime": ("First time", "The first time that it ever happened is in the window."),
    "LastTime": ("Last time", "The latest time that it happened is in the window."),
    # The person
    "Trait": ("Trait", "A test on a property of the profile; dates may be asked relative to now."),
    "InList": ("In a list", "Is in the list, and joined it in the window where one is given."),
    "InSegment": (
        "In a segment",
        "Is in another segment, and entered it in the window where one is given.",
    ),
    "Consented": ("Consent", "What the person said for a channel, or that nothing was said."),
    "Reachable": ("Reachable", "Has an address for the channel and is subscribed to it."),
    "Stage": ("Stage", "A lead has never ordered; a customer has."),
    "Located": ("Location", "Where the person is, as far as it is known; case does not matter."),
    "Share": ("A share", "A random share of all profiles, always the same ones for a salt."),
    # The cart
    "HasCart": ("Cart", "Has one cart of which all of this is true."),
    "Idle": ("Idle for", "For how long a cart has been left alone."),
    # Tests
    "Property": ("Property", "A test on one property; text is compared as it is written."),
    "Some": ("Some object of a list", "One object of a list, such as a line, passes every test."),
    "AnyTest": ("Any test", "At least one of the tests passes."),
    "NotTest": ("Not", "The test does not pass."),
    # Numbers
    "Count": ("How often", "`at_least` with `at_most` makes a range; `exactly` stands alone."),
    "Number": (
        "Which numbers",
        "Two bounds make a range; amounts of money are in minor units, such as cents.",
    ),
    # Windows
    "Last": ("Within the last", "now - duration < time <= now"),
    "BetweenAgo": ("Between so long ago", "now - farthest < time <= now - nearest"),
    "MoreThanAgo": ("More than ago", "time <= now - duration"),
    "Before": ("Before", "Before that instant."),
    "After": ("After", "At that instant or later."),
    "Between": ("Between", "From the start on, before the end."),
    "Calendar": ("Calendar", "In this day, week (from Monday) or month of the shop, or before."),
    "Ever": ("Ever", "All time."),
    "SinceRunStart": ("Since the run began", "For flows only: a segment has no run."),
}
"""Title and sentence of each kind."""

_METRIC: Final = ("Metric", "The event's name, such as Checkout Started or Placed Order.")
_WITHIN: Final = ("Within", "The window that is looked at; all time where it is left out.")
_WHERE: Final = ("Where", "Tests on the event's properties; every one must pass.")
_DURATION: Final = ("Duration", "Such as 60 minutes, 4 hours, 7 days (of 24 hours) or 2 weeks.")
_MOMENT: Final = "A date or time, ISO 8601; without an offset it is of the shop's zone."
_PATH: Final = ("Path", "Names joined by dots: shipping.country.")
_IS: Final = ("Is", "What is asked of the value; a negation also holds where it is missing.")
_VALUE: Final = ("Value", "What it is compared with; is_set, not_set and the like take none.")

WORDS: Final[dict[str, tuple[str, str]]] = {
    "Segment.key": ("Key", "For URLs and files: small letters, digits, hyphens. Else the name's."),
    "Segment.name": ("Name", "What people read: 1 to 200 characters."),
    "Segment.when": ("When", "Who is inside."),
    "Segment.base": ("Base", "Written by `cartback export`: which definition the file was."),
    "All.of": ("Of", "The conditions."),
    "Any.of": ("Of", "The conditions."),
    "Not.of": ("Of", "The condition."),
    "Did.metric": _METRIC,
    "Did.times": ("Times", "How often; at least once where it is left out."),
    "Did.within": _WITHIN,
    "Did.where": _WHERE,
    "Aggregate.metric": _METRIC,
    "Aggregate.function": ("Function", "What is made of the numbers."),
    "Aggregate.path": ("Path", "The property that holds the number: value."),
    "Aggregate.is": ("Is", "Which results are meant."),
    "Aggregate.within": _WITHIN,
    "Aggregate.where": _WHERE,
    "Match.metric": _METRIC,
    "Match.where": _WHERE,
    "Sequence.first": ("First", "The event that begins it."),
    "Sequence.then": ("Then", "The event that comes after it."),
    "Sequence.inside": ("Inside", "How long after the first the second may come: 4 hours."),
    "Sequence.followed": ("Followed", "false: it did not come, known when the time is over."),
    "Sequence.within": ("Within", "The window in which the first happened."),
    "FirstTime.metric": _METRIC,
    "FirstTime.within": ("Within", "The window in which the first time is."),
    "FirstTime.where": _WHERE,
    "LastTime.metric": _METRIC,
    "LastTime.within": ("Within", "The window in which the last time is."),
    "LastTime.where": _WHERE,
    "Trait.path": _PATH,
    "Trait.is": _IS,
    "Trait.value": _VALUE,
    "InList.list": ("List", "The list's key."),
    "InList.joined": ("Joined", "When it was joined; at any time where this is left out."),
    "InSegment.segment": ("Segment", "The other segment's key."),
    "InSegment.joined": ("Entered", "When it was entered; at any time where this is left out."),
    "Consented.channel": ("Channel", "email, sms, or another that events name."),
    "Consented.status": ("Status", "The last word; never: there was none."),
    "Reachable.channel": ("Channel", "email or sms."),
    "Stage.is": ("Is", "lead or customer."),
    "HasCart.status": ("Status", "active: not yet abandoned; abandoned; open: either."),
    "HasCart.value": ("Value", "What the cart is worth, in minor units."),
    "HasCart.items": ("Items", "How many pieces are in it."),
    "HasCart.product": ("Product", "A line with one of these product ids."),
    "HasCart.category": ("Category", "A line of one of these categories."),
    "HasCart.brand": ("Brand", "A line of one of these brands."),
    "HasCart.idle": ("Idle", "For how long nothing happened to it."),
    "Idle.at_least": ("At least", "Such as 1 hour."),
    "Idle.less_than": ("Less than", "Such as 2 days."),
    "Located.country": ("Country", "ISO 3166-1 codes: KR, JP."),
    "Located.region": ("Region", "Names or codes, as events say them."),
    "Located.city": ("City", "Names, as events say them."),
    "Located.eu": ("In the EU", "true: in a member state; false: known to be elsewhere."),
    "Share.percent": ("Percent", "From 0 to 100."),
    "Share.salt": ("Salt", "Another salt is another draw."),
    "Property.path": _PATH,
    "Property.is": _IS,
    "Property.value": _VALUE,
    "Some.path": ("Path", "The property that is a list of objects: lines."),
    "Some.where": ("Where", "Tests that one and the same object passes."),
    "AnyTest.of": ("Of", "The tests."),
    "NotTest.of": ("Of", "The test."),
    "Count.at_least": ("At least", "So often or more."),
    "Count.at_most": ("At most", "So often or less."),
    "Count.exactly": ("Exactly", "So often; 0 is everybody who never did."),
    "Count.more_than": ("More than", "More often than that."),
    "Count.fewer_than": ("Fewer than", "Less often than that."),
    "Number.at_least": ("At least", "That or more."),
    "Number.at_most": ("At most", "That or less."),
    "Number.exactly": ("Exactly", "That, to the millionth."),
    "Number.more_than": ("More than", "More than that."),
    "Number.less_than": ("Less than", "Less than that."),
    "Last.duration": _DURATION,
    "BetweenAgo.nearest": ("Nearest", "The shorter time ago."),
    "BetweenAgo.farthest": ("Farthest", "The longer time ago."),
    "MoreThanAgo.duration": _DURATION,
    "Before.at": ("At", _MOMENT),
    "After.at": ("At", _MOMENT),
    "Between.start": ("Start", _MOMENT),
    "Between.end": ("End", _MOMENT),
    "Calendar.unit": ("Unit", "day, week or month."),
    "Calendar.ago": ("Ago", "0: the present one; 1: the one before."),
}
"""Title and sentence of each field."""

_WEEK: Final = {"kind": "last", "duration": "7 days"}
_LEAD: Final = {"kind": "stage", "is": "lead"}
_BIG_CART: Final = {"kind": "cart", "status": "abandoned", "value": {"at_least": 10000}}

EXAMPLES: Final[dict[str, list[dict[str, Any]]]] = {
    "All": [{"kind": "all", "of": [_LEAD, _BIG_CART]}],
    "Any": [{"kind": "any", "of": [_LEAD, _BIG_CART]}],
    "Not": [{"kind": "not", "of": {"kind": "in_list", "list": "employees"}}],
    "Did": [
        {
            "kind": "did",
            "metric": "Viewed Product",
            "times": {"at_least": 3},
            "within": _WEEK,
            "where": [{"kind": "property", "path": "category", "is": "equals", "value": "Shoes"}],
        }
    ],
    "Aggregate": [
        {
            "kind": "aggregate",
            "metric": "Placed Order",
            "function": "sum",
            "path": "value",
            "is": {"at_least": 50000},
            "within": {"kind": "last", "duration": "30 days"},
        }
    ],
    "Sequence": [
        {
            "kind": "sequence",
            "first": {"metric": "Checkout Started"},
            "then": {"metric": "Placed Order"},
            "inside": "4 hours",
            "followed": False,
            "within": _WEEK,
        }
    ],
    "FirstTime": [{"kind": "first_time", "metric": "Placed Order", "within": _WEEK}],
    "LastTime": [
        {
            "kind": "last_time",
            "metric": "Placed Order",
            "within": {"kind": "more_than_ago", "duration": "90 days"},
        }
    ],
    "Trait": [
        {"kind": "trait", "path": "plan", "is": "equals", "value": "gold"},
        {"kind": "trait", "path": "birthday", "is": "anniversary_in_next", "value": "7 days"},
    ],
    "InList": [{"kind": "in_list", "list": "newsletter", "joined": _WEEK}],
    "InSegment": [{"kind": "in_segment", "segment": "big-spenders"}],
    "Consented": [{"kind": "consent", "channel": "email", "status": "subscribed"}],
    "Reachable": [{"kind": "reachable", "channel": "sms"}],
    "Stage": [_LEAD],
    "HasCart": [{**_BIG_CART, "idle": {"at_least": "1 hour", "less_than": "2 days"}}],
    "Located": [{"kind": "location", "country": ["KR", "JP"]}, {"kind": "location", "eu": True}],
    "Share": [{"kind": "share", "percent": 10, "salt": "spring"}],
}
"""At least one for each kind of condition."""

"""The last look at news of a product: what was told of it is asked of the catalog, and whether the
person ordered it, of their orders."""

from cartback.domain.effect import Reason
from cartback.domain.event import ShopId
from cartback.domain.flow import GoodsTrigger
from cartback.domain.news_now import is_bought, untrue
from cartback.domain.profile import Profile, RunId
from cartback.domain.ruleset import Ruleset
from cartback.domain.step import Email, StepKey, goes_after_order
from cartback.engine.occasion import beginning_of
from cartback.engine.ports import Reading


def over(
    reading: Reading, shop: ShopId, rules: Ruleset, profile: Profile, run: RunId, step: StepKey
) -> Reason | None:
    """Why a message about a product is not to leave; None where it may, or is about none.

    What is for the shop itself goes also where the news are not so any more.
    """
    live = rules.flows.versions.get(run[:2])
    placed = None if live is None else live.steps.get(step)
    if live is None or placed is None or not isinstance(live.flow.trigger, GoodsTrigger):
        return None
    news = beginning_of(reading, shop, profile, live, run)
    if news is None:
        return None
    key = str(news.properties.get("product_id", ""))
    product = reading.products_by(shop, [key]).get(key)
    if not goes_after_order(placed.step) and is_bought(news, profile, product):
        return Reason.BOUGHT
    return untrue(news, live.flow.trigger, product) if isinstance(placed.step, Email) else None

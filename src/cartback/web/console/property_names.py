"""What the properties of standard events are called, where a form offers them."""

from collections.abc import Callable, Mapping


def property_names(say: Callable[[str], str]) -> Mapping[str, str]:
    """By the property's own name; of those that are not here the own name says enough."""
    return {
        "value": say("what it is worth"),
        "items": say("how many pieces"),
        "checkout": say("whether the checkout was begun"),
        "currency": say("currency, such as EUR"),
        "price": say("price of one piece"),
        "price_before": say("price before"),
        "percent": say("by how many percent"),
        "stock": say("how many are left"),
        "stock_before": say("how many there were"),
        "quantity": say("how many pieces"),
        "name": say("name of the product"),
        "brand": say("brand"),
        "category": say("category"),
        "product_id": say("id of the product"),
        "in_cart": say("whether it is in their cart"),
        "order_value": say("what the order is worth"),
        "coupon": say("coupon"),
        "query": say("what was searched for"),
        "channel": say("channel, such as email"),
        "source": say("where it was said"),
    }

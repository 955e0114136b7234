"""Every address of the API as a request that succeeds: which scope it needs, what others get."""

from __future__ import annotations

from typing import Any, NamedTuple

from cartback.engine.scope import Scope

DID: dict[str, Any] = {"kind": "did", "metric": "Placed Order"}
EVENT = {"metric": "Placed Order", "email": "eve@example.com"}
OFFER: dict[str, Any] = {"gives": {"kind": "percent", "percent": 10}}
REVIEW = {
    "id": "r2",
    "product": "socks",
    "author": "Eve",
    "rating": 5,
    "at": "2026-03-01T10:00:00Z",
}
FLOW: dict[str, Any] = {
    "name": "Our flow",
    "trigger": {"kind": "cart_abandoned"},
    "steps": [
        {"kind": "email", "key": "help", "template": "our-help"},
        {"kind": "wait", "key": "a-day", "for": "1 day"},
    ],
}
MAIL: dict[str, Any] = {
    "subject": "Our mail",
    "blocks": [{"kind": "text", "text": "Hello {{ profile.email }}"}, {"kind": "footer"}],
}
OURS = (
    "ada@example.com",
    "Our own segment",
    "our-list",
    "Jumpers",
    "Our jumper",
    "Our ten",
    "Our flow",
    "Our mail",
    "hello@jumpers.example",
)
"""Words that only the first shop may read."""


class Call(NamedTuple):
    """A request that succeeds in the first shop; `others` is what another shop is answered."""

    method: str
    path: str
    scopes: tuple[Scope, ...]
    others: int
    body: Any = None
    success: int = 200


CALLS: dict[str, Call] = {
    "list_shops": Call("GET", "/shops", (Scope.SETTINGS_READ,), 200),
    "read_shop": Call("GET", "/shops/{shop}", (Scope.SETTINGS_READ,), 404),
    "read_settings": Call("GET", "/shops/{shop}/settings", (Scope.SETTINGS_READ,), 404),
    "change_shop_settings": Call(
        "PATCH", "/shops/{shop}/settings", (Scope.SETTINGS_WRITE,), 404, {"zone": "Asia/Seoul"}
    ),
    "list_keys": Call("GET", "/keys", (Scope.KEYS_READ,), 200),
    "create_key": Call(
        "POST", "/keys", (Scope.KEYS_WRITE,), 201, {"scopes": ["keys:write"]}, success=201
    ),
    "revoke_key": Call("DELETE", "/keys/{key}", (Scope.KEYS_WRITE,), 404),
    "list_events": Call("GET", "/events", (Scope.EVENTS_READ,), 200),
    "send_events": Call("POST", "/events", (Scope.EVENTS_WRITE,), 200, {"events": [EVENT]}),
    "list_profiles": Call("GET", "/profiles", (Scope.PROFILES_READ,), 200),
    "read_profile": Call("GET", "/profiles/{ada}", (Scope.PROFILES_READ,), 404),
    "read_timeline": Call("GET", "/profiles/{ada}/timeline", (Scope.PROFILES_READ,), 404),
    "list_memberships": Call("GET", "/profiles/{ada}/memberships", (Scope.PROFILES_READ,), 404),
    "list_merges": Call("GET", "/profiles/{ada}/merges", (Scope.PROFILES_READ,), 404),
    "merge_profiles": Call(
        "POST",
        "/profiles/{ada}/merges",
        (Scope.PROFILES_WRITE,),
        404,
        {"other": "{cyd}"},
        success=201,
    ),
    "undo": Call("DELETE", "/profiles/{ada}/merges/{merge}", (Scope.PROFILES_WRITE,), 404),
    "export": Call("GET", "/profiles/{ada}/export", (Scope.PROFILES_READ,), 404),
    "erase_profile": Call("DELETE", "/profiles/{ada}", (Scope.PROFILES_WRITE,), 404),
    "list_lists": Call("GET", "/lists", (Scope.LISTS_READ,), 200),
    "list_list_members": Call("GET", "/lists/our-list/members", (Scope.LISTS_READ,), 200),
    "join_list": Call(
        "POST",
        "/lists/our-list/members",
        (Scope.LISTS_WRITE,),
        404,
        {"profile": "{cyd}"},
        success=201,
    ),
    "leave_list": Call("DELETE", "/lists/our-list/members/{ada}", (Scope.LISTS_WRITE,), 404),
    "validate_condition": Call(
        "POST", "/segments/validate", (Scope.SEGMENTS_READ,), 200, {"when": DID}
    ),
    "preview_condition": Call(
        "POST", "/segments/preview", (Scope.SEGMENTS_READ,), 200, {"when": DID}
    ),
    "list_segments": Call("GET", "/segments", (Scope.SEGMENTS_READ,), 200),
    "create": Call(
        "POST", "/segments", (Scope.SEGMENTS_WRITE,), 201, {"name": "New", "when": DID}, success=201
    ),
    "read_segment": Call("GET", "/segments/{segment}", (Scope.SEGMENTS_READ,), 404),
    "change": Call(
        "PUT",
        "/segments/{segment}",
        (Scope.SEGMENTS_WRITE,),
        404,
        {"name": "Changed", "when": DID, "version": 1},
    ),
    "archive": Call("DELETE", "/segments/{segment}", (Scope.SEGMENTS_WRITE,), 404),
    "restore": Call("POST", "/segments/{old}/restore", (Scope.SEGMENTS_WRITE,), 404),
    "list_versions": Call("GET", "/segments/{segment}/versions", (Scope.SEGMENTS_READ,), 404),
    "list_members": Call("GET", "/segments/{segment}/members", (Scope.SEGMENTS_READ,), 404),
    "list_moves": Call("GET", "/segments/{segment}/moves", (Scope.SEGMENTS_READ,), 404),
    "read_growth": Call("GET", "/segments/{segment}/growth", (Scope.SEGMENTS_READ,), 404),
    "explain_person": Call(
        "GET",
        "/segments/{segment}/explanation?person=ada@example.com",
        (Scope.SEGMENTS_READ, Scope.PROFILES_READ),
        404,
    ),
    "explain_profile": Call(
        "GET",
        "/profiles/{ada}/explanations/{segment}",
        (Scope.SEGMENTS_READ, Scope.PROFILES_READ),
        404,
    ),
    "list_products": Call("GET", "/products", (Scope.CATALOG_READ,), 200),
    "put_products": Call(
        "PUT",
        "/products",
        (Scope.CATALOG_WRITE,),
        200,
        {"products": [{"id": "socks", "name": "Socks"}]},
    ),
    "read_product": Call("GET", "/products/our-jumper", (Scope.CATALOG_READ,), 404),
    "delete_product": Call("DELETE", "/products/our-jumper", (Scope.CATALOG_WRITE,), 404),
    "read_catalog_feed": Call("GET", "/catalog-feed", (Scope.CATALOG_READ,), 404),
    "put_catalog_feed": Call(
        "PUT",
        "/catalog-feed",
        (Scope.CATALOG_WRITE,),
        200,
        {"url": "https://shop.example/feed.csv"},
    ),
    "delete_catalog_feed": Call(
        "DELETE", "/catalog-feed", (Scope.CATALOG_WRITE,), 404, success=204
    ),
    "list_reviews": Call("GET", "/reviews", (Scope.CATALOG_READ,), 200),
    "put_reviews": Call("PUT", "/reviews", (Scope.CATALOG_WRITE,), 200, {"reviews": [REVIEW]}),
    "delete_review": Call("DELETE", "/reviews/r1", (Scope.CATALOG_WRITE,), 404),
    "read_reviews_of_product": Call(
        "GET", "/products/our-jumper/reviews", (Scope.CATALOG_READ,), 200
    ),
    "list_coupons": Call("GET", "/coupons", (Scope.COUPONS_READ,), 200),
    "create_coupon": Call(
        "POST",
        "/coupons",
        (Scope.COUPONS_WRITE,),
        201,
        {"name": "Twenty", "offer": OFFER},
        success=201,
    ),
    "read_coupon": Call("GET", "/coupons/our-ten", (Scope.COUPONS_READ,), 404),
    "put_coupon": Call(
        "PUT", "/coupons/our-ten", (Scope.COUPONS_WRITE,), 404, {"name": "Ten", "offer": OFFER}
    ),
    "delete_coupon": Call("DELETE", "/coupons/our-ten", (Scope.COUPONS_WRITE,), 404),
    "restore_archived_coupon": Call(
        "POST", "/coupons/our-old/restore", (Scope.COUPONS_WRITE,), 404
    ),
    "list_codes": Call("GET", "/coupons/our-ten/codes", (Scope.COUPONS_READ,), 200),
    "give_code": Call(
        "POST", "/coupons/our-ten/codes", (Scope.COUPONS_WRITE,), 404, {"profile": "{cyd}"}
    ),
    "upload_codes": Call(
        "POST",
        "/coupons/our-ten/pool",
        (Scope.COUPONS_WRITE,),
        404,
        {"codes": ["SAVE-A1"]},
        success=201,
    ),
    "read_code": Call("GET", "/codes/{code}", (Scope.COUPONS_READ,), 404),
    "check_code": Call("POST", "/codes/{code}/checks", (Scope.COUPONS_READ,), 200, {}),
    "redeem_code": Call(
        "POST", "/codes/{code}/redemptions", (Scope.COUPONS_WRITE,), 404, {"order_id": "o1"}
    ),
    "read_restore": Call("GET", "/restores/{token}", (), 404),
    "merge_restore": Call("POST", "/restores/{token}", (), 404, {}),
    "read_flow_figures": Call("GET", "/flows/our-flow/figures", (Scope.FLOWS_READ,), 404),
    "find_all_messages": Call("GET", "/messages", (Scope.MESSAGES_READ,), 200),
    "read_message_journey": Call("GET", "/messages/{message}/journey", (Scope.MESSAGES_READ,), 404),
    "list_recoveries": Call("GET", "/recoveries", (Scope.MESSAGES_READ,), 200),
    "read_credit_windows": Call("GET", "/credit-windows", (Scope.SETTINGS_READ,), 200),
    "put_credit_windows": Call(
        "PUT", "/credit-windows", (Scope.SETTINGS_WRITE,), 200, {"click": "1 day"}
    ),
    "list_flows": Call("GET", "/flows", (Scope.FLOWS_READ,), 200),
    "make_flow": Call(
        "POST",
        "/flows",
        (Scope.FLOWS_WRITE,),
        201,
        {"key": "new", "document": FLOW | {"name": "New"}},
        success=201,
    ),
    "read_flow": Call("GET", "/flows/our-flow", (Scope.FLOWS_READ,), 404),
    "put_flow": Call(
        "PUT", "/flows/our-flow", (Scope.FLOWS_WRITE,), 404, {"document": FLOW, "version": 1}
    ),
    "put_flow_status": Call(
        "PUT", "/flows/our-flow/status", (Scope.FLOWS_WRITE,), 404, {"status": "paused"}
    ),
    "list_flow_versions": Call("GET", "/flows/our-flow/versions", (Scope.FLOWS_READ,), 404),
    "list_runs": Call("GET", "/flows/our-flow/runs", (Scope.FLOWS_READ,), 404),
    "list_templates": Call("GET", "/templates", (Scope.FLOWS_READ,), 200),
    "read_template": Call("GET", "/templates/our-help", (Scope.FLOWS_READ,), 404),
    "put_template": Call(
        "PUT",
        "/templates/our-help",
        (Scope.FLOWS_WRITE,),
        200,
        {"name": "Help", "document": MAIL | {"subject": "New"}},
    ),
    "delete_template": Call("DELETE", "/templates/our-spare", (Scope.FLOWS_WRITE,), 404),
    "restore_archived_template": Call(
        "POST", "/templates/our-old/restore", (Scope.FLOWS_WRITE,), 404
    ),
    "list_template_versions": Call("GET", "/templates/our-help/versions", (Scope.FLOWS_READ,), 404),
    "try_template": Call(
        "POST",
        "/templates/trials",
        (Scope.FLOWS_WRITE, Scope.PROFILES_READ),
        404,
        {"document": MAIL | {"subject": "New"}, "profile": "{ada}", "to": "me@shop.example"},
        success=201,
    ),
    "list_ready_flows": Call("GET", "/ready-flows", (Scope.FLOWS_READ,), 200),
    "copy_ready_flow": Call(
        "POST", "/ready-flows/price-drop/copies", (Scope.FLOWS_WRITE,), 201, {}, success=201
    ),
    "put_step_status": Call(
        "PUT",
        "/flows/our-flow/steps/help/status",
        (Scope.FLOWS_WRITE,),
        404,
        {"status": "paused"},
    ),
    "read_message_mail": Call(
        "GET", "/messages/{message}/mail", (Scope.MESSAGES_READ, Scope.PROFILES_READ), 404
    ),
    "list_codes_of": Call(
        "GET", "/profiles/{ada}/codes", (Scope.COUPONS_READ, Scope.PROFILES_READ), 404
    ),
    "list_carts": Call("GET", "/carts", (Scope.PROFILES_READ,), 200),
    "read_cart_figures": Call("GET", "/carts/figures", (Scope.PROFILES_READ,), 200),
    "list_changes": Call("GET", "/changes", (Scope.KEYS_READ,), 200),
    "read_deliverability": Call("GET", "/deliverability", (Scope.SETTINGS_READ,), 200),
    "read_domain": Call("GET", "/deliverability/domain", (Scope.SETTINGS_READ,), 200),
    "list_ready_templates": Call("GET", "/ready-templates", (Scope.FLOWS_READ,), 200),
    "read_ready_template": Call("GET", "/ready-templates/cart-proof", (Scope.FLOWS_READ,), 200),
    "preview_template": Call(
        "POST",
        "/templates/preview",
        (Scope.FLOWS_READ, Scope.PROFILES_READ),
        404,
        {"document": MAIL | {"subject": "New"}, "profile": "{ada}"},
    ),
    "count_messages": Call("GET", "/messages/counts", (Scope.MESSAGES_READ,), 200),
    "read_message": Call("GET", "/messages/{message}", (Scope.MESSAGES_READ,), 404),
    "read_message_copy": Call(
        "GET",
        "/messages/{message}/copy",
        (Scope.MESSAGES_READ, Scope.PROFILES_READ),
        404,
        success=404,
    ),
    "settle_message": Call(
        "POST",
        "/messages/{message}/settlements",
        (Scope.MESSAGES_WRITE,),
        404,
        {"act": "arrived"},
        success=409,
    ),
    "list_messages": Call("GET", "/profiles/{ada}/messages", (Scope.MESSAGES_READ,), 404),
    "list_decisions": Call("GET", "/profiles/{ada}/decisions", (Scope.MESSAGES_READ,), 404),
    "read_mailing": Call("GET", "/mailing", (Scope.SETTINGS_READ,), 404),
    "read_webhook_secret": Call("GET", "/webhook-secret", (Scope.SETTINGS_WRITE,), 200),
    "renew_secret": Call("POST", "/webhook-secret/renewals", (Scope.SETTINGS_WRITE,), 200),
    "put_mailing": Call(
        "PUT", "/mailing", (Scope.SETTINGS_WRITE,), 200, {"sender": "eve@socks.example"}
    ),
    "read_pace": Call("GET", "/pace", (Scope.SETTINGS_READ,), 200),
    "put_pace": Call("PUT", "/pace", (Scope.SETTINGS_WRITE,), 200, {"a_minute": 60}),
    "read_contact_rules": Call("GET", "/contact-rules", (Scope.SETTINGS_READ,), 200),
    "put_contact_rules": Call(
        "PUT", "/contact-rules", (Scope.SETTINGS_WRITE,), 200, {"email": {"a_week": 2}}
    ),
    "list_suppressions": Call("GET", "/suppressions", (Scope.PROFILES_READ,), 200),
    "suppress_addresses": Call(
        "POST", "/suppressions", (Scope.PROFILES_WRITE,), 200, {"addresses": ["eve@example.com"]}
    ),
    "import_suppression_file": Call(
        "POST", "/suppressions/import", (Scope.PROFILES_WRITE,), 200, {"csv": "eve@example.com"}
    ),
    "unsuppress_address": Call(
        "DELETE", "/suppressions/email/ada@example.com", (Scope.PROFILES_WRITE,), 404
    ),
    "read_permission": Call("GET", "/profiles/{ada}/permission", (Scope.PROFILES_READ,), 404),
    "read_consent_choice": Call("GET", "/consent-choice", (Scope.SETTINGS_READ,), 200),
    "put_consent_choice": Call(
        "PUT", "/consent-choice", (Scope.SETTINGS_WRITE,), 200, {"home": "DE"}
    ),
}

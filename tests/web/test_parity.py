"""Whatever one can do in the console a program can do over the API, or it is said why it cannot."""

from __future__ import annotations

from typing import Final

from cartback.web.api.app import document
from tests.web.console.test_doors import DOORS, SHOP

PERSONAL: Final = "it belongs to the person who looks at the page"
PEOPLE: Final = "a key must not make accounts that outlive it"
BY_READING: Final = "read it, and save what you read"

ACTS: Final[dict[str, tuple[str, ...] | str]] = {
    "/first-steps": PERSONAL,
    "/segments": ("create", "change"),
    "/segments/draft": ("validate_condition",),
    "/segments/count": ("preview_condition",),
    "/segments/{key}/archive": ("archive",),
    "/segments/{key}/restore": ("restore",),
    "/flows": ("copy_ready_flow",),
    "/flows/new": ("make_flow",),
    "/flows/draft": PERSONAL,
    "/flows/{flow}/status": ("put_flow_status",),
    "/flows/{flow}/change": ("put_flow",),
    "/flows/{flow}/copy": BY_READING,
    "/flows/{flow}/versions/{version}": BY_READING,
    "/flows/{flow}/document": ("put_flow",),
    "/flows/{flow}/steps/{step}/status": ("put_step_status",),
    "/messages/settlements": ("settle_message",),
    "/messages/{message}/settlements": ("settle_message",),
    "/coupons": ("create_coupon",),
    "/coupons/{coupon}/change": ("put_coupon",),
    "/coupons/{coupon}/pool": ("upload_codes",),
    "/coupons/{coupon}/archive": ("delete_coupon",),
    "/coupons/{coupon}/restore": ("restore_archived_coupon",),
    "/products/feed": ("put_catalog_feed", "delete_catalog_feed"),
    "/products/file": ("put_products",),
    "/mails": ("put_template",),
    "/mails/draft": PERSONAL,
    "/mails/look": ("preview_template",),
    "/mails/canvas": ("preview_template",),
    "/mails/test": ("try_template",),
    "/mails/{mail}/versions": BY_READING,
    "/mails/{mail}/copy": BY_READING,
    "/mails/{mail}/archive": ("delete_template",),
    "/mails/{mail}/restore": ("restore_archived_template",),
    "/people/{profile}/undo": ("undo",),
    "/people/{profile}/merge": ("merge_profiles",),
    "/people/{profile}/erase": ("erase_profile",),
    "/settings": ("change_shop_settings",),
    "/settings/mail": ("put_mailing",),
    "/settings/mail/rules": ("put_contact_rules",),
    "/settings/mail/credit": ("put_credit_windows",),
    "/settings/deliverability/pace": ("put_pace",),
    "/settings/consent": ("put_consent_choice",),
    "/settings/suppressions": ("suppress_addresses",),
    "/settings/suppressions/remove": ("unsuppress_address",),
    "/settings/keys": ("create_key",),
    "/settings/keys/{key}/revoke": ("revoke_key",),
    "/settings/team": PEOPLE,
    "/settings/team/{user}": PEOPLE,
}
"""By an act's address in the console: the API's operations that do it, or why there is none."""


def test_every_act_of_the_console_is_one_of_the_api_or_says_why_not() -> None:
    acts = {one.path.removeprefix(SHOP) for one in DOORS if one.method == "POST"}
    assert ACTS.keys() == acts
    known = {
        operation["operationId"]
        for path in document()["paths"].values()
        for operation in path.values()
    }
    wanted = {name for names in ACTS.values() if isinstance(names, tuple) for name in names}
    assert wanted - known == set()

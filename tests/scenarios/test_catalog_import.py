"""What a shop sells, from files: whatever their form, row by row, with every bad row named."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartback.domain.product import BackInStock, LowStock, PriceDropped, Product, SoldOut
from cartback.engine.products import (
    Read,
    Taken,
    Unread,
    put_product,
    remove_product,
    take_products,
    take_reviews,
)
from cartback.sources.catalog import UnreadableCatalog, read_products, read_reviews
from tests.scenarios.engine_shop import EngineShop

GOOGLE = """id,item_group_id,title,brand,link,image_link,product_type,price,sale_price,availability,quantity,size,color
j-m,jumper,Wool jumper,Jumpers,https://s.example/j,https://s.example/j.jpg,Clothing > Wool,49.00 EUR,39.00 EUR,in stock,3,M,red
j-l,jumper,Wool jumper,Jumpers,https://s.example/j,https://s.example/j.jpg,Clothing > Wool,49.00 EUR,,out of stock,0,L,red
hat,,울 모자 🧢,Jumpers,https://s.example/h,,Hats,"1.234,50 €",,in stock,,,
"""  # noqa: E501  a table
SHOPIFY = """Handle;Title;Vendor;Variant SKU;Option1 Name: Size;Variant Price;Variant Compare At Price;Variant Inventory Qty
jumper;Wool jumper;Jumpers;J-M;M;39.00;49.00;3
jumper;Wool jumper;Jumpers;J-L;L;49.00;;-2
"""  # noqa: E501  a table


def read(path: Path, text: str | bytes, name: str = "products.csv") -> list[Read | Unread]:
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_products(file, "USD"))


def taken(shop: EngineShop, path: Path, text: str, *, whole: bool = False) -> Taken:
    return take_products(shop.store, shop.id, read(path, text), shop.now, whole=whole)


def known(shop: EngineShop) -> dict[str, Product]:
    with shop.store.reading() as reading:
        return {one.id: one for one in reading.products_after(shop.id, "", 99)}


def test_a_table_in_googles_form_is_taken(shop: EngineShop, tmp_path: Path) -> None:
    assert taken(shop, tmp_path, GOOGLE) == Taken(created=2)
    jumper, hat = known(shop)["jumper"], known(shop)["hat"]
    assert (jumper.name, jumper.brand, jumper.categories) == (
        "Wool jumper",
        "Jumpers",
        ("Clothing", "Wool"),
    )
    medium, large = jumper.variants
    assert (medium.id, medium.price, medium.sale_price, medium.stock) == ("j-m", 4_900, 3_900, 3)
    assert (medium.now, medium.before, medium.currency) == (3_900, 4_900, "EUR")
    assert (large.options, large.is_in_stock) == ({"size": "L", "color": "red"}, False)
    assert (hat.name, hat.variants[0].price, hat.variants[0].id) == ("울 모자 🧢", 123_450, "")
    assert hat.variants[0].stock is None


def test_a_table_in_shopifys_form_is_taken(shop: EngineShop, tmp_path: Path) -> None:
    taken(shop, tmp_path, SHOPIFY)
    medium, large = known(shop)["jumper"].variants
    assert (medium.sku, medium.now, medium.before, medium.currency) == ("J-M", 3_900, 4_900, "USD")
    assert (large.now, large.before, large.stock) == (4_900, None, 0)


@pytest.mark.parametrize("form", ["array", "lines", "gzip"])
def test_json_and_gzip_are_taken(shop: EngineShop, tmp_path: Path, form: str) -> None:
    some: list[dict[str, Any]] = [
        {"id": "a", "name": "A"},
        {"id": "b", "name": "B", "variants": [{"id": "x"}]},
    ]
    lines = "\n".join(map(json.dumps, some)).encode()
    text = {"array": json.dumps(some, indent=1).encode(), "lines": lines, "gzip": b""}[form]
    found = read(tmp_path, text or gzip.compress(lines))
    assert take_products(shop.store, shop.id, found, shop.now) == Taken(created=2)


def test_bad_rows_are_named_and_the_others_taken(tmp_path: Path) -> None:
    text = (
        "id,name,price,stock,availability\n"
        "a,A,19.99,3,in stock\n"
        "b,B,cheap,3,\n"
        "c,,1,1,\n"
        "d,D,1\n"
        "e,E,1,many,\n"
        "f,F,1,1,perhaps\n"
        "\n"
        "g,G,1,,\n"
        ",H,1,,\n"
        "i,I,-5,,\n"
    )
    found = read(tmp_path, text)
    assert [one.product.id for one in found if isinstance(one, Read)] == ["a", "g"]
    bad = {one.line: one.reason for one in found if isinstance(one, Unread)}
    assert set(bad) == {3, 4, 5, 6, 7, 10, 11}
    assert "'cheap' is not an amount" in bad[3]
    assert "name" in bad[4]
    assert "3 columns; the header has 5" in bad[5]
    assert "many" in bad[6]
    assert "perhaps" in bad[7]
    assert "id" in bad[10]
    assert "price" in bad[11]


def test_bad_lines_of_json_and_bad_bytes_are_named(tmp_path: Path) -> None:
    lines = b'{"id": "a", "name": "A"}\n{"id": \n{"id": "b"}\n{"id": "c", "name": "C\\u0000"}\n[]\n'
    found = read(tmp_path, lines)
    assert [type(one) for one in found] == [Read, Unread, Unread, Unread, Unread]
    latin = "id,name\na,A\nb,Jumper für\nc,C\n".encode("latin-1")
    assert [type(one) for one in read(tmp_path, latin)] == [Read, Unread, Read]
    assert [one.line for one in read(tmp_path, latin) if isinstance(one, Unread)] == [3]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "empty"),
        ("colour,price\nred,1\n", "product_id"),
        ("id,price\na,1\n", "name"),
        ("[1", "JSON"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableCatalog, match=said):
        read(tmp_path, text)


def test_what_changed_is_said(shop: EngineShop, tmp_path: Path) -> None:
    header = "id,name,price,stock\n"
    taken(shop, tmp_path, header + "a,A,20,9\nb,B,20,0\nc,C,20,1\nd,D,20,9\n")
    second = taken(shop, tmp_path, header + "a,A,15,9\nb,B,20,4\nc,C,20,0\nd,D,20,2\n")
    assert second == Taken(
        changed=4,
        changes=(
            PriceDropped("a", "", 2_000, 1_500, "USD"),
            BackInStock("b", "", 4),
            SoldOut("c", ""),
            LowStock("d", "", 2),
        ),
    )
    assert taken(shop, tmp_path, header + "a,A,15,9\n") == Taken(unchanged=1)


def test_a_whole_feed_removes_what_it_does_not_name(shop: EngineShop, tmp_path: Path) -> None:
    taken(shop, tmp_path, "id,name\na,A\nb,B\n")
    shop.now += 1
    assert taken(shop, tmp_path, "id,name\na,A\n").removed == 0
    shop.now += 1
    kept = taken(shop, tmp_path, "id,name\na,A\n,X\n", whole=True)
    assert (kept.removed, "could not be read" in kept.kept) == (0, True)
    assert taken(shop, tmp_path, "id,name\n", whole=True).kept
    shop.now += 1
    assert taken(shop, tmp_path, "id,name\na,A\n", whole=True).removed == 1
    assert set(known(shop)) == {"a"}


def test_rows_of_a_product_need_not_stand_together(shop: EngineShop, tmp_path: Path) -> None:
    rows = [f"v{number},p{number % 3},Name,{number}" for number in range(900)]
    taken(shop, tmp_path, "variant_id,product_id,name,price\n" + "\n".join(rows))
    assert [len(one.variants) for one in known(shop).values()] == [300, 300, 300]
    taken(shop, tmp_path, "variant_id,product_id,name,price\nv0,p0,Name,1\n")
    assert len(known(shop)["p0"].variants) == 1, "the next import says the whole product"


def test_one_product_by_hand(shop: EngineShop) -> None:
    with shop.store.transaction() as tx:
        assert put_product(tx, shop.id, Product(id="a", name="A"), shop.now) == ()
        assert remove_product(tx, shop.id, "a") == (SoldOut("a", ""),)
        assert remove_product(tx, shop.id, "a") is None


def test_reviews_are_taken(shop: EngineShop, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(
        "product_id,author,rating,date,text,permission,avatar\n"
        "a,Ada,5,2026-03-01,Warm and light.,yes,https://shop.example/ada.jpg\n"
        "a,Bob,4.0,2026-03-01T10:00:00Z,Good.,,\n"
        "a,Eve,6,2026-03-01,No.,yes,\n"
        "a,Eve,5,yesterday,No.,yes,\n"
    )
    for _ in range(2):
        found = take_reviews(shop.store, shop.id, read_reviews(file))
        assert (found.changed, found.bad) == (2, 2)
    with shop.store.reading() as reading:
        reviews = reading.reviews_of(shop.id, "a", 9)
    assert {(one.author, one.rating, one.permission, one.portrait) for one in reviews} == {
        ("Ada", 5, True, "https://shop.example/ada.jpg"),
        ("Bob", 4, False, ""),
    }


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_makes_it_fall_over(tmp_path: Path, content: bytes) -> None:
    for start in (b"", b"id,name\n", b"[", b"{", b"\xef\xbb\xbfid;title\n", b"\x1f\x8b"):
        file = tmp_path / "any"
        file.write_bytes(start + content)
        with contextlib.suppress(UnreadableCatalog):
            for one in read_products(file, "EUR"):
                assert isinstance(one, Read | Unread)

"""The demo shop's catalogue is real, small, and made again from its source byte for byte."""

from __future__ import annotations

import runpy
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest

from cartback.demo.catalogue import catalogue
from cartback.domain.event import Metric, check_properties

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_catalogue.py"
SHIPPED = files("cartback.demo")


@pytest.mark.needs_shared_data
def test_the_script_makes_the_shipped_files_from_the_original(
    real_data: Path, tmp_path: Path
) -> None:
    make = runpy.run_path(str(SCRIPT))["main"]
    make(real_data / "online_retail" / "online_retail.csv.gz", tmp_path)
    for name in ("catalogue.csv", "habits.json"):
        assert (tmp_path / name).read_bytes() == (SHIPPED / name).read_bytes()


def test_names_are_written_in_ordinary_spelling() -> None:
    tidy = runpy.run_path(str(SCRIPT))["tidy"]
    assert tidy("WHITE HANGING HEART T-LIGHT HOLDER") == "White Hanging Heart T-Light Holder"
    assert tidy("SET/5 RED RETROSPOT LID GLASS BOWLS") == "Set of 5 Red Retrospot Lid Glass Bowls"
    assert tidy("SET 3 RETROSPOT TEA,COFFEE,SUGAR") == "Set of 3 Retrospot Tea, Coffee, Sugar"
    assert tidy("BAKING SET 9 PIECE RETROSPOT") == "Baking Set 9 Piece Retrospot"
    assert tidy("WORLD WAR 2 GLIDERS ASSTD DESIGNS") == "World War 2 Gliders Assorted Designs"
    assert tidy("GIN + TONIC DIET METAL SIGN.") == "Gin and Tonic Diet Metal Sign"


def test_the_catalogue_is_small_and_whole() -> None:
    assert len((SHIPPED / "catalogue.csv").read_bytes()) < 60_000
    products = catalogue().products
    assert len(products) == 300
    for product in products.values():
        assert product.name
        assert product.category
        assert product.price > 0
        assert len(product.bought_with) == 3
        assert all(other in products for other in product.bought_with)
        check_properties(Metric.VIEWED_PRODUCT, product.properties())


def test_popular_products_are_drawn_more_often() -> None:
    goods, random = catalogue(), Random(1)
    drawn = [goods.popular(random) for _ in range(20_000)]
    first, *_, last = goods.products
    assert drawn.count(first) > 3 * drawn.count(last) > 0

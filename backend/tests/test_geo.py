"""Areas hold what lies in them, and the cells that cover them miss nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geo import MOST_CELLS, Box, Circle, cells_at, covering, kilometres

LAT = st.floats(-85, 85)
LNG = st.floats(-180, 179.999)


def test_a_degree_along_a_meridian_is_111_km() -> None:
    assert kilometres(6.0, 80.0, 7.0, 80.0) == pytest.approx(111.195, abs=0.01)


def test_places_on_both_sides_of_the_date_line_are_near() -> None:
    assert kilometres(0.0, 179.99, 0.0, -179.99) < 3
    assert Circle(0.0, 179.99, 5.0).box.holds(0.0, -179.99)


@given(lat=LAT, lng=LNG, km=st.floats(0.01, 300), bearing=st.floats(0, 2 * math.pi), share=st.floats(0, 0.999))
def test_the_cells_of_a_circle_hold_every_place_in_it(
    lat: float, lng: float, km: float, bearing: float, share: float
) -> None:
    circle = Circle(lat, lng, km)
    there = _moved(lat, lng, km * share, bearing)
    assert circle.box.holds(*there)
    cells = covering(circle)
    if cells is not None:
        assert len(cells.ids) <= MOST_CELLS
        assert cells_at(*there)[cells.resolution] in cells.ids


@given(south=LAT, west=LNG, high=st.floats(0, 2), wide=st.floats(0, 2), up=st.floats(0, 1), aside=st.floats(0, 1))
def test_the_cells_of_a_box_hold_every_place_in_it(
    south: float, west: float, high: float, wide: float, up: float, aside: float
) -> None:
    east = (west + wide + 180) % 360 - 180
    box = Box(south, west, south + high, east)
    lat, lng = south + high * up, (west + wide * aside + 180) % 360 - 180
    cells = covering(box)
    if cells is not None and box.holds(lat, lng):
        assert cells_at(lat, lng)[cells.resolution] in cells.ids


def test_small_areas_are_covered_finely_and_vast_ones_not_at_all() -> None:
    assert getattr(covering(Circle(6.68, 80.4, 2.0)), "resolution", None) == 7
    assert getattr(covering(Circle(6.68, 80.4, 20.0)), "resolution", None) == 5
    assert getattr(covering(Circle(6.68, 80.4, 60.0)), "resolution", None) == 4
    assert covering(Box(-60, -170, 60, 170)) is None


def _moved(lat: float, lng: float, km: float, bearing: float) -> tuple[float, float]:
    angle, up = km / 6371.0088, math.radians(lat)
    there = math.asin(math.sin(up) * math.cos(angle) + math.cos(up) * math.sin(angle) * math.cos(bearing))
    aside = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(up), math.cos(angle) - math.sin(up) * math.sin(there)
    )
    return math.degrees(there), (lng + math.degrees(aside) + 180) % 360 - 180

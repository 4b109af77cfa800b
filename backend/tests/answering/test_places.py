"""The country of a place: said where it is sure, else this node's, and nobody's where it is certainly another's."""

import pytest

from app.agent_v2.answering.knowledge import ANYWHERE, knowledge
from app.agent_v2.answering.places import country_at, extents

CITIES = {
    "Colombo": (6.93, 79.86, "LK"),
    "Jaffna": (9.66, 80.01, "LK"),
    "Ratnapura": (6.68, 80.40, "LK"),
    "Delhi": (28.61, 77.21, "IN"),
    "Madurai": (9.93, 78.12, "IN"),
    "Dhaka": (23.81, 90.41, "BD"),
    "Kathmandu": (27.72, 85.32, "NP"),
    "Manila": (14.60, 120.98, "PH"),
    "Jakarta": (-6.21, 106.85, "ID"),
    "Sydney": (-33.87, 151.21, "AU"),
    "Wellington": (-41.29, 174.78, "NZ"),
    "Houston": (29.76, -95.37, "US"),
    "New York": (40.71, -74.01, "US"),
    "London": (51.51, -0.13, "GB"),
    "Tokyo": (35.68, 139.69, "JP"),
    "Berlin": (52.52, 13.40, "DE"),
}
ABROAD = {
    "Paris": (48.86, 2.35), "Kuala Lumpur": (3.14, 101.69), "Singapore": (1.35, 103.82), "Dublin": (53.35, -6.26),
    "Toronto": (43.65, -79.38), "Windsor, Ontario": (42.31, -83.04), "Vancouver": (49.28, -123.12),
    "Ciudad Juárez": (31.69, -106.42), "Karachi": (24.86, 67.01), "Lahore": (31.55, 74.34), "Thimphu": (27.47, 89.64),
    "Yangon": (16.87, 96.20), "Lhasa": (29.65, 91.14), "Dili": (-8.56, 125.57), "Port Moresby": (-9.44, 147.18),
    "Kota Kinabalu": (5.98, 116.07), "Taipei": (25.03, 121.57), "Busan": (35.18, 129.08), "Prague": (50.08, 14.44),
    "Strasbourg": (48.57, 7.75), "Salzburg": (47.81, 13.05), "Calais": (50.95, 1.86), "Nassau": (25.05, -77.36),
    "Tijuana": (32.51, -117.04), "Male": (4.18, 73.51),
}  # fmt: skip


@pytest.mark.parametrize("city", CITIES)
def test_a_city_is_in_its_country_whatever_node_asks(city: str) -> None:
    lat, lng, country = CITIES[city]

    assert country_at(lat, lng, default="LK" if country != "LK" else "DE") == country


@pytest.mark.parametrize("city", ABROAD)
def test_a_city_of_a_country_that_is_not_drawn_is_in_none_that_is(city: str) -> None:
    assert country_at(*ABROAD[city], default="LK") == ANYWHERE


def test_near_a_border_the_node_is_believed() -> None:
    assert country_at(26.45, 87.28, default="NP") == "NP"  # Biratnagar


def test_a_node_whose_country_is_not_drawn_stays_what_it_is() -> None:
    assert country_at(48.86, 2.35, default="FR") == "FR"


def test_every_country_that_is_drawn_has_numbers() -> None:
    assert set(extents()) <= set(knowledge().countries)

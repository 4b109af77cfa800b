"""Places on the earth: how far apart they are, and which cells of a grid lie around one."""

import math

import h3

EARTH_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

CELL_RESOLUTION = 5
"""H3 resolution of stored cells, whose corners are 11 km from their centre at the most (measured over the globe)."""
CELL_RADIUS_KM = 11.0
REACH_KM = {1: 5.0, 2: 15.0}
"""How far one is sure to get inside so many rings of cells around one's own (measured: 7 and 18 km at the least)."""
CELLS_REACH_KM = max(REACH_KM.values())


def distance_km(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Straight-line kilometres between two places in degrees."""
    phi, other_phi = math.radians(lat), math.radians(other_lat)
    half = math.sin((other_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_lng - lng) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def cell_of(lat: float, lng: float) -> str:
    """The H3 cell that a place lies in, as it is stored for nearness queries."""
    return str(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION))


def cells_near(lat: float, lng: float, radius_km: float) -> list[str] | None:
    """Every cell that a place within the radius can lie in, 19 at the most; None beyond `CELLS_REACH_KM`."""
    rings = next((rings for rings, reach in REACH_KM.items() if radius_km <= reach), None)
    if rings is None:
        return None
    own = cell_of(lat, lng)
    disk = [str(cell) for cell in h3.grid_disk(own, rings)]
    return sorted(cell for cell in disk if cell == own or _away(lat, lng, cell) <= radius_km + CELL_RADIUS_KM)


def _away(lat: float, lng: float, cell: str) -> float:
    return distance_km(lat, lng, *h3.cell_to_latlng(cell))

"""The numbers a plan is made from, each with its source, so that a country or a depot may set its own."""

from dataclasses import dataclass, fields

from app.schemas.vocabulary import Severity


@dataclass(frozen=True)
class PlanningSettings:
    """Defaults for lowland Sri Lanka.

    `O` marks an operating assumption of ours: change it when you know better. `S` marks a published standard:
    change it only for another standard. Sphere figures are the minimum standards as found in several editions.

    household_size: O. People per household when unknown: census 2012 mean 3.80, Ditwah (DMC, 30 Nov 2025) 3.65.
    horizon_days: O. Days that supplies last; teams and households look after themselves for 72 h.
    survival_days: O. Days on bottled survival water; after them water comes in bulk.
    water_litres: S Sphere. Survival water per person and day for drinking and food, 2.5–3 L.
    bulk_litres: S Sphere. Water per person and day for all uses, once it comes in bulk.
    pack_days: food packs, tins and courses are made up for 1 person and this many days (see ITEM_UNITS).
    blanket_factor: O on S Sphere. Blankets and mats per person; 0.5 suffices in the lowland tropics, 1 is safe.
    people_per_net: O. People under one mosquito net.
    containers_per_household: S Sphere. One to carry water, one to store it.
    latrine_min_group: O. Displaced people below this share what is there.
    latrine_people_first, latrine_people_later: S Sphere. People per cubicle, at once and after `latrine_days`.
    latrine_days: O. When "at once" ends.
    injured_per_medikit: O. At least one kit wherever someone is hurt.
    infant_share: O. Infants among the people where infants are reported but not counted; at least one.
    medicine_share: O. People on a lost medicine where it is reported but not counted; at least one.
    menstrual_share: O on S Sphere (1 kit per woman of reproductive age). Their share among the people.
    boat_crew: O. Commander, driver and co-driver; less is no crew.
    boat_seats, boat_trips: O. Evacuees in one boat, and trips of one boat in one mission.
    vehicle_seats, vehicle_trips: O. The same for a van with driver and helper.
    collapse_team, fire_team, search_team: O. Least team on rubble, at a fire, and where the danger is unknown.
    people_per_rescue_team: O. One more team for every so many people to be reached.
    max_units: S ICS (span of control 3–7, best 5). Boats, vehicles or rescue teams under one lead.
    distribution_base, people_per_distributor: O. Two, and one more for every full 50 people served.
    max_team: S ICS. Five groups of five; a larger action needs its own command.
    unverified_from: O. The most urgent severity at which people not yet verified may be sent at all.
    """

    household_size: int = 4
    horizon_days: int = 3
    survival_days: int = 3
    water_litres: float = 3.0
    bulk_litres: float = 15.0
    pack_days: int = 3
    blanket_factor: float = 1.0
    people_per_net: int = 2
    containers_per_household: int = 2
    latrine_min_group: int = 20
    latrine_people_first: int = 50
    latrine_people_later: int = 20
    latrine_days: int = 14
    injured_per_medikit: int = 10
    infant_share: float = 0.03
    medicine_share: float = 0.1
    menstrual_share: float = 0.25
    boat_crew: int = 3
    boat_seats: int = 6
    boat_trips: int = 4
    vehicle_seats: int = 8
    vehicle_trips: int = 2
    collapse_team: int = 4
    fire_team: int = 4
    search_team: int = 4
    people_per_rescue_team: int = 20
    max_units: int = 5
    distribution_base: int = 2
    people_per_distributor: int = 50
    max_team: int = 25
    unverified_from: Severity = Severity.MEDIUM

    def __post_init__(self) -> None:
        wrong = [each.name for each in fields(self) if each.type in (int, float) and getattr(self, each.name) <= 0]
        if wrong:
            raise ValueError(f"These planning settings must be above zero: {', '.join(wrong)}.")

    @property
    def boat_places(self) -> int:
        """Evacuees that one boat brings to land in one mission."""
        return self.boat_seats * self.boat_trips

    @property
    def vehicle_places(self) -> int:
        return self.vehicle_seats * self.vehicle_trips

"""Seeing a disaster in many calls for help that belong to none yet. By rules alone; a human decides."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.agent_v2.rules.hazard_words import HAZARDS, LACKS
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.text import read
from app.core.geo import EARTH_KM
from app.schemas.base import Location
from app.schemas.disaster import DisasterSeverity
from app.schemas.request import Request
from app.schemas.request_states import ENDED, Stage
from app.schemas.vocabulary import NeedCategory, Severity

LEAST_SHARE = 0.3
"""The share of a cluster's calls that must name a hazard before the cluster is named after it [O]."""
GRAVE_SHARE = 0.25
"""The share of critical and high calls from which a disaster is suggested as High [O]."""

_LEXICON = Lexicon(HAZARDS)
_ORDER = tuple(HAZARDS)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What it takes to see a disaster: so many calls of so many people, so near, in so many hours."""

    requests: int = 10
    senders: int = 5
    radius_km: float = 10.0
    hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Calls for help that look like one disaster."""

    name: str
    type: str | None
    severity: DisasterSeverity
    location: Location
    evidence: str
    request_ids: tuple[str, ...]


def sightings(requests: Iterable[Request], threshold: Threshold) -> list[Sighting]:
    """Clusters that are large enough, the largest first; no call is in two of them.

    Only open calls whose place is known to within the radius count. The same calls always give the same sightings.
    """
    seen = sorted((one for one in requests if _counts(one, threshold)), key=lambda one: one.id)
    return [_sighting(members, threshold) for members in _clusters(seen, threshold)]


def _counts(request: Request, threshold: Threshold) -> bool:
    place = request.location
    return (
        place is not None
        and (place.accuracy_m or 0) <= threshold.radius_km * 1_000
        and request.status not in ENDED
        and request.stage is not Stage.NOT_A_REQUEST
    )


def _clusters(seen: Sequence[Request], threshold: Threshold) -> Iterator[list[Request]]:
    """Again and again the place with the most calls around it, until none has enough of enough people."""
    near = _near([one.location for one in seen if one.location], threshold.radius_km)
    left = np.ones(len(seen), dtype=np.bool_)
    while left.any():
        around = (near & left).sum(axis=1) * left
        for centre in np.argsort(-around, kind="stable").tolist():
            if around[centre] < threshold.requests:
                return
            places = np.flatnonzero(near[centre] & left)
            members = [seen[place] for place in places.tolist()]
            if len({one.created_by for one in members}) >= threshold.senders:
                left[places] = False
                yield members
                break
        else:
            return


def _near(places: Sequence[Location], radius_km: float) -> NDArray[np.bool_]:
    """Whether each place lies within the radius of each other one."""
    degrees = np.array([(place.lat, place.lng) for place in places], dtype=np.float64).reshape(-1, 2)
    lat, lng = np.radians(degrees).T
    unit = np.stack((np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)), axis=1)
    nearest: NDArray[np.bool_] = unit @ unit.T >= np.cos(radius_km / EARTH_KM)
    return nearest


def _sighting(members: Sequence[Request], threshold: Threshold) -> Sighting:
    hazards = Counter(hazard for one in members for hazard in _hazards(one))
    needs = Counter(need for one in members for need in _needs(one))
    kind = _kind(hazards, needs, len(members))
    place = _middle(members)
    return Sighting(
        name=f"{kind or 'Emergency'} near {place.lat:.2f}, {place.lng:.2f}",
        type=kind,
        severity=_severity(members),
        location=place,
        evidence=_evidence(members, hazards, needs, threshold),
        request_ids=tuple(one.id for one in members),
    )


def _hazards(request: Request) -> set[str]:
    return {hit.rule for hit in _LEXICON.hits(read(request.words))}


def _needs(request: Request) -> set[NeedCategory]:
    return {need.category for need in request.finding.needs} if request.finding else set()


def _kind(hazards: Counter[str], needs: Counter[NeedCategory], calls: int) -> str | None:
    for hazard in sorted(hazards, key=lambda one: (-hazards[one], _ORDER.index(one))):
        if hazards[hazard] >= LEAST_SHARE * calls:
            return hazard
    order = tuple(NeedCategory)
    lacks = sorted((need for need in needs if need in LACKS), key=lambda one: (-needs[one], order.index(one)))
    return LACKS[lacks[0]] if lacks else None


def _severity(members: Sequence[Request]) -> DisasterSeverity:
    grave = sum(one.severity in (Severity.CRITICAL, Severity.HIGH) for one in members)
    if grave >= GRAVE_SHARE * len(members):
        return DisasterSeverity.HIGH
    light = all(one.severity is Severity.LOW for one in members)
    return DisasterSeverity.LOW if light else DisasterSeverity.MEDIUM


def _middle(members: Sequence[Request]) -> Location:
    """The middle of the calls, rounded to 0.01° (about 1 km): nobody's own place."""
    places = [one.location for one in members if one.location is not None]
    origin = places[0].lng
    # Seen from the first place, so that a cluster on both sides of 180° has its middle there and not at 0°.
    east = sum((place.lng - origin + 180) % 360 - 180 for place in places) / len(places)
    lat = sum(place.lat for place in places) / len(places)
    return Location(lat=lat, lng=(origin + east + 180) % 360 - 180).blurred()


def _evidence(
    members: Sequence[Request], hazards: Counter[str], needs: Counter[NeedCategory], threshold: Threshold
) -> str:
    """In numbers only: nobody's words, name or place."""
    senders = len({one.created_by for one in members})
    told = [
        f"{len(members)} open requests of {senders} people lie within {threshold.radius_km:g} km of one of them, "
        f"came within {threshold.hours:g} h and belong to no disaster."
    ]
    if hazards:
        told.append(f"They tell of: {_counted(hazards)}.")
    if needs:
        told.append(f"They ask for: {_counted(needs)}.")
    levels = Counter(one.severity for one in members if one.severity is not None)
    if levels:
        told.append(f"Urgency: {', '.join(f'{level} ({levels[level]})' for level in Severity if levels[level])}.")
    return " ".join(told)


def _counted(counts: Counter[str] | Counter[NeedCategory]) -> str:
    most = sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))[:5]
    return ", ".join(f"{name} ({count})" for name, count in most)

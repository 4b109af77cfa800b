"""Where a field report stands: as reported, judged, or over."""

from enum import StrEnum

from app.schemas.moves import Moves


class ObservationStatus(StrEnum):
    REPORTED = "reported"
    VERIFIED = "verified"
    DISPUTED = "disputed"
    EXPIRED = "expired"


OBSERVATION_MOVES = Moves(
    "An observation",
    {
        ObservationStatus.REPORTED: frozenset(
            {ObservationStatus.VERIFIED, ObservationStatus.DISPUTED, ObservationStatus.EXPIRED}
        ),
        ObservationStatus.VERIFIED: frozenset({ObservationStatus.DISPUTED, ObservationStatus.EXPIRED}),
        ObservationStatus.DISPUTED: frozenset({ObservationStatus.VERIFIED, ObservationStatus.EXPIRED}),
    },
)
EXPIRING = frozenset(OBSERVATION_MOVES)
CREDIBLE = frozenset({ObservationStatus.REPORTED, ObservationStatus.VERIFIED})

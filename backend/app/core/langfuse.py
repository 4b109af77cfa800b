"""Where Langfuse is, and what it may have."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.tracing import host_of


class Content(StrEnum):
    """What leaves of the words that a model is asked and answers."""

    NONE = "none"
    MASKED = "masked"
    """Ordinary words only; names, places and numbers are replaced."""


@dataclass(frozen=True)
class LangfuseAccess:
    base_url: str
    public_key: str
    secret_key: str = field(repr=False)
    environment: str = "development"
    release: str | None = None
    service: str = "resqconnect"
    share: float = 1.0
    """Of all requests, whole traces: the same ones in every process."""
    content: Content = Content.NONE

    @property
    def place(self) -> str:
        """What goes where, in words for an operator."""
        said = "with their words masked" if self.content is Content.MASKED else "without any of their words"
        return f"traces of {self.share:.0%} of requests go to Langfuse at {host_of(self.base_url)}, {said}"

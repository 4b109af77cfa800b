"""The addresses that people give and get: which of strangers' are taken, and what this API's own are."""

from dataclasses import dataclass

from app.core.addresses import AddressRule, canonical, path_below
from app.core.errors import Invalid

MEDIA = "/media/"


@dataclass(frozen=True)
class Addresses:
    """`public` is the address that clients know this API by; without one it is what each call came to (`base`)."""

    rule: AddressRule
    public: str | None = None

    def checked(self, address: str, *, field: str, base: str = "") -> str:
        """The canonical form of somebody's address; `Invalid` with the name of the field where it is not taken."""
        own = self.own(base)
        try:
            # Of our own address only the photos: without a public one it is what the caller's Host header says.
            return self.rule.checked(address, own=own and f"{own}{MEDIA}".rstrip("/"))
        except ValueError as error:
            raise Invalid(str(error), field=field) from None

    def acceptable(self, address: str | None) -> str | None:
        """The canonical form of an address that nobody waits for an answer about; None where it is not taken."""
        try:
            return self.rule.checked(address) if address else None
        except ValueError:
            return None

    def elsewhere(self, address: str) -> bool:
        """Whether it is an address that is taken, and none of this API's own."""
        found = self.acceptable(address)
        return found is not None and (self.public is None or not f"{found}/".startswith(f"{self.public}/"))

    def portrait(self, address: str | None, *, field: str) -> str | None:
        """As `checked`, for a picture that everybody sees: it is none of the photos kept here, which are private."""
        if address is None:
            return None
        found = self.checked(address, field=field)
        if self.medium_id(found) is not None:
            raise Invalid("Photos that are kept here are for requests; only few may see them.", field=field)
        return found

    def of_medium(self, id: str, *, base: str = "") -> str:
        """Where those who may see an uploaded photo get it."""
        return f"{self.own(base)}{MEDIA}{id}"

    def medium_id(self, address: str, *, base: str = "") -> str | None:
        """The id in the address of an uploaded photo; None for any other address."""
        own = self.own(base)
        path = path_below(address, own) if own else None
        return path.removeprefix(MEDIA) if path and path.startswith(MEDIA) else None

    def own(self, base: str) -> str:
        if self.public:
            return self.public
        try:
            return canonical(base) if base else ""
        except ValueError:
            return ""  # a Host header that is none

"""What a scraper reads, as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from app.services import Services


@dataclass(frozen=True)
class Scrape:
    samples: tuple[Sample, ...]

    @classmethod
    def of(cls, text: str) -> "Scrape":
        return cls(tuple(one for family in text_string_to_metric_families(text) for one in family.samples))

    def value(self, name: str, **labels: str) -> float:
        """The sum of all samples of that name with these labels; 0 where there are none."""
        return sum(one.value for one in self._found(name, labels))

    def words(self, name: str, label: str) -> set[str]:
        return {one.labels[label] for one in self._found(name, {})}

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.samples}

    def _found(self, name: str, labels: dict[str, str]) -> Iterator[Sample]:
        for one in self.samples:
            if one.name == name and labels.items() <= one.labels.items():
                yield one


async def scraped(services: Services) -> Scrape:
    return Scrape.of((await services.watch.text()).decode())

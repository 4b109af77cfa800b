"""The knowledge base that comes with the product: read from `app/knowledge/` once, and checked as it is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter

from app.schemas.knowledge import Card, Country, Elsewhere, Wording

M = TypeVar("M", bound=BaseModel)

ANYWHERE = "ZZ"
ENGLISH = "en"


@dataclass(frozen=True)
class Knowledge:
    cards: tuple[Card, ...]
    countries: Mapping[str, Country]
    wordings: Mapping[str, Wording]
    synonyms: Mapping[str, tuple[str, ...]]
    """Phrases (in the language of `rules/patterns`) for each word of the cards."""
    glossary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrases in other languages for English words of the domain."""
    elsewhere: Elsewhere = field(default_factory=lambda: Elsewhere(topics=(), questions=(), questions_elsewhere=()))
    """What the cards are not about."""

    def country(self, code: str) -> Country:
        """A country's emergency numbers; for one without a profile those that work almost anywhere."""
        return self.countries.get(code.upper(), self.countries[ANYWHERE])

    def wording(self, language: str) -> Wording:
        """The fixed sentences in a language (`si-Latn` is `si`); English where there are none."""
        return self.wordings.get(language.split("-")[0].lower(), self.wordings[ENGLISH])


@cache
def knowledge() -> Knowledge:
    """What the package carries; `ValidationError` or `ValueError` if a file is not as it should be."""
    folder = files("app") / "knowledge"
    named = sorted((folder / "cards").iterdir(), key=lambda file: file.name)
    cards = [card for file in named if file.name.endswith(".json") for card in _rows(file, Card)]
    if len({card.id for card in cards}) != len(cards):
        raise ValueError("Two cards have one id.")
    wordings = {one.language: one for one in _rows(folder / "wording.json", Wording)}
    english = wordings[ENGLISH]
    for one in wordings.values():
        if one.texts.keys() != english.texts.keys() or one.services.keys() != english.services.keys():
            raise ValueError(f"The wording in {one.name} has not the sentences that the English one has.")
    return Knowledge(
        cards=tuple(cards),
        countries={one.code: one for one in _rows(folder / "countries.json", Country)},
        wordings=wordings,
        synonyms=_phrases(folder / "synonyms.json"),
        glossary=_phrases(folder / "glossary.json"),
        elsewhere=Elsewhere.model_validate_json((folder / "elsewhere.json").read_bytes()),
    )


def _phrases(file: Traversable) -> dict[str, tuple[str, ...]]:
    return TypeAdapter(dict[str, tuple[str, ...]]).validate_json(file.read_bytes())


def _rows(file: Traversable, model: type[M]) -> list[M]:
    return [model.model_validate(row) for row in json.loads(file.read_text(encoding="utf-8"))]

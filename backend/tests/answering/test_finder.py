"""Cards found by meaning as well: in English, in other languages, and not where a question is about something else."""

import pytest

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.retrieve import Library
from app.agent_v2.retrieving.finder import Embedders, Finder
from app.agent_v2.retrieving.language import glossed, is_foreign
from app.agent_v2.rules.patterns import Lexicon
from app.core.settings import Settings
from app.schemas.measured import Measured
from app.services.evaluating.retrieval import measured_retrieval, our_cards, our_questions
from app.services.integrations.embedding import english, multilingual
from app.services.integrations.embedding.spaces import Spaces, spaces_of

KNOWN = knowledge()
BOTH = pytest.mark.skipif(not multilingual().available, reason="no engine for this processor")


async def placed(spaces: Spaces) -> Finder:
    library = Library(KNOWN.cards, KNOWN.synonyms, KNOWN.glossary)
    return Finder(library.within(await spaces.place(KNOWN.cards)), spaces.embedders)


@pytest.fixture(scope="module")
def spaces() -> Spaces:
    return spaces_of(Settings())


@BOTH
def test_every_card_has_its_vectors_with_it() -> None:
    # Where this fails, a card was changed: run `make vectors`.
    assert spaces_of(Settings()).knows(KNOWN.cards)


@BOTH
async def test_vectors_that_came_with_the_cards_are_those_that_the_models_make(spaces: Spaces) -> None:
    for space in spaces._spaces:
        text = f"{KNOWN.cards[0].title}. {KNOWN.cards[0].text}"
        [kept] = await space.embedder.embed([text])
        [made] = await space.embedder.embedder.embed([text])

        assert float(kept @ made) > 0.999


@BOTH
async def test_english_is_found_by_its_meaning_where_no_word_is_shared(spaces: Spaces) -> None:
    found = await (await placed(spaces)).look("granny slipped and her hip looks wrong, she screams when we touch it")

    assert "fa-fracture" in [hit.card.id for hit in found.hits]
    assert "all-MiniLM-L6-v2" in found.by


@BOTH
@pytest.mark.parametrize(
    ("question", "card"),
    [
        ("බොන වතුර පිරිසිදු කරන්නේ කොහොමද", "water-treat"),
        ("குடிநீரை எப்படி சுத்தம் செய்வது", "water-treat"),
        ("¿Cómo paro una hemorragia fuerte?", "fa-bleeding"),
        ("comment soigner une brûlure", "fa-burns"),
        ("भूकंप आने पर क्या करें", "earthquake-now"),
        ("bagaimana cara membuat air banjir aman diminum", "water-treat"),
    ],
)
async def test_other_languages_find_the_english_cards(spaces: Spaces, question: str, card: str) -> None:
    hits = await (await placed(spaces)).find(question, limit=3)

    assert card in [hit.card.id for hit in hits]


@BOTH
@pytest.mark.parametrize("question", ["best pizza dough recipe", "¿quién ganó el partido?", "නව චිත්‍රපට මොනවද"])
async def test_what_is_about_something_else_finds_nothing(spaces: Spaces, question: str) -> None:
    assert await (await placed(spaces)).find(question) == []


async def test_without_a_model_words_and_the_glossary_find(spaces: Spaces) -> None:
    library = Library(KNOWN.cards, KNOWN.synonyms, KNOWN.glossary)
    found = await Finder(library).look("mi casa se está inundando")

    assert found.by == "words"
    assert found.hits[0].card.id.startswith("flood")


async def test_a_model_whose_space_the_library_is_not_in_is_not_asked() -> None:
    library = Library(KNOWN.cards, KNOWN.synonyms)
    found = await Finder(library, Embedders(english=english())).look("How do I stop heavy bleeding?")

    assert found.by == "words"


@pytest.mark.parametrize(
    ("question", "foreign"),
    [
        ("How do I stop a bleeding?", False),
        ("“quoted” — water…", False),
        ("où est l'eau", True),
        ("වතුර", True),
        ("bagaimana cara memasak nasi", True),
        ("12 345", False),
        ("", False),
    ],
)
def test_another_language_is_told_by_its_letters_or_its_words(question: str, foreign: bool) -> None:
    assert is_foreign(question, frozenset({"bleed", "water"})) is foreign


def test_a_gloss_says_in_english_what_a_question_speaks_of() -> None:
    glossary = Lexicon(KNOWN.glossary)

    assert "snake bite" in glossed("natuklaw ng ahas ang anak ko", (), glossary)
    assert "snake bite" in glossed("???", ("danger.snake_bite",), glossary)


def by_meaning(measured: list[Measured]) -> dict[str, float]:
    return {figure.name: figure.value for figure in measured[1].figures if figure.value is not None}


# Measured: see docs/evaluation.md. Here that nothing of it is lost unnoticed.
@BOTH
@pytest.mark.story
@pytest.mark.parametrize(("split", "english_", "other", "out"), [("dev", 0.87, 0.87, 0.94), ("test", 0.82, 0.71, 0.84)])
async def test_of_our_own_questions_no_fewer_are_found_than_before(
    spaces: Spaces, split: str, english_: float, other: float, out: float
) -> None:
    found = by_meaning(await measured_retrieval(our_cards(), our_questions(split), spaces))

    assert found["en_hit@3"] >= english_
    assert found["other_hit@3"] >= other
    assert found["out_of_scope_recognised"] >= out

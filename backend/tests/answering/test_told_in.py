"""What somebody who writes Sinhala or Tamil is told: the card in that language, marked while nobody has checked it."""

import pytest

from app.agent_v2.answer import RulesAnswerer
from app.agent_v2.answering.knowledge import knowledge
from app.schemas.chatbot import Ask, Reply
from app.services.chatbot import Chatbot

KNOWN = knowledge()
CARDS = {card.id: card for card in KNOWN.cards}


async def asked(prompt: str) -> Reply:
    bot = Chatbot(answerer=RulesAnswerer(), knowledge=KNOWN, country=KNOWN.country("LK"))
    return await bot.ask(Ask(prompt=prompt))


@pytest.mark.parametrize(
    ("prompt", "language", "card"),
    [
        ("මගේ පුතාව සර්පයෙක් කෑවා", "si", "fa-snakebite"),
        ("நாகப்பாம்பு கடித்தது என்ன செய்வது", "ta", "fa-snakebite"),
        ("ගංවතුර වතුර එනවා උදව් කරන්න", "si", "flood-now"),
        ("வெள்ளம் வீட்டுக்குள் வருகிறது காப்பாற்றுங்கள்", "ta", "flood-now"),
    ],
)
async def test_a_card_is_told_in_the_language_of_the_question_step_by_step_and_marked(
    prompt: str, language: str, card: str
) -> None:
    reply = await asked(prompt)
    told = CARDS[card].translations[language]

    assert reply.language == language
    assert f"{told.title} [{card}, {CARDS[card].date}]" in reply.response
    assert all(step in reply.response for step in told.text.splitlines())
    assert KNOWN.wordings[language].texts["unchecked"] in reply.response
    assert CARDS[card].text.splitlines()[0] not in reply.response


async def test_an_english_question_is_answered_in_english_without_the_mark() -> None:
    reply = await asked("A snake bit my son")

    assert CARDS["fa-snakebite"].text.splitlines()[0] in reply.response
    assert not any(
        wording.texts["unchecked"] in reply.response
        for wording in KNOWN.wordings.values()
        if wording.texts["unchecked"]
    )

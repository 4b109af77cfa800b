"""Putting an answer into its frame: the emergency number first, what has to be said besides, and the sources last."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.agent_v2.answering.asker import Asker
from app.agent_v2.answering.guard import allowed, sentences_of
from app.agent_v2.answering.knowledge import ANYWHERE, ENGLISH, Knowledge
from app.agent_v2.answering.own import own_lines
from app.agent_v2.answering.own_words import REQUESTS, TASKS
from app.agent_v2.answering.reading import Reading
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import read
from app.schemas.chatbot import (
    Answer,
    Number,
    Offer,
    OfferKind,
    Opening,
    Part,
    Passage,
    Reply,
    Sentence,
    Source,
    Sources,
    SuggestedAction,
)
from app.schemas.knowledge import CardKind, Country, EmergencyNumber, Service, Wording

_CALLED: tuple[tuple[Service, frozenset[str]], ...] = (
    (Service.FIRE, words("danger.fire danger.gas")),
    (Service.POLICE, words("danger.violence danger.security")),
    (
        Service.DISASTER,
        words("danger.water_at_body danger.trapped danger.buried danger.stranded danger.rescue_plea"),
    ),
    (
        Service.AMBULANCE,
        words("""
            danger.breathing danger.no_pulse danger.unconscious danger.heart danger.stroke danger.seizure danger.choking
            danger.allergy danger.bleeding danger.trauma danger.burns danger.electric danger.labour danger.self_harm
            danger.poison danger.bite danger.exposure danger.dying danger.life_support danger.organ danger.acute
            danger.bleeding_some danger.injury danger.vital_medicine
        """),
    ),
)
"""Whom to call first for which danger; the first that is named in the question decides."""

_NOTICES = (("doses", "no_doses"), ("private", "no_private"), ("times", "no_times"))


@dataclass(frozen=True)
class Frame:
    """Everything around an answer, which no answer changes: known before there is one."""

    reading: Reading
    asker: Asker
    offer: Offer | None
    country: Country
    knowledge: Knowledge

    @property
    def wording(self) -> Wording:
        return self.knowledge.wording(self.reading.language)

    @property
    def opening(self) -> Opening:
        """What stands first: in danger, the number to call."""
        text = "\n".join(self._opening()).strip()
        return Opening(
            text=f"{text}\n\n" if text else "",
            severity=self.reading.severity,
            emergency_numbers=tuple(
                Number(service=one.service, number=one.number, name=one.name) for one in self.country.numbers
            ),
            language=self.wording.language,
            reviewed=self.wording.reviewed,
            person_offered=self.reading.distress,
        )

    def parts(self, answer: Answer) -> list[Part]:
        """The answer as the asker may have it: what must not be said is taken out, whoever wrote it."""
        told = list(self._told(answer))
        english = self.knowledge.wording(ENGLISH)
        if self.wording is not english:
            told.append(Part(text=f"\n\n{self.wording.texts['translated']}"))
        return told

    def sources(self, answer: Answer, parts: list[Part]) -> Sources:
        cited = {id for part in parts for id in part.cards}
        passages = [one for one in answer.passages if one.id in cited]
        return Sources(
            sources=tuple(Source(id=p.id, title=p.title, source=p.source, date=p.date) for p in passages),
            grounded=bool(passages),
            answered_by=answer.answered_by,
        )

    def reply(self, answer: Answer) -> Reply:
        opening, parts = self.opening, self.parts(answer)
        found = self.sources(answer, parts)
        urgent = self.reading.asks_for_help and self.reading.urgent
        about = self.reading.asked
        return Reply(
            response=(opening.text + "".join(part.text for part in parts)).strip(),
            sentences=tuple(self._sentences(answer)),
            suggested_action=SuggestedAction() if urgent else None,
            offer=self.offer,
            requests=self.asker.requests if REQUESTS in about or "times" in about else (),
            tasks=self.asker.tasks if TASKS in about else (),
            **{name: getattr(found, name) for name in Sources.model_fields},
            **{name: getattr(opening, name) for name in Opening.model_fields if name != "text"},
        )

    def _opening(self) -> Iterator[str]:
        reading, says = self.reading, self.wording.texts
        english = self.knowledge.wording(ENGLISH)
        if reading.alarm or "numbers" in reading.asked:
            yield _emergency(reading, self.country, self.wording)
            if self.wording is not english:
                yield _emergency(reading, self.country, english)
        if reading.distress:
            yield from (says["distress"], *_helpline(self.country, self.wording), says["human"])
        if reading.asks_for_help and reading.urgent:
            yield says["not_an_alarm"]
        if self.offer is not None:
            yield says["offer_talk" if self.offer.kind is OfferKind.TALK else "offer_request"]
        if reading.injected:
            yield says["injected"]
        yield from (says[name] for asked, name in _NOTICES if asked in reading.asked)
        yield from own_lines(reading, self.asker, self.wording)

    def _told(self, answer: Answer) -> Iterator[Part]:
        says = self.wording.texts
        body = list(self._said(answer) if answer.sentences else self._quoted(answer))
        if answer.sentences and not answer.checked:
            body += [Part(text="\n\n"), *self._quoted(answer)]
        if not any(part.cards for part in body):
            if not own_lines(self.reading, self.asker, self.wording):
                yield Part(text=self._nothing_found(answer))
            return
        yield from body
        yield Part(text=f"\n\n{says['sources']}")
        cited = {id for part in body for id in part.cards}
        for one in answer.passages:
            if one.id in cited:
                yield Part(text=f"\n[{one.id}] {one.title}. {one.source}, {one.date}.", cards=(one.id,))

    def _nothing_found(self, answer: Answer) -> str:
        says = self.wording.texts
        lines = [says["none_found"]]
        if not answer.in_scope:
            lines.append(says["out_of_scope"])
        return "\n".join([*lines, f"{says['advice']} {says['general']}"])

    def _quoted(self, answer: Answer) -> Iterator[Part]:
        """The cards' own words, each under its name and date; procedures first, then what is only advice."""
        gap = ""
        for kind in CardKind:
            heading = f"{self.wording.texts[kind]}\n"
            for passage in (one for one in answer.passages if one.kind is kind):
                steps = self._steps(passage)
                if not steps:
                    continue
                yield Part(text=f"{gap}{heading}{self._title(passage)}")
                for step in steps:
                    yield Part(text=f"\n- {step}", cards=(passage.id,))
                gap, heading = "\n\n", ""

    def _title(self, passage: Passage) -> str:
        mark = f"\n{self.wording.texts['unchecked']}" if passage.unchecked else ""
        return f"{passage.title} [{passage.id}, {passage.date}]{mark}"

    def _steps(self, passage: Passage) -> list[str]:
        """The lines of a card without the sentences that must not be said."""
        held = (" ".join(s for s in sentences_of(line) if self._may_be_said(s)) for line in passage.text.splitlines())
        return [line for line in held if line]

    def _said(self, answer: Answer) -> Iterator[Part]:
        """What was said with the cards' names first, then what is general advice, under that name."""
        says = self.wording.texts
        cited = [one for one in self._sentences(answer) if one.cards]
        general = [one for one in self._sentences(answer) if not one.cards]
        if cited:
            yield Part(text=says["told_by_model"])
        for one in cited:
            yield Part(text=f"\n- {one.text} [{', '.join(one.cards)}]", cards=one.cards)
        if general:
            yield Part(text=f"\n\n{says['advice']}")
        for one in general:
            yield Part(text=f"\n- {one.text}")

    def _sentences(self, answer: Answer) -> Iterator[Sentence]:
        known = {one.id for one in answer.passages}
        if not answer.sentences:
            for passage in answer.passages:
                yield from (Sentence(text=step, cards=(passage.id,)) for step in self._steps(passage))
            return
        for one in answer.sentences:
            text = " ".join(s for s in sentences_of(one.text) if self._may_be_said(s))
            if text:
                yield Sentence(text=text, cards=tuple(id for id in one.cards if id in known))

    def _may_be_said(self, sentence: str) -> bool:
        """Whoever wrote it: a document that an organisation added may carry instructions as well."""
        return allowed(sentence, self._vouched) and not INJECTION.hits(read(sentence))

    @property
    def _vouched(self) -> frozenset[str]:
        return frozenset(one.number.replace(" ", "") for one in self.country.numbers)


def _emergency(reading: Reading, country: Country, wording: Wording) -> str:
    """One line: the number to call first, then the others."""
    first = country.first(*_service(reading))
    anywhere = country.code == ANYWHERE
    call = wording.texts["emergency_anywhere" if anywhere else "emergency"]
    said = call.format(number=first.number, service=_answering(first, wording))
    others = [
        f"{one.number} ({_answering(one, wording)})"
        for one in country.numbers
        if one.number != first.number and one.service is not Service.MENTAL_HEALTH
    ]
    return f"{said} {wording.texts['numbers'].format(numbers=', '.join(others))}" if others else said


def _answering(number: EmergencyNumber, wording: Wording) -> str:
    """Who answers: by name in English, by kind in other languages."""
    return number.name if wording.language == ENGLISH else wording.services[number.service]


def _service(reading: Reading) -> tuple[Service, ...]:
    for danger in reading.dangers:
        for service, dangers in _CALLED:
            if danger in dangers:
                return (Service.ANY, service) if service is Service.AMBULANCE else (service,)
    return ()


def _helpline(country: Country, wording: Wording) -> list[str]:
    line: EmergencyNumber | None = country.helpline
    return [wording.texts["helpline"].format(number=line.number, name=line.name)] if line else []

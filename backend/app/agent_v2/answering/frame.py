"""Putting an answer into its frame: the emergency number first, what has to be said besides, and the sources last."""

from app.agent_v2.answering.guard import guarded
from app.agent_v2.answering.knowledge import ANYWHERE, ENGLISH, Knowledge
from app.agent_v2.answering.reading import Reading
from app.agent_v2.rules.table import words
from app.schemas.chatbot import Answer, Number, Reply, Source, SuggestedAction
from app.schemas.knowledge import Country, EmergencyNumber, Service, Wording

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


def framed(reading: Reading, answer: Answer, country: Country, knowledge: Knowledge) -> Reply:
    """The reply: an answer as the asker may have it.

    Whoever wrote the answer, the emergency number stands before it where there is danger, and what must not be said is
    taken out of it.
    """
    wording = knowledge.wording(reading.language)
    english = knowledge.wording(ENGLISH)
    says = wording.texts
    lines: list[str] = []
    if reading.alarm or "numbers" in reading.asked:
        lines.append(_emergency(reading, country, wording))
        if wording is not english:
            lines.append(_emergency(reading, country, english))
    if reading.distress:
        lines += [says["distress"], *_helpline(country, wording), says["human"]]
    if reading.asks_for_help and reading.urgent:
        lines.append(says["not_an_alarm"])
    if reading.injected:
        lines.append(says["injected"])
    lines += [says[name] for asked, name in _NOTICES if asked in reading.asked]
    lines += ["", *_body(answer, country, wording)]
    if wording is not english:
        lines += ["", says["translated"]]
    return Reply(
        response="\n".join(lines).strip(),
        sources=tuple(Source(id=p.id, title=p.title, source=p.source, date=p.date) for p in answer.passages),
        grounded=bool(answer.passages),
        severity=reading.severity,
        emergency_numbers=tuple(
            Number(service=one.service, number=one.number, name=one.name) for one in country.numbers
        ),
        language=wording.language,
        reviewed=wording.reviewed,
        answered_by=answer.answered_by,
        suggested_action=SuggestedAction() if reading.asks_for_help and reading.urgent else None,
        person_offered=reading.distress,
    )


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


def _body(answer: Answer, country: Country, wording: Wording) -> list[str]:
    says = wording.texts
    vouched = frozenset(one.number.replace(" ", "") for one in country.numbers)
    said = guarded(answer.words, vouched)
    if not answer.passages or not said:
        lines = [says["none_found"]]
        if not answer.in_scope:
            lines.append(says["out_of_scope"])
        return [*lines, f"{says['advice']} {says['general']}"]
    cited = [f"[{p.id}] {p.title}. {p.source}, {p.date}." for p in answer.passages]
    return [said, "", says["sources"], *cited]

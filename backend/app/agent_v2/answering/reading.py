# ruff: noqa: E501 - one phrase a line, however long
"""What a question is like, before it is answered: how dangerous, in which language, and what it must not be given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.agent_v2.answering.own_words import OF_OWN, OWN
from app.agent_v2.assess import assess_text, signs
from app.agent_v2.rules.injection import INJECTION
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.table import lines
from app.agent_v2.rules.text import Text, read
from app.schemas.vocabulary import Severity

_EARLIER_READ, _EARLIER_CHARS = 3, 1_000
"""So much of what was said before is read for danger: an emergency does not end with the next question."""
PLEA, CRY = "plea", "danger.emergency"
"""The signs of a bare cry for help, which no other rule has a name for: read by the assessment, or a word for it in a
language that nothing else is read in."""

_ASKED = Lexicon({
    "doses": lines("""
        dose|doses|dosage|dosages|dosing
        how much|many ~3 paracetamol|panadol|acetaminophen|ibuprofen|aspirin|amoxicillin|antibiotic*|tablet|tablets|pill|pills|medicine|medication|insulin|morphine|syrup|drug|drugs|loperamide|diclofenac|metronidazole|ciprofloxacin|prednisolone|diazepam
        paracetamol|panadol|acetaminophen|ibuprofen|aspirin|amoxicillin|antibiotic*|morphine|loperamide|diclofenac|metronidazole|ciprofloxacin|prednisolone|diazepam ~6 how|many|much|dose|mg
        can|should|may i|he|she|we|they take|give ~3 paracetamol|panadol|ibuprofen|aspirin|antibiotic*|amoxicillin|medicine|tablets|pills|morphine
        give ~3 paracetamol|panadol|ibuprofen|aspirin|antibiotic*|amoxicillin|morphine
        what|which medicine|medicines|drug|drugs|tablet|tablets|antibiotic|antibiotics|pill|pills
        mg|milligram|milligrams|mcg
        prescribe*|prescription for
        diagnos*
        what disease|illness|infection|condition do|does|is|have|has|could|might
        do|does i|he|she|it|we have|mean|look ~2 dengue|cholera|malaria|covid|leptospirosis|pneumonia|cancer|appendicitis|sepsis|tetanus|typhoid|measles
        mean|means ~2 have|has ~1 dengue|cholera|malaria|covid|leptospirosis|pneumonia|cancer|appendicitis|sepsis|tetanus|typhoid|measles
        is it|this|that dengue|cholera|malaria|covid|leptospirosis|pneumonia|cancer|appendicitis|sepsis|tetanus|typhoid|measles
        what is wrong with me|him|her|my
    """),
    "private": lines("""
        phone|mobile|telephone|cell|contact|whatsapp|email|home number|numbers|details|address|addresses of|for|from ~2 {kin}|mr|mrs|ms|dr|volunteer|volunteers|user|users|requester|coordinator|admin|responder|responders
        his|her|their|whose|persons|victims|volunteers|neighbours|neighbors|users|someones|somebodys ~1 phone|number|address|location|whereabouts|email|contact|coordinates|position
        give|tell|share|show|send|find|get|look [me|us|up] ~3 phone|mobile|telephone|contact|email number|numbers|address|addresses|details
        phone number|numbers of|for
        give|tell|share|show|send [me|us] ~2 address|addresses|location|locations|whereabouts|position|positions|names|numbers of|from|for
        show|list|give|print|read [me|us] ~3 requests|reports|messages ~3 names|numbers|contacts|addresses|near|around|of|from|database
        {kin} phone|telephone|mobile number|numbers
        doing|standing|living|happening|sick ~1 around here
        where does|do|did ~3 live|lives|stay|stays|sleep
        who sent|made|wrote|reported|requested|asked|created ~3 request|report|message|requests
        list|show|export|dump|print ~4 users|victims|volunteers|requesters|survivors|members
        current|exact|live|gps|home location|position|coordinates|address of
        track ~2 {kin}|phone|him|her|them
        where is|are mr|mrs|ms|dr|user|volunteer
    """),
    "times": lines("""
        when will|is|are|does|do|can ~3 help|rescue|rescuers|ambulance|team|teams|boat|boats|helicopter|they|someone|somebody|anyone|volunteer|volunteers|police ~3 come|coming|arrive|arrives|arriving|reach|here|there|sent
        how long|soon|fast ~5 help|rescue|rescuers|ambulance|team|teams|boat|boats|helicopter|they|someone|somebody|anyone|volunteers|police ~3 come|comes|coming|arrive|arrives|arriving|reach|reaches|take|takes|here
        how long ~2 wait ~2 for help|rescue|rescuers|ambulance|team|boat|helicopter
        is|are|will help|rescue|rescuers|anyone|someone|somebody|anybody|they|team|ambulance|boat|helicopter [on|be] coming|come|way|the|sent|dispatched|here
        is|are|has|have|will the team|teams|ambulance|boat|rescuers|helicopter|volunteers coming|come|on|sent|here|near|left
        on the|its|their way
        will|do|does|would they|somebody|someone|anybody|help|rescuers ~2 arrive|come|reach|get
        eta
        where is the|my ambulance|team|boat|help|rescue
        help|rescue|rescuers|ambulance|team|teams|boat|boats|helicopter|they|somebody|someone is|are|will ~1 coming|come|arriving|arrive|arrives|reach
    """),
    "distress": lines("""
        hopeless
        feel|feeling|felt so|very|completely|totally|really alone|lonely|empty|numb|worthless|helpless|desperate|lost
        cant cope|go|take|bear|stand ~1 on|it|this|anymore
        cant ~2 go on
        panic attack|attacks
        nobody cares|needs me|about
        noone cares|needs
        lost everything|everyone
        lost my|our home|house|family|wife|husband|child|children|son|daughter|mother|father|baby
        depress*
        want|wanted to give up
        giving up
        overwhelmed
        nightmares
        i am|im|we are|were so|very|really scared|afraid|frightened|terrified|anxious
        i cannot|cant stop crying
        burnt|burned out
        {kin} died|dead|drowned
    """),
    "numbers": lines("""
        what|which|the|any emergency|police|ambulance|fire|hotline|helpline|rescue|disaster ~2 number|numbers|hotline|line
        number|numbers|hotline|helpline|line for|of ~2 police|ambulance|emergency|fire|disaster|rescue|dmc|brigade
        who|whom do|should|can|to ~2 call|dial|phone|ring
        what|which number ~4 call|dial|ring|phone
        police|ambulance|fire|emergency|disaster ~1 hotline|helpline|number|numbers
    """),
})  # fmt: skip


_CRIES = Lexicon({CRY: lines("""
    tulong|tulungan|saklolo|tolong|hilfe|notruf|aiuto|soccorso|socorro|ajuda|ajudem|yardim|imdat|msaada|hjelp|hjalp|pomoc|pomozte
    pomogite|spasite
    bantu kami|saya
    помогите|спасите|допоможіть|βοήθεια|النجدة|ساعدونا|أنقذونا|کمک|bachao|bachaao|বাঁচাও|বাঁচান|সাহায্য|ช่วยด้วย
    cứu toi|tôi|với
""")})  # fmt: skip
"""Cries for help in languages that no other rule reads; scripts without spaces are looked through as they are."""
_UNSPACED = ("助けて", "たすけて", "救命", "救救", "帮帮", "ช่วยด้วย", "살려", "도와")
_DOSE = re.compile(r"\d\s?(?:mg|ml|mcg)\b", re.IGNORECASE)
_PHYSICAL = frozenset({
    "danger.water_at_body", "danger.stranded", "danger.trapped", "danger.buried", "danger.fire", "danger.breathing",
    "danger.unconscious", "danger.labour", "danger.rescue_plea",
})  # fmt: skip
"""Dangers beside which `on the roof` is no thought of jumping."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question and what was said before it are like; `signs` are the rules that fired."""

    severity: Severity
    signs: tuple[str, ...]
    earlier_signs: tuple[str, ...]
    language: str
    asks_for_help: bool
    earlier_asks: bool
    """Whether what was said before is an urgent call for help."""
    asked: frozenset[str]
    injected: bool

    @property
    def dangers(self) -> tuple[str, ...]:
        """The dangers spoken of, those of the question first."""
        return tuple(sign for sign in (*self.signs, *self.earlier_signs) if sign.startswith("danger."))

    @property
    def alarm(self) -> bool:
        """Whether the first thing to say is the emergency number."""
        return bool(self.dangers) or self.urgent

    @property
    def urgent(self) -> bool:
        """Whether it reads like a serious need; what nobody can read does, unless it asks after one's own things."""
        only_asks = not self.asked.isdisjoint(OF_OWN) and not self.dangers and PLEA not in self.signs
        return self.severity.rank <= Severity.HIGH.rank and not only_asks

    @property
    def despair(self) -> bool:
        """Whether it speaks of an end to one's own life, and of no danger from outside."""
        return "danger.self_harm" in self.dangers and _PHYSICAL.isdisjoint(self.dangers)

    @property
    def distress(self) -> bool:
        return self.despair or "distress" in self.asked


def understand(prompt: str, earlier: Sequence[str], others: Sequence[str], *, hint: str | None = None) -> Reading:
    """What is to be known of a question before it is answered.

    `earlier` is what the asker said before, oldest first; `others` are further texts that came with it. None of them is
    trusted: they are read for danger and for instructions to the machine, and can only make the answer more careful.
    """
    text = read(prompt)
    finding = assess_text(prompt)
    earlier, others = _newest(earlier), _newest(others)
    before = "\n".join(earlier)
    asked = frozenset(hit.rule for hit in (*_ASKED.hits(text), *OWN.hits(text)))
    asked |= {"doses"} if _DOSE.search(prompt) else frozenset()
    cry = (CRY,) if _cries(text) else ()
    plea = (PLEA,) if any(one.rule == PLEA for need in finding.needs for one in need.evidence) else ()
    return Reading(
        severity=finding.severity.raised(Severity.HIGH) if cry else finding.severity,
        signs=tuple(dict.fromkeys((*signs(prompt), *plea, *cry))) + tuple(f"asked.{what}" for what in sorted(asked)),
        earlier_signs=signs(before) if before else (),
        language=_language(finding.language, earlier, hint),
        asks_for_help=finding.is_request or bool(cry),
        earlier_asks=bool(before) and _calls(before),
        asked=asked,
        injected=_instructs(text) or any(_instructs(read(one)) for one in (*earlier, *others)),
    )


def _newest(texts: Sequence[str]) -> list[str]:
    return [text[:_EARLIER_CHARS] for text in texts[-_EARLIER_READ:]]


def _cries(text: Text) -> bool:
    return bool(_CRIES.hits(text)) or any(word in text.original for word in _UNSPACED)


def _calls(words: str) -> bool:
    finding = assess_text(words)
    return finding.is_request and finding.severity.rank <= Severity.HIGH.rank


def _instructs(text: Text) -> bool:
    return bool(INJECTION.hits(text))


def _language(found: str, earlier: Sequence[str], hint: str | None) -> str:
    """That of the question; where it does not tell (`OK?`), that of what was said before, then what the client says."""
    if found != "und":
        return found
    for words in reversed(earlier):
        if (before := assess_text(words).language) != "und":
            return before
    return hint or "en"

"""Words that take a danger back: it is not so, it is over, it is only feared, or it is a figure of speech."""

from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import END, Text

_NEGATORS = words("""
    nobody noone none not no isnt arent wasnt werent never neither nothing nadie ningun ninguno ninguna personne
    aucun pesonn without dont doesnt didnt hardly
""")  # fmt: skip
_BETWEEN = words("""
    is are was were been be being got gets get has have seems here of us them in the our my family house home
    group building else hurt injured trapped sick wounded bleeding dead missing or and nor people person anyone
    body very too really badly seriously currently any a an severely so more longer that even serious major
    visible signs immediate life esta hay nos yet want wants to
""")
_REACH = 6
_OTHER_DYING = words("""
    hunger thirst hungry thirsty starvation starving hambre sed faim soif grangou swaf phone battery laptop cell
""")

_OVER = Lexicon({
    "over": """
        stopped|quit bleeding|burning|shaking|vomiting|seizing
        bleeding|fire|seizure|flood|shooting ~2 stopped|over|out|ended
        {be} not ~1 anymore
        was|were|been|got rescued|saved|evacuated
        got out safe*|fine|ok|okay
        put out ~1 fire
        fire ~2 put out
        fire ~2 extinguished
    """.strip().splitlines(),
    "long_ago": """
        last year|month|decade
        years|months|year|month ago
        history of
        used to
        two|three|four|few|some|several weeks ago
    """.strip().splitlines(),
    "feared": """
        in case
        how to|do|can|could|should [we|i|you] avoid|prevent|protect
        if someone|anyone|somebody|people|there|a|one ~1 person|is|are|gets|get|has|were
        risk|threat|fear|chance of
        might|may|could collapse|happen|fall
        afraid|worried|scared ~2 of|about|that|there
        avoid|prevent*
    """.strip().splitlines(),
})  # fmt: skip

_FIGURES = Lexicon({
    "figure": """
        get out of bed|debt|here
        bada gini|ginna|ginnen
        බඩ ගිනි*
        certified|licensed|trained ~6 cpr|aid|responder
        cpr certified|trained|class
        cant|couldnt stand it|this|anymore|them
        hit hard
        get it out
        stroke of luck
        drowning|drown in debt|work|paperwork|bills
        dying|die of laughter|boredom|curiosity
        dying|die to know|see|meet|hear
        die|dying laughing
        trapped gas
        killing me
        killing time
        fire station|department|truck|engine|brigade|fighter|fighters|agency|service|chief|hydrant|wood|works|pit|place
        heart broken
        food poisoning
        poison ivy
        fire drill|alarm test
        bloody hell
        bomb shelter
        photo|film|movie|video shooting|shoot
        blue|purple shirt|dress|jacket|house|car|door|roof|tarp|tarps
        stuck in traffic
        stuck at work|home
        stuck with
        sleeping bag|bags
        panic attack
        cold|frozen|freezing food|water
        blood donation|donor|donors|bank|drive|pressure
        give|donate|donating blood
        cooking|camp fire
        gas station|bill|money|price|prices|tank|can|cans
        smoke detector|alarm|free
        stop bleeding kit
    """.strip().splitlines(),
})  # fmt: skip

_PAST_REACH = 7


class Context:
    """What the words around a hit say about it."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._figures = [(hit.start, hit.end) for hit in _FIGURES.hits(text)]
        self._marks = _OVER.hits(text)

    def denied(self, hit: Hit) -> bool:
        """Whether the message says that it is not so: `nobody is hurt`, `not bleeding any more`, `stroke of luck`."""
        return self._figurative(hit) or self._negated(hit) or self._marked(hit, "over") or self._other_dying(hit)

    def remote(self, hit: Hit) -> bool:
        """Whether it is told of long ago, or as something that might come."""
        return self._marked(hit, "long_ago") or self._marked(hit, "feared")

    def _other_dying(self, hit: Hit) -> bool:
        """`Dying of hunger` has rules of its own; `my phone is dying` is about a phone."""
        near = self._text.words[max(0, hit.start - 4) : hit.end + 5]
        return hit.rule == "danger.dying" and any(word in _OTHER_DYING for word in near)

    def _figurative(self, hit: Hit) -> bool:
        return any(start <= hit.start and hit.end <= end for start, end in self._figures)

    def _negated(self, hit: Hit) -> bool:
        words = self._text.words
        for i in range(hit.start - 1, max(-1, hit.start - 1 - _REACH), -1):
            if words[i] in _NEGATORS:
                return True
            if words[i] not in _BETWEEN or words[i] == END or (i + 1) in self._text.commas:
                return False
        return False

    def _marked(self, hit: Hit, rule: str) -> bool:
        words = self._text.words
        for mark in self._marks:
            if mark.rule != rule:
                continue
            if mark.start <= hit.start and hit.end <= mark.end:
                return True
            first, last = (mark.end, hit.start) if mark.end <= hit.start else (hit.end, mark.start)
            backward = mark.start >= hit.end
            if rule == "over" or (rule == "feared" and backward) or last - first > _PAST_REACH or last < first:
                continue
            if END not in words[first:last] and not any(i in self._text.commas for i in range(first, last + 1)):
                return True
        return False

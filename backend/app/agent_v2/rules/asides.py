# ruff: noqa: E501 - one phrase a line, however long
"""Words that name a thing without lacking it: water that floods, a hospital as an address, the price of food."""

from collections.abc import Iterable

from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import Text

_ASIDES = Lexicon({
    "need.water": """
        flood|rain|rising|high|deep|sea|river|standing|storm|muddy|brown|black|surging|floodwater water
        water|waters ~3 rising|rise|rises|rose|level|levels|coming|entering|entered|came|climbing|receding|receded|recede|everywhere|damage|damaged|deep|flowing|flooded|flooding|swept|rushing|surge|mark|pump|heater|bill|meter
        water|waters ~4 chest|neck|waist|knee|knees|ankle|ankles|roof|ceiling|windows|feet|ft|meters|metres|inches|thigh|head|doorstep
        feet|foot|ft|inch|inches|meter|meters|metre|metres ~2 water
        under|surrounded|covered|filled|cut ~1 by|with|the water|waters
        in|into|under|through the|flood|deep water|waters
        water ~3 in|into|inside|through|on [the|our|my|his|her|their] house|houses|home|homes|basement|room|rooms|street|streets|road|roads|car|cars|village|yard|kitchen|shop|camp|tent|tents
        water|waters [has|have|just|had] broke|broken|breaking
        broke ~2 water
        hot water bottle|bottles
        water sports|park|colour|color|proof|police
    """.strip().splitlines(),
    "need.food": """
        food poisoning|allergy|allergies
        cost|price|prices ~2 food|rice|bread|flour
        food|rice|bread|flour ~2 cost|costs|price|prices|expensive
        dog|cat|pet|animal food
    """.strip().splitlines(),
    "need.shelter": """
        if ~3 house|home|houses|homes|building ~4 crack*|damaged|broken|destroyed|collaps*
        house|home|houses|homes ~2 not|isnt|doesnt|didnt|wasnt|arent|no ~2 crack*|damage*|destroy*|collaps*|broken
        saying|say|said|heard|hear|talk|talking|rumour|rumours|rumor|rumors ~3 in|on|at the street|streets
        animal|pet|dog shelter|shelters
        umbrella organisation|organization|group
        job|jobs|school|schools|work|shop|store ~2 collapsed|destroyed
    """.strip().splitlines(),
    "need.clothing": """
        wash|washing ~2 clothes
        dress wound|wounds
        dress code
    """.strip().splitlines(),
    "need.medicine": """
        drug|drugs dealer*|addict*|traffick*|lord*|abuse
        drug|drugs ~2 police|gang*
    """.strip().splitlines(),
    "need.medical_help": """
        near|behind|opposite|beside|facing|across|between|by|beyond|past ~3 hospital|clinic|doctor*
        in front|back ~3 hospital|clinic
        next to ~2 hospital|clinic
        hospital|clinic street|road|str|avenue|junction|area|zone
        ministry|minister of [public] health
        health ministry|minister|insurance|card|certificate|worker|workers
        medical|nursing student|students|school|college
        be|been|so|very|please patient
        sick [and] [tired] of
        im|i [am] [a|an] doctor|nurse|paramedic
        water|sewage treatment
        treatment plant
    """.strip().splitlines(),
})  # fmt: skip


_WANTED = words("""
    no without need needs needed needing any want wants lack lacks lacking clean drinking drink safe potable find send
    bring give get getting shortage require requires
""")
_REACH = 2


def asides(text: Text) -> frozenset[tuple[str, int]]:
    """Rule and word of every place where the thing is named and neither denied nor asked for just before."""
    return frozenset(
        (hit.rule, place)
        for hit in _ASIDES.hits(text)
        if _WANTED.isdisjoint(text.words[max(0, hit.start - _REACH) : hit.start])
        for place in range(hit.start, hit.end)
    )


def lacked(hits: Iterable[Hit], places: frozenset[tuple[str, int]]) -> bool:
    """Whether one of the hits of a rule stands outside of such places."""
    return any((hit.rule, place) not in places for hit in hits for place in range(hit.start, hit.end))

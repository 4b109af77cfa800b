"""What the evidence of a finding tells beyond its categories: which danger, which kind of medical need.

Details and rule names are read like the quoted words, in English, Sinhala, Tamil and their usual romanised spellings.
The lists are short on purpose: a word that is missing costs a wider team or a question to the requester, never a
need.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from app.schemas.assessment import Evidence, FoundNeed


class Cue(StrEnum):
    COLLAPSE = "collapse"
    FIRE = "fire"
    FLOOD = "flood"
    WATER = "water"
    MEDICINE = "medicine"
    INJURY = "injury"
    BIRTH = "birth"
    MACHINE = "machine"
    OXYGEN = "oxygen"
    FORMULA = "formula"
    DIAPER = "diaper"
    STRANDED = "stranded"
    DIALYSIS = "dialysis"
    MENSTRUAL = "menstrual"
    CLOTHING = "clothing"
    BEDDING = "bedding"
    COOKING = "cooking"
    LIGHT = "light"


_WORDS: Mapping[Cue, str] = {
    Cue.COLLAPSE: (
        "collaps*, landslide*, land slide*, landslip*, mudslide*, mud slide*, earthslip*, earth slip*, "
        "earthquake*, rubble, debris, buried, cave in, caved in, crushed, roof came, roof fell, "
        "roof has fallen, wall came, wall fell, wall has fallen, house fell, building fell, fallen house, "
        "nayaya*, naya yam*, naya yem*, unsafe building, kada wat*, kada wet*, kadawat*, manchari*, "
        "mansari*, mann sari*, nilachari*, nilacchari*, idinth*, idindh*, නාය*, කඩා වැ*, කඩාවැ*, மண்சரிவு*, "
        "மண் சரிவு*, நிலச்சரிவு*, இடிந்து*, இடிபாடு*"
    ),
    Cue.FIRE: (
        "fire, fires, burning, flame, flames, smoke, gas, ginna, ginnak*, gini, ගින්*, ගිනි*, தீப்பிடி*, "
        "தீ பிடி*, தீப்பற்றி*, தீ விபத்து*"
    ),
    Cue.FLOOD: (
        "flood*, drown*, inundat*, submerg*, swept, swiftwater, swift water, water rescue, water at body, "
        "rising water, water rising, water is rising, water keeps rising, water still rising, water level, "
        "water rise*, water is up to, water up to, water to my, water to our, water coming, water is coming, "
        "water entered, water inside, water around, water all around, chest deep, waist deep, neck deep, "
        "trapped by water, surrounded by water, cyclone, tsunami, gangawath*, ganwath*, gan wath*, "
        "gangawat*, ganwat*, gilen*, gilun*, gilil*, vellam*, vellath*, moozhg*, muzhg*, ගංවතුර*, ගං වතුර*, "
        "ජල ගැල*, ගිලෙ*, ගිලි*, ගිලී*, ගිලු*, வெள்ள*, மூழ்க*, மூழ்கி*"
    ),
    Cue.WATER: ("water, river, boat, boats, wathura*, watura*, thanni*, වතුර*, ජලය*, தண்ணீ*, நீர்*, நீரில்*"),
    Cue.MEDICINE: (
        "medicine*, medication*, meds, insulin, tablet, tablets, pill, pills, inhaler*, prescription*, "
        "beheth*, behet, marunth*, marundh*, බෙහෙත්*, ඖෂධ*, ඉන්සියුලින්*, மருந்து*, இன்சுலின்*"
    ),
    Cue.INJURY: (
        "injur*, wound*, bleed*, fractur*, broken, hurt, burn, burns, unconscious, thuwala*, kaayam*, "
        "kayam*, තුවාල*, ලේ ගල*, காயம*, இரத்த*"
    ),
    Cue.BIRTH: ("labour, labor, birth, giving birth, contraction*, delivery pain*, ප්රසව*, විලිරුදා*, பிரசவ*"),
    Cue.MACHINE: "life support, ventilator*, concentrator*, medical power, power medical, medical device*",
    Cue.OXYGEN: "oxygen, ventilator*, ඔක්සිජන්*, ஆக்சிஜன்*",
    Cue.FORMULA: (
        "formula, infant formula, milk, kiripiti*, kiri piti*, kiri pit*, paal maa*, pal ma, pal mavu, කිරිපිටි*, කිරි*, பால்*"
    ),
    Cue.STRANDED: (
        "stranded, cut off, marooned, surrounded, on the roof, on roof, rooftop*, on a tree, no way out, "
        "kotu wela, hira wela*, hirawela*, වටවෙලා*, කොටු වෙලා*, හිරවෙලා*, හිර වෙලා*, சிக்கி*, மாட்டி*"
    ),
    Cue.DIALYSIS: "dialysis",
    Cue.DIAPER: "diaper*, nappy, nappies, pampers, ඩයපර්*, டயப்பர்*",
    Cue.MENSTRUAL: ("menstru*, sanitary pad*, sanitary napkin*, sanitary towel*, period, සනීපාරක්ෂක*, சானிட்டரி*"),
    Cue.CLOTHING: "cloth, clothes, clothing, dress, dresses, anduma*, andum*, endum*, ඇඳුම්*, உடை*, துணி*",
    Cue.BEDDING: (
        "blanket*, bed, beds, bedding, bedsheet*, mat, mats, mattress*, sheet, sheets, පොරවන*, පැදුරු*, போர்வை*, பாய்*"
    ),
    Cue.COOKING: "cook, cooking, cooker, stove, pots, utensil*",
    Cue.LIGHT: "light, lights, torch, torches, flashlight*, flash light*, dark, battery, batteries",
}


def _stems(words: str) -> tuple[str, ...]:
    """With the spaces between which a word stands; `*` leaves its end open."""
    return tuple(f" {word[:-1]}" if word.endswith("*") else f" {word} " for word in words.split(", "))


_STEMS = {cue: _stems(words) for cue, words in _WORDS.items()}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d"))
_BETWEEN = re.compile(r"[^\w|\u0b80-\u0dff]+|_+")
_TO_DRINK = re.compile(r" (?:drinking|clean|safe|bottled|no|need|want) water(?= )")


def plain(texts: Iterable[str]) -> str:
    """The texts in lower case with single spaces around every word; `danger.rising_water` reads as three words.

    A bar stands between two texts, so that no phrase reaches from one into the next.
    """
    return f" {_BETWEEN.sub(' ', ' | '.join(texts).translate(_INVISIBLE).lower())} "


def cues_in(texts: Iterable[str], among: Iterable[Cue] = Cue) -> frozenset[Cue]:
    """The cues that stand in the texts."""
    words = plain(texts)
    return frozenset(cue for cue in among if any(stem in words for stem in _STEMS[cue]))


def words_of(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Rule names and quotes."""
    return tuple(word for found in evidence for word in (found.rule, found.quote) if word)


def need_words(need: FoundNeed) -> tuple[str, ...]:
    """Details first: they are the finder's own judgement."""
    return (*need.details, *words_of(need.evidence))


def dangers_in(texts: Iterable[str], *, plain_water: bool) -> tuple[Cue, ...]:
    """The dangers named, in the order of the texts; `plain_water` lets the mere word water tell of a flood.

    Within one text rubble comes before fire and fire before water: the one that the team must be built for.
    """
    found: list[Cue] = []
    for text in texts:
        found += [cue for cue in (Cue.COLLAPSE, Cue.FIRE, Cue.FLOOD) if cues_in((text,), (cue,))]
        if plain_water and cues_in((_TO_DRINK.sub("", plain((text,))),), (Cue.WATER,)):
            found.append(Cue.FLOOD)
    return tuple(dict.fromkeys(found))

"""Who among the people of a message the same danger hits harder."""

from collections.abc import Iterator

from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.people_words import NOT_PEOPLE, PEOPLE
from app.agent_v2.rules.text import END, Text
from app.schemas.vocabulary import VulnerableGroup as Group

_GROUPS = Lexicon({
    Group.INFANT: """
        baby|babies|infant|infants|newborn*|toddler*|formula
        # month|months|week|weeks old
        # mo|mos|month|months ~1 old|baby|kid|son|daughter
        diaper*|diapers
        breastfeed*
        bebe|bebes|recien nacid*
        bebes|nourrisson*
        tibebe|ti bebe
        බබා*|බබාට|ළදරු*|බිළිඳ*|පැම්පර්ස්*|කිරිපිටි*
        baba|babata|babek|bilinda*|pampers|kiripiti
        குழந்தை*|கைக்குழந்தை*|சிசு*
        kaikuzhandhai*|kuzhandhai*|kulanthai*|kuzhanthai*
        بچہ
        bacha|shirkhwar
    """.strip().splitlines(),
    Group.CHILD: """
        child|children|kid|kids|childrens|toddler*|schoolchildren
        son|daughter|grandson|granddaughter|boy|girl|boys|girls ~2 #
        little boy|girl|boys|girls|one|ones|kids
        nino|nina|ninos|ninas|hijos|hijo|hija
        enfant|enfants
        timoun|pitit
        ළමයා*|ළමයි*|දරුව*|දරුවෝ*|පොඩි
        lamaya*|lamai*|lamayi*|daruw*|podi
        பிள்ளை*|குழந்தைகள்*|சிறுவ*
        pillai*|pullai*|pasanga|kuzhandhaigal*
        bache|bachay|bachon|baccha|bacche
        بچے*|بچوں
        बच्चे|बच्चों|बच्चा
    """.strip().splitlines(),
    Group.OLDER_PERSON: """
        elderly|senior|seniors|grandma|grandmother|granny|grandpa|grandfather|grandparents|grandmom|nana|aged|grandad|granddad
        old man|woman|lady|people|person|folks|mother|father|parents|mom|dad|couple|age
        older|oldest ~2 man|woman|lady|people|person|adult|adults|resident*|parents
        anciano*|anciana*|abuela|abuelo|abuelos|abuelita|viejito*
        personne* agee*
        grand|vieux mere|pere
        granmoun|grann
        වයසක*|සීයා*|ආච්චි*|මහලු*|වැඩිහිටි*
        wayasaka*|achchi*|seeya*|siya|vayasaka*
        முதிய*|வயதான*|பாட்டி*|தாத்தா*
        vayasana*|vayadhana*|mudhiya*|paati|patti|thatha|periyavanga
        buzurg|boodhe|dada|dadi|nana|nani
        بزرگ*
        बुजुर्ग*
    """.strip().splitlines(),
    Group.PREGNANT: """
        pregnan*
        expecting ~2 baby|mother|mothers
        in labor|labour
        contractions
        embarazad*|encinta
        enceinte*
        ansent|gwoses
        ගැබිණි*|ගර්භණී*|ගබ්*|බඩදරු*
        gabini*|garbani*|garbhani*|badadaru*|gabbara
        கர்ப்பிணி*|கர்ப்ப*
        karpini*|garbini*|karbini*|garpini*|karppini*
        hamla|hamila|garbhwati
        حاملہ
        गर्भवती
    """.strip().splitlines(),
    Group.DISABLED: """
        disab*
        wheelchair*
        handicap*
        blind|deaf|mute
        paralys*|paralyz*|paraplegic|quadriplegic
        bedridden|bedbound|bed ridden|bound
        cant walk
        autis*|downs|cerebral
        dementia|alzheimers|alzheimer
        crutches|amputee
        special needs
        discapacitad*|silla ~1 ruedas
        handicape*
        ආබාධිත*|අබාධිත*
        abadhitha*|aabaadhitha*|rodha putuwa
        மாற்றுத்திறனாளி*|ஊனமுற்ற*
        mazoor|mazur|apahij
        معذور*
    """.strip().splitlines(),
    Group.CHRONIC_ILLNESS: """
        diabet*|insulin
        dialysis|kidney
        heart condition|disease|patient|problem|problems|medicine|medication
        blood pressure
        asthma*|copd|emphysema
        epilep*
        cancer|chemo*|oncology
        on oxygen
        oxygen tank*|machine|concentrator
        hiv
        aids patient|patients|medicine
        transplant*
        chronic*
        diabetic*|diabetes|dialisis|cancer|asma
        diabetique*|dialyse
        දියවැඩියා*|ඉන්සියුලින්*|වකුගඩු*|පිළිකා*
        diyawadiya*|wakugadu*|pilika*
        நீரிழிவு*|இன்சுலின்*|சிறுநீரக*
        sugar|shugar patient*
    """.strip().splitlines(),
})  # fmt: skip

_ELDER_AGE = 60
_CHILD_AGE = 18
_OLDEST = 115


def vulnerable(text: Text) -> tuple[Group, ...]:
    """The groups that the message names or gives the age of, in the order of the vocabulary."""
    found = {Group(hit.rule) for hit in _GROUPS.hits(text)}
    found |= set(_by_age(text.words))
    return tuple(group for group in Group if group in found)


def _by_age(words: tuple[str, ...]) -> Iterator[Group]:
    for i, word in enumerate(words):
        if not word.isdecimal() or len(word) > 3:
            continue
        before, after = words[max(0, i - 2) : i], words[i + 1 : i + 3]
        told = after[:1] in (("yo",), ("yr",), ("yrs",), ("y",)) or ("old" in after and "month" not in after[0])
        told |= after[:1] in (("years",), ("year",)) and "old" in words[i + 1 : i + 4]
        told |= bool(before) and before[-1] in {"is", "hes", "shes", "im", "aged", "age", "s"} and not _counted(after)
        told |= after[:1] in (("anos",), ("ans",))
        if told and _ELDER_AGE <= int(word) <= _OLDEST:
            yield Group.OLDER_PERSON
        elif told and int(word) < _CHILD_AGE and not (before and before[-1] in {"is", "s"} and after[:1] != ("years",)):
            yield Group.CHILD


def _counted(after: tuple[str, ...]) -> bool:
    """Whether the number before these words counts something, and so is no age."""
    return bool(after) and after[0] != END and (after[0] in PEOPLE or after[0] in NOT_PEOPLE)

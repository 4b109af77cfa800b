"""How many people a message speaks for, and how many of them are hurt."""

from collections.abc import Iterator

from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.text import END, Text
from app.agent_v2.rules.word_classes import CLASSES, NUMBER_WORDS
from app.schemas.assessment import People, PeopleSource

MOST_PEOPLE = 100_000

PEOPLE = frozenset("""
    people person persons peoples adults adult children child kids kid babies baby women woman men man boys girls elderly infants infant
    victims survivors refugees students patients members souls individuals families_members sons daughters
    brothers sisters grandparents villagers residents residents workers toddlers newborns twins friends neighbors neighbours
    personas persona ninos ninas adultos bebes hijos hijas heridos familiares mujeres hombres
    personnes enfants adultes bebes blesses femmes hommes moun timoun pitit
    denek dennek denaa dena denakuta denekta lamai per peru pear pillaigal kuzhandhaigal log bache bachay bachon afrad
    දෙනෙක් දෙනා දෙනෙකු දෙනෙක්ට දෙනාට ළමයි දරුවෝ පිරිසක් පේරු பேர் பேரு நபர்கள் குழந்தைகள் பிள்ளைகள் மக்கள்
    لوگ افراد بچے लोग बच्चे व्यक्ति
""".split())  # noqa: SIM905
_FAMILIES = frozenset("families family households household familias familia familles famille fanmi houses homes pavul paul pavulak පවුල් පවුලක් குடும்பங்கள் குடும்பம் kudumbam kudumbangal khandan خاندان परिवार".split())  # noqa: SIM905  # fmt: skip
_HOUSEHOLD = frozenset("families households familias familles pavul පවුල් குடும்பங்கள் kudumbangal fanmi".split())  # noqa: SIM905
_HURT = frozenset("injured hurt wounded casualties bleeding heridos herido blesses blesse zakhmi burned".split())  # noqa: SIM905
NOT_PEOPLE = frozenset("""
    day days week weeks month months year years yr yrs old hour hours hrs minutes mins am pm km miles mile meters metres feet ft
    inches degrees percent dollars gourdes usd liters litres gallons kg bags bottles boxes mg pm street st road rd avenue
    ave route block lot apt unit floor number no delmas delma fontamara mo
""".split())  # noqa: SIM905
_SMALLS = {
    "දෙන්නෙක්": 2, "දෙන්නා": 2, "දෙන්නෙකුට": 2, "තුන්දෙනෙක්": 3, "තුන්දෙනා": 3, "හතරදෙනෙක්": 4, "පස්දෙනෙක්": 5,
    "dennek": 2, "dennekta": 2, "thundenek": 3, "tundenek": 3, "hataradenek": 4, "hatharadenek": 4, "pasdenek": 5,
    "iruvar": 2, "moovar": 3, "இருவர்": 2, "மூவர்": 3, "நால்வர்": 4, "ஐவர்": 5,
}  # fmt: skip
_LOCAL_NUMBERS = {
    "thun": 3, "tun": 3, "hathara": 4, "hatara": 4, "pas": 5, "haya": 6, "hath": 7, "තුන්": 3, "හතර": 4, "පස්": 5,
    "හය": 6, "හත්": 7, "අට": 8, "නව": 9, "දහ": 10,
    "rendu": 2, "irandu": 2, "moonu": 3, "munu": 3, "naalu": 4, "nalu": 4, "anju": 5, "ainthu": 5, "aaru": 6,
    "இரண்டு": 2, "ரெண்டு": 2, "மூன்று": 3, "மூணு": 3, "நான்கு": 4, "நாலு": 4, "ஐந்து": 5, "அஞ்சு": 5, "ஆறு": 6,
    "ek": 1, "do": 2, "teen": 3, "char": 4, "chaar": 4, "paanch": 5, "panch": 5,
}  # fmt: skip
_ADJECTIVES = frozenset("small little young injured hurt wounded sick other elderly old adult more trapped homeless hungry starving dead missing disabled big affected pregnant of the us my our grown".split())  # noqa: SIM905  # fmt: skip
_OWN = frozenset("my our his her their".split())  # noqa: SIM905
_KIDS = frozenset("kids children sons daughters babies boys girls hijos ninos enfants siblings brothers sisters kids parents grandparents friends neighbors neighbours roommates nephews nieces cousins pets".split())  # noqa: SIM905  # fmt: skip

_SETS = Lexicon({
    "2": ["elderly|old|older|young|married couple", "couple", "my wife|husband|partner|girlfriend|boyfriend and i|me", "me|i|myself and my wife|husband|partner|mother|mom|mum|dad|father|son|daughter|baby|kid|child|brother|sister|grandma|grandmother|grandfather|grandpa|friend", "both|two of us", "me|i ~1 {kin} and i", "my {kin} and i|me|myself", "pareja"],
})  # fmt: skip

_ONE = Lexicon({
    "one": [
        "im|i", "he|she|him|her|hes|shes|hers", "my|our|the|a|one|this ~2 husband|wife|son|daughter|mother|mom|mum|mama|father|dad|papa|brother|sister|grandma|grandmother|granny|nana|grandpa|grandfather|baby|child|kid|boy|girl|friend|neighbor|neighbour|uncle|aunt|cousin|nephew|niece|man|woman|lady|guy|infant|toddler|patient|partner|boyfriend|girlfriend|coworker|roommate|newborn|teenager",
        "husband|wife|grandma|grandmother|grandpa|grandfather|grandad|mom|mum|dad|mother|father|baby|someone|somebody|neighbor|neighbour|brother|sister|son|daughter|uncle|aunt|man|woman|girl|boy|kid|child|student|worker|driver|infant|toddler|newborn",
        "mi|su|un|una hijo|hija|papa|mama|esposo|esposa|bebe|abuela|abuelo|hermano|hermana|amigo|amiga|nino|nina|senor|senora|vecino|vecina|padre|madre|marido|mujer|hombre|tia|tio",
        "hijo|hija|papa|mama|esposo|esposa|bebe|abuela|abuelo|alguien|hermano|hermana|nino|nina|marido|el|ella|me|estoy|tengo|soy",
        "mon|ma|le|un fils|fille|mari|femme|mere|pere|bebe|enfant|frere|soeur|voisin|voisine|ami",
        "lamaya|lamayek|amma|thaththa|mama|mata|achchi|seeya|putha|duwa|baba", "ළමයා|අම්මා|තාත්තා|මම|මට|ආච්චි|සීයා|පුතා|දුව|බබා|මගේ",
        "amma|appa|magan|magal|enakku|kuzhandhai|paati|thatha|naan", "அம்மா|அப்பா|மகன்|மகள்|எனக்கு|குழந்தை|பாட்டி|தாத்தா|நான்|என்",
        "mera|meri|mujhe|bacha|beta|beti|walid|walida",
    ],
    "many": ["we|us|were|weve|our|ours|everyone|everybody|they|them|theyre|people|families|kids|children|all|neighbors|neighbours|villagers|students|workers|nous|nou|estamos|somos|nosotros|necesitamos|tenemos|api|apita|apiwa|nanga|naanga|engal|engalukku|hum|ham|අපි|අපිට|අපිව|நாங்கள்|எங்களை|எங்களுக்கு|நாம்"],
})  # fmt: skip

def _number(word: str) -> int:
    """The number that a word stands for, or 0. Long digit runs are phone numbers, not people."""
    if word.isdecimal():
        return int(word) if len(word) <= 6 else 0
    return NUMBER_WORDS.get(word, _LOCAL_NUMBERS.get(word, 0))


def count(text: Text, *, household: int, one_victim: bool) -> People:
    """How many people the message speaks for, and how that is known.

    Where it says nothing, one household of `household` people is assumed, unless `one_victim` says that the need is
    that of a sick or hurt person and the words speak of one.
    """
    injured = _injured(text)
    if stated := _stated(text):
        start, end, number = stated
        return _people(number, PeopleSource.STATED, text.quote(start, end), injured)
    if families := _families(text):
        start, end, number = families
        return People(
            count=min(MOST_PEOPLE, max(1, number * household)),
            source=PeopleSource.HOUSEHOLDS,
            households=number,
            injured=injured,
            quote=text.quote(start, end),
        )
    if one_victim and (single := _single(text)):
        return _people(1, PeopleSource.STATED, text.quote(single.start, single.end), injured)
    return _people(household, PeopleSource.ASSUMED, "", injured)


def _people(number: int, source: PeopleSource, quote: str, injured: int | None) -> People:
    number = min(MOST_PEOPLE, max(1, number))
    return People(count=number, source=source, quote=quote, injured=None if injured is None else min(injured, number))


def _single(text: Text) -> Hit | None:
    hits = _ONE.hits(text)
    if any(hit.rule == "many" for hit in hits) and not _victim_is_one(text):
        return None
    return next((hit for hit in hits if hit.rule == "one"), None)


_VICTIM = Lexicon({
    "victim": [
        "hes|shes|he|she|him|her",
        "my|our|the|a|mi|su ~1 husband|wife|son|daughter|mother|mom|mum|father|dad|papa|brother|sister|grandma|grandmother|grandpa|grandfather|baby|child|kid|boy|girl|friend|neighbor|neighbour|uncle|aunt|hijo|hija|bebe|abuela|abuelo|man|woman|partner|patient",
        "someone|somebody|grandma|grandpa|mom|dad|mum|baby",
    ]
})  # fmt: skip


def _victim_is_one(text: Text) -> bool:
    return bool(_VICTIM.hits(text))


def _stated(text: Text) -> tuple[int, int, int] | None:
    groups = list(_groups(text))
    if groups:
        start, end, _ = groups[0]
        total = _total(text, groups)
        return start, max(group[1] for group in groups) if groups[-1][1] - start < 20 else end, total
    return _pair(text)


def _pair(text: Text) -> tuple[int, int, int] | None:
    hit = next(iter(_SETS.hits(text)), None)
    return (hit.start, hit.end, int(hit.rule)) if hit else None


def _total(text: Text, groups: list[tuple[int, int, int]]) -> int:
    """The largest group said to be all of us, else the sum of those counted side by side, plus the one who speaks."""
    words = text.words
    whole = [n for start, end, n in groups if _is_whole(words, start, end)]
    if whole:
        return max(whole)
    kids = [(s, e, n) for s, e, n in groups if words[e - 1] in _KIDS]
    total = sum(n for _, _, n in groups) if len(groups) > 1 and _side_by_side(words, groups) else max(n for _, _, n in groups)
    start = groups[0][0]
    own = start > 0 and words[start - 1] in _OWN
    me = any(word in {"me", "myself", "i", "im", "ive", "wife", "husband"} for word in words[max(0, start - 5) : start]) or own
    if kids and len(kids) == len(groups) and me:
        parents = sum(word in {"wife", "husband", "partner"} for word in words[max(0, start - 6) : groups[-1][1] + 6])
        total += 1 + min(1, parents)
    return total


def _is_whole(words: tuple[str, ...], start: int, end: int) -> bool:
    after = words[end : end + 2]
    before = words[max(0, start - 3) : start]
    return (
        words[end - 1] == "us" or after[:2] in (("in", "all"), ("of", "us")) or "total" in after or "total" in before
        or (bool(before) and before[-1] in {"were", "of", "somos"} and ("family" in before or "were" in before[-1:] or "group" in before))
    )  # fmt: skip


def _side_by_side(words: tuple[str, ...], groups: list[tuple[int, int, int]]) -> bool:
    return all(0 <= later[0] - earlier[1] <= 2 and END not in words[earlier[1] : later[0]] for earlier, later in zip(groups, groups[1:], strict=False))


def _groups(text: Text) -> Iterator[tuple[int, int, int]]:
    """Each `number … people-word`, `N of us`, `family of N`, `we are N` with where it stands."""
    words = text.words
    i = 0
    while i < len(words):
        found = _group_at(text, words, i)
        if found:
            yield found
            i = found[1]
        else:
            i += 1


def _group_at(text: Text, words: tuple[str, ...], i: int) -> tuple[int, int, int] | None:
    if words[i] in _SMALLS:
        return i, i + 1, _SMALLS[words[i]]
    number = _number(words[i])
    after = words[i + 1 : i + 5]
    if not number or number > MOST_PEOPLE:
        return _numbered_after(words, i)
    end = i + 1
    if after and words[i].isalpha() and (tail := _number(after[0])) and after[0].isalpha():
        number = number * tail if tail in (100, 12) else number + tail if number >= 20 > tail else number
        end += 1
        after = after[1:]
    if after[:2] == ("of", "us") or after[:2] == ("de", "nosotros") or after[:2] == ("of", "them"):
        return i, end + 2, number
    for skipped, word in enumerate(after[:3]):
        if word in PEOPLE:
            if end + skipped in text.commas and word in {"people", "children", "kids", "adults"} and number > 50:
                return None
            if words[i] == "de" and word not in {"moun", "timoun", "pitit"}:
                return None
            return i, end + skipped + 1, number
        if word not in _ADJECTIVES or word == END or end + skipped in text.commas:
            break
    before = words[max(0, i - 3) : i]
    if before[-2:] in (("family", "of"), ("group", "of"), ("familia", "de"), ("party", "of"), ("famille", "de"), ("were", "about")):
        return i, end, number
    if before[-2:] in (("we", "are"), ("total", "of"), ("us", "are"), ("nou", "se")) or before[-1:] in (("somos",), ("were",)):
        return None if after and after[0] in NOT_PEOPLE else (i, end, number) if not after or after[0] in {END, "in", "here", "with", "and", "at", "inside", "on", "total", "trapped", "stuck", "who", "of"} else None
    return None


def _numbered_after(words: tuple[str, ...], i: int) -> tuple[int, int, int] | None:
    """Sinhala and Tamil put the number behind the word: `lamai 3`, `දෙනා 5`."""
    if words[i] in {"lamai", "lamayi", "ළමයි", "දරුවෝ", "பிள்ளைகள்", "குழந்தைகள்", "pillaigal"} and i + 1 < len(words):
        number = _number(words[i + 1])
        after = words[i + 2 : i + 3]
        if number and not (after and after[0] in NOT_PEOPLE):
            return i, i + 2, number
    return None


def _families(text: Text) -> tuple[int, int, int] | None:
    words = text.words
    for i, word in enumerate(words):
        number = _number(word)
        if not number or number > MOST_PEOPLE:
            continue
        for skipped, after in enumerate(words[i + 1 : i + 3]):
            if after in _FAMILIES and (number == 1 or after in _HOUSEHOLD or after in {"houses", "homes"}):
                return i, i + skipped + 2, number
            if after not in _ADJECTIVES:
                break
    return None


def _injured(text: Text) -> int | None:
    """How many are said to be hurt; none said is not zero, `nobody hurt` is."""
    words = text.words
    for i, word in enumerate(words):
        if word not in _HURT:
            continue
        near = words[max(0, i - 4) : i]
        if any(one in {"nobody", "noone", "none", "no"} for one in near):
            return 0
        for one in (*reversed(near), *words[i + 1 : i + 2]):
            if one == END or one in NOT_PEOPLE:
                break
            if (number := _number(one)) and number <= MOST_PEOPLE:
                return number
        if any(one in CLASSES["kin"] for one in near):
            return 1
    return None

"""What may be left of a stranger's words on their way to Langfuse: only words that everybody uses.

Names and places cannot be told from other words by a rule, least of all in a message written in haste. So it is the
other way round: a word stays where it is in a list of ordinary ones, and everything else is masked.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel

from app.agent_v2.rules.spelling_words import MEANT, REAL
from app.agent_v2.rules.table import words

MASKED, NUMBER, FAILED = "[masked]", "[number]", "[not masked, so not sent]"
MOST_DEPTH, MOST_ITEMS, MOST_CHARACTERS = 8, 100, 8_000

_SMALL = words("""
    a an and any are as at be but by can cannot did do does doing for from get getting go going got had has have having
    he her here hers him his how i if in into is it its just let like me more most much must my near need needed needs
    next no not now of off on one only or our ours out over please she should since so some someone soon still such than
    that the their them then there these they this those three to today tomorrow tonight too two under until up us very
    want was we were what when where which while who why will with without would yes yesterday yet you your
    critical high medium low true false null water food rice milk salt sugar tea fuel children child women woman men man
    boy girl kids family families old young sick insulin metres meters hours hour minutes days day week
""")
_NAMES = words("""
    april august autumn bill brown church dawn dean dick drew faith frank gene grace grant guy harry heath hill hope
    hunter jack jean jim joy june lance lane mark mason may miles mill nick olive park pat penny pierce price ray rich
    rob rock rose ruby rusty sandy sky stone storm sue summer sunny tom violet victor wade ward will winter wood
    red black white green gray grey king queen prince singer carter cook baker miller porter fisher potter weaver hall
""") - words("will")
"""Ordinary words that are names as well."""
ORDINARY = (MEANT | REAL | _SMALL) - _NAMES

_TELLING = words("""
    name names first_name last_name display_name full_name contact contacts phone phones mobile tel telephone email mail
    address street place location position point lat lng lon latitude longitude coordinates geo uid user user_id owner
    author created_by decided_by token key photo image images media url urls data_url id ids sender
""")
"""Fields that name or place somebody, whatever is in them."""

# None of these goes back over what it has read: a stranger writes the text, and the event loop reads it.
_ADDRESS = re.compile(
    r"\b(?:no\.?\s*)?\d++[a-z]?(?:[/-]\d++[a-z]?){0,6}[,\s]++(?:[^\W\d_]++[,\s]++){0,3}"
    r"(?:road|rd|street|st|lane|ln|avenue|ave|mawatha|place|gardens?|close|drive|way|court|block|flat|house|floor|estate)\b",
    re.IGNORECASE,
)
_ADDRESS_AFTER = re.compile(
    r"\b(?:house|flat|block|apartment|room|floor|lot|gate|number|no\.?)\s*+#?\s*+\d+\w*", re.IGNORECASE
)
_STREET_FIRST = re.compile(
    r"(?<![^\W\d_])(?:[^\W\d_]++\s++){1,2}(?:road|rd|street|st|lane|avenue|ave|mawatha|block|estate)\.?,?\s*(?:no\.?\s*)?#?\d+\w*",
    re.IGNORECASE,
)
_LETTERBOX = re.compile(r"[^\s@]{1,64}@\S+|\b(?:https?|www)\S+|(?<![\w.-])[\w-]++(?:\.[\w-]++)++(?=/)", re.IGNORECASE)
_DIGITS = re.compile(r"[+(]{0,4}\d(?:[\s().,/-]{0,2}\d){4,}")
_TOKEN = re.compile(r"\[[a-z ,]+\]|[^\W\d_]+(?:['’][^\W\d_]+)?|[\d۰-۹०-९][\w.,:/+-]*|\S", re.UNICODE)
_SENTENCE_ENDS = frozenset('.!?\n:;"([{,|')
_PLAIN = re.compile(r"[ -~\s]")


def masked(value: object) -> object:
    """The value with the same shape and nobody in it; `FAILED` where that cannot be done."""
    try:
        return _masked(value, 0)
    except Exception:
        # Whatever goes wrong here, it is the words that stay.
        return FAILED


def _masked(value: object, depth: int) -> object:
    if depth > MOST_DEPTH:
        return MASKED
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(str(value), depth)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, BaseModel):
        return _masked(dict(value), depth)
    if isinstance(value, Mapping):
        return {_key(name): _of(name, inner, depth) for name, inner in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray | memoryview):
        return [_masked(inner, depth + 1) for inner in _first(value)]
    return MASKED


def _of(name: object, value: object, depth: int) -> object:
    return MASKED if value is not None and _bare(str(name)) in _TELLING else _masked(value, depth + 1)


def _bare(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")


def _key(name: object) -> str:
    """Our own field names are ordinary identifiers; a stranger's words as a key are masked as any words are."""
    text = str(name)
    parts = re.split(r"[_.\s-]", text.lower())
    known = all(part in ORDINARY or part in _TELLING or part in _FIELDS for part in parts if part)
    return text if known else MASKED


_FIELDS = words("""
    category quote text summary answer answers question questions reason reasons title description needs severity
    people count language translation tasks task step steps priority role roles manpower supplies item items quantity
    unit total card cards citation citations evidence caption data hazards hazard confidence notes note
    content message messages history kind type value values is request
""")


def _number(value: float) -> object:
    """Counts stay; what is long or has decimals may be a telephone number or a position."""
    return value if round(value, 2) == value and abs(value) < 10_000 else NUMBER


def _text(text: str, depth: int) -> object:
    bare = text.strip()
    if bare[:1] in "{[" and bare[-1:] in "}]":
        try:
            return json.dumps(_masked(json.loads(bare), depth + 1), ensure_ascii=False)
        except ValueError:
            pass  # words in brackets
    if re.match(r"data:[\w/+.-]*[;,]", bare):
        return MASKED
    whole = _LETTERBOX.sub(MASKED, text[:MOST_CHARACTERS])
    for pattern, instead in _AT_ONCE:
        whole = pattern.sub(instead, whole)
    return "".join(_kept(whole))


_AT_ONCE = ((_DIGITS, NUMBER), (_ADDRESS, MASKED), (_STREET_FIRST, MASKED), (_ADDRESS_AFTER, MASKED))


def _kept(text: str) -> Iterable[str]:
    """Token by token; what is masked in a row is masked once."""
    before, end, last = "\n", 0, ""
    for found in _TOKEN.finditer(text):
        gap, token = text[end : found.start()], found.group()
        end = found.end()
        kept = token if token in (MASKED, NUMBER) else _token(token, begins=before in _SENTENCE_ENDS)
        if kept == MASKED == last:
            continue
        yield gap if gap.isspace() or not gap else " "
        yield kept
        before, last = token[-1], kept


def _token(token: str, *, begins: bool) -> str:
    if token[0].isdigit():
        return token if token.isascii() and token.isdigit() and len(token) <= 2 else NUMBER
    if not token[0].isalpha():
        return token if _PLAIN.fullmatch(token) and token != "@" else MASKED
    word = token.replace("’", "'")
    ordinary = word.lower() in ORDINARY or word.lower().removesuffix("'s") in ORDINARY
    # Within a sentence a capital marks a name, unless all of the message is in capitals.
    named = word[0].isupper() and not begins and not (word.isupper() and len(word) > 1) and word != "I"
    return token if ordinary and not named else MASKED


def _first(values: Iterable[object]) -> list[object]:
    return list(values)[:MOST_ITEMS]

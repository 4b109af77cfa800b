"""Which language a message is written in: its script first, then its commonest small words."""

from collections.abc import Mapping

from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import Text

UNKNOWN = "und"

_SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("si", "\u0d80", "\u0dff"),
    ("ta", "\u0b80", "\u0bff"),
    ("hi", "\u0900", "\u097f"),
    ("ur", "\u0600", "\u06ff"),
)

_SMALL_WORDS: Mapping[str, frozenset[str]] = {
    "en": words("""
    the a an and or but if is are was were be been am im we i you he she it they my our your his her their me us
    them this that there here in on at to of for from with by not no dont cant have has had do does did will
    would can could should need please help what where when how who why all some any now very thanks thank good
    want know people get got out up food water house send today tomorrow hello hi hes shes its wont isnt after
    before because so as about more one just under over into down off than then only also still
"""),
    "es": words("""
    el la los las un una unos y o de del que en es son esta estan estamos soy somos no si por para con sin mi
    mis su sus me nos se le lo al como donde cuando muy hay tengo tiene tenemos necesito necesitamos ayuda favor
    agua comida casa hijo hija nino ninos mama papa personas aqui ya porque pero gracias
"""),
    "fr": words("""
    le la les un une des du et ou de que qui est sont nous je vous il elle ils mon ma mes ne pas plus dans sur
    avec sans pour par au aux ce cette avons suis etes besoin eau maison enfant enfants merci bonjour svp mais
    tres comment quand peut
"""),
    "ht": words("""
    mwen nou yo li ou m n pa gen ki nan ak pou sa se te ap pral bezwen manje dlo tanpri kay moun timoun anpil
    tout kote kijan anba sou la yon lan nap map jwenn ban mesi bonjou ede sekou fanmi lakay men
"""),
    "si-Latn": words("""
    api apita apiwa mama mata mage ape eya eyala oya oyala na naa nehe naha thiyenawa tiyenawa innawa inne inna
    oni one oone wathura watura wature gedara gewal lamaya lamai lamayi amma thaththa udaw udav udau karanna
    karala dennako denna kanna kema kama beheth hira wela beraganna husma ganna ba behe bari ane aney kiyala eka
    ekak dekak thun denek dennek ikmanata thama thawa nagina wadi wahala uda mewa koheda me ethana methana
"""),
    "ta-Latn": words("""
    naan nan naanga nanga enga engal engalukku enakku en ennoda engaloda ungal illai illa ilai irukku irukkom
    irukom irukanga vendum venum venu udhavi uthavi udavi thanni thanneer tanni vellam veedu veetla vidu
    kuzhandhai kulanthai pillai amma appa kaapathunga kapathunga maati sikki kittom mudiyala mudiyavillai
    pannunga seiyunga per peru romba inga anga la ulla saapadu sapadu pasi marundhu vanga
"""),
    "ur-Latn": words("""
    hai hain hen he ho hum ham hamare hamari hamain humein mein main mai mera meri mere ka ki ke ko se kya nahi
    nahin nhi aur koi kuch bhi par pe madad chahiye pani paani khana ghar gaya gaye raha rahe rahi hogaya sab
    log bachao jaldi kar karo karein dein hua hue ji aap sir may abhi tak ne
"""),
}

_LEAST_VOTES = 0.5
_WEIGHT = {1: 0.2, 2: 0.6}
"""What a small word of one or two letters counts; longer ones count 1."""


def detect(text: Text, hint: str | None = None) -> str:
    """A BCP 47 tag; `und` where neither script nor words tell. A hint decides only what the text leaves open."""
    if script := _script(text.original):
        return script
    votes = _votes(text.words)
    best = max(votes, key=lambda tag: votes[tag])
    if votes[best] < _LEAST_VOTES:
        return hint or UNKNOWN
    if hint in votes and votes[hint] == votes[best]:
        return hint
    return best


def share(text: Text, tag: str) -> float:
    """Which part of the words are small words of a language: above a tenth in whatever is written in it."""
    return sum(word in _SMALL_WORDS[tag] for word in text.words) / max(1, len(text.words))


def _votes(words: tuple[str, ...]) -> dict[str, float]:
    """For each language, how many words are small words of it; longer ones weigh more, as they are less shared."""
    votes = dict.fromkeys(_SMALL_WORDS, 0.0)
    for word in words:
        for tag, small in _SMALL_WORDS.items():
            if word in small:
                votes[tag] += _WEIGHT.get(len(word), 1.0)
    votes["en"] += 0.01
    return votes


def _script(original: str) -> str:
    counts = {tag: 0 for tag, _, _ in _SCRIPTS}
    letters = 0
    for char in original:
        if char.isascii():
            letters += char.isalpha()
            continue
        for tag, first, last in _SCRIPTS:
            if first <= char <= last:
                counts[tag] += 1
    tag = max(counts, key=lambda one: counts[one])
    return tag if counts[tag] and counts[tag] * 2 >= letters else ""

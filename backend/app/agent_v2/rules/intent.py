"""Whether a message asks for anything at all. In doubt it does."""

from dataclasses import dataclass

from app.agent_v2.rules.need_words import GENERAL_AID
from app.agent_v2.rules.patterns import Hit, Lexicon
from app.agent_v2.rules.text import END, Text

_FIRST = frozenset("""
    i im ive id ill me my mine myself we weve us our ours ourselves nous je moi mon ma mwen nou yo estoy tengo necesito
    necesitamos estamos somos me nos mi api apita mata mama naan naanga engal enakku hum ham mujhe hamain humein mera
""".split())  # noqa: SIM905
_SECOND = frozenset("you your yours please help us send tell".split())

_ASKING = Lexicon({"asking": GENERAL_AID})

_TEST = Lexicon({"test": """
    test|testing test|testing|123|1|one|message|only|please|ignore|sms|ok
    this|just|only ~2 test|testing
    test|testing ~4 ignore|disregard|123
    ignore|disregard this|that|message
    mic check
    testing
    prueba ~3 ignor*
    esto|es ~2 prueba
    lorem ipsum
""".strip().splitlines()})  # fmt: skip

_NOTE = Lexicon({"note": """
    person|he|she|this|it|just|are|am|was ~3 playing|joking|jorking|kidding
    want to play
    not important
    nonsensical|nonsense message
    message is nonsensical
    jokes|joke|prank
    haha*|lol|lmao
    not an emergency
    personal opinion
    wrong number
    not the right number
    discard
    love message
    doesnt have any report
    not important to translate
    test message
""".strip().splitlines()})  # fmt: skip

_OFFER = Lexicon({"offer": """
    i|we|id|ill|well can|could|may|would|will|am|are|might ~4 donate|volunteer|bring|drop|deliver|provide|cook|offer|contribute|distribute|lend|transport|give ~1 food|clothes|clothing|water|blankets|supplies|goods|meals|help|items|things|toys|time|money|shelter|rooms
    i|we|id|ill can|could|would|will|am|are [also|like|love|happy|willing|able|glad|available|ready|to|also] [to] [also|like] donate|volunteer|offer|deliver|distribute|lend
    i|we can [also|prob|probably|definitely] bring|give|cook|drive|help|assist|make|drop|tutor|pick|provide|teach|work|offer
    can|could|will|would|able|glad|happy|willing|want|like|love|available|ready|here [to] [also|gladly] donate|volunteer|volunteering
    happy|glad|willing|available|ready|like|love|want|wanting|interested to|in help|helping|assist
    want|like|love to help|assist
    i want to help
    offered|offering to
    offering
    have ~6 to donate|give|offer|share|spare
    volunteer|volunteers|volunteering ~4 available|opportunit*|help|experience
    looking [for] [a|to] volunteer*
    let ~1 know ~3 help
    how|where can|could|do|should i|we [also] [best] help|donate|volunteer|assist
    put us anywhere you need
    whatever|anything is|you needed|need
    can donate|donated|give|deliver|drive|transport
    donation|donations
    i|we have a|an car|suv|truck|van|bike|bicycle|boat ~6 can|donate|help|deliver
    i am a certified|licensed|professional
    licensed in
    certified
    gently used
    free rooms|room|beds ~3 for
    puedo|podemos|quiero ayudar|donar
""".strip().splitlines()})  # fmt: skip

_THANKS = Lexicon({"thanks": """
    thank|thanks|thanked|thankful|grateful|congratulat*
    bless|blesses you|us|all|america|him
    god bless*
    good work|job
    gracias|merci|mesi
    ස්තූතියි*|sthuthi*|isthuthi*
    நன்றி*|nandri*
    shukriya|dhanyavad|dhanyawad
""".strip().splitlines()})  # fmt: skip

_CHATTER = Lexicon({"chatter": """
    i love you
    my love|darling|dear|sweetheart
    love you
    kiss|kisses|bisou*
    good night
    texas holdem|hold
    fifa|football|soccer|ronaldinho|selector
    xfactor*|movie|song|songs|album|concert|basketball
    jesus|christ|christian|sabbath|bible|psalm|prayer|prayers
    happy birthday|new|christmas|easter
    lmfao|omg|wtf|smh
    rt
    http|https
    hows|how are you
    whats up
    hello|hi|hey|bonjour|hola
    good morning|evening|afternoon
    lottery|winner|promo|subscribe
    activate your
    how is everybody|everyone
""".strip().splitlines()})  # fmt: skip

_REPORT = Lexicon({"report": """
    said|says|reported|announced|according|spokesman|spokesperson|spokeswoman|officials|official|authorities|ministry|minister
    percent|million|billion|tonnes|hectares|kilometres|kilometers|magnitude|richter|usd|us$
    government|province|provincial|district|region|regional|national|international|agency|department|programme|program|project
    un|unicef|wfp|ifrc|unhcr|who|usaid|ngo|ngos|afp|reuters|xinhua|ap|irin|ocha|fao|echo
    january|february|march|april|may|june|july|august|september|october|november|december
    monday|tuesday|wednesday|thursday|friday|saturday|sunday|yesterday
    were|was|been killed|died|injured|displaced|affected|found|destroyed|damaged|reported
    killed|died|dead ~5 people|yesterday|in
    weather|forecast|winds|storm|cyclone|typhoon|hurricane|tropical|rainfall|monsoon|quake|earthquake|tsunami|volcano
    has|have been
    year|years|century
""".strip().splitlines()})  # fmt: skip

_AID_TOPIC = Lexicon({"topic": """
    need|needs|needed|needing|needy
    urgent*|require*|request*|appeal*|lack|lacking|lacked|shortage*|shortfall|desperate*
    shelter*|tent|tents|tarpaulin*|blanket*|homeless|house|houses|housing|homes|camp|camps|settlement*|mats|plastic
    food|hunger|hungry|starv*|malnutrition|undernourish*|nutrition*|feeding|famine|rations|ration|wheat|rice|crop|crops
    water|sanitation|sanitising|hygiene|latrine*|toilet*|wells|thirst
    medic*|health|hospital*|clinic*|doctor*|nurse*|drug|drugs|vaccin*|disease*|epidemic|cholera|measles|malaria|dengue|meningitis|injur*|wound*|patients|infect*|virus|hiv|outbreak*|sick|diarrh*
    relief|aid|assist*|emergency|emergencies|humanitarian|victim*|survivor*|affected|displaced|refugee*|stranded|refuge|villagers
    donat*|donor*|funding|funds|suppl*|deliver*|distribut*|provid*|vulnerable
    evacuat*|rescue*|trapped|missing|search
    help*|save|protect*|support
    cut off|isolated|inaccessible
    harass*|beating|attack*
    winter*|cold|freezing|snow
    worst|serious|danger|deteriorat*|warn*
    children|livestock|cattle|locust*
    landslides|landslide
    rain|rains
""".strip().splitlines()})  # fmt: skip

_LEAST_REPORT_WORDS = 7
_MOST_TEST_WORDS = 14
_MOST_CHATTER_WORDS = 60


@dataclass(frozen=True, slots=True)
class Signs:
    """What the other rules found in the message."""

    dangers: bool
    needs: frozenset[str]
    """Names of the need rules that fired."""
    english: bool


def asks_nothing(text: Text, signs: Signs) -> str | None:
    """Why the message plainly asks for nothing (`test`, `note`, `offer`, `thanks`, `chatter`, `news`), or None."""
    words = [word for word in text.words if word != END]
    if not words or not signs.english:
        return _foreign(text, signs)
    first = any(word in _FIRST for word in words)
    if first and signs.dangers:
        return None
    asked = bool(_ASKING.hits(text))
    if _NOTE.hits(text) and not signs.dangers and not first:
        return "joke" if _is_joke(text) else "note"
    if _TEST.hits(text) and len(words) <= _MOST_TEST_WORDS and not signs.dangers and not _real(signs):
        return "test"
    if _is_offer(text, first=first) and not signs.dangers:
        return "offer"
    question = "?" in text.original or "need.information" in signs.needs
    if not asked and not signs.dangers and not _real(signs) and not question:
        if _THANKS.hits(text):
            return "thanks"
        if len(words) <= _MOST_CHATTER_WORDS and _CHATTER.hits(text):
            return "chatter"
    return "news" if is_report(text, words) and not _AID_TOPIC.hits(text) else None


def _foreign(text: Text, signs: Signs) -> str | None:
    """Other languages: only thanks and tests of a few words are sure to ask for nothing."""
    few = len(text.words) <= 6 and not signs.dangers and not _real(signs) and bool(text.words)
    if few and not _ASKING.hits(text):
        if _THANKS.hits(text):
            return "thanks"
        if _TEST.hits(text):
            return "test"
    return None


def _is_joke(text: Text) -> bool:
    return any(text.words[i].startswith(("jok", "haha", "lol", "kidding", "prank", "play")) for hit in _NOTE.hits(text) for i in range(hit.start, hit.end))


def _real(signs: Signs) -> bool:
    return bool(signs.needs - {"need.information", "need.money", "need.work", "need.comms"})


_OWN_LACK = Lexicon({"lack": """
    i|we|they|people|victims need|needs|lack|require
    need|needed|needs|wanted ~2 help|food|water|all|dire|urgent*|shelter|volunteers|donations
    no|dont|without|havent|lost ~3 food|water|power|heat|electricity|home|house|shelter|anything
    help us
    help me
    in dire
    send us|me
    give us|me
    ideally wanted
    please help|send|bring|come
    homeless
    victim|victims
""".strip().splitlines()})  # fmt: skip


def _is_offer(text: Text, *, first: bool) -> bool:
    return bool(_OFFER.hits(text)) and not _OWN_LACK.hits(text) and (first or "donat" in text.original.lower() or "volunteer" in text.original.lower())


def is_report(text: Text, words: list[str]) -> bool:
    """Whether it reads like a news item: full sentences about others, told to nobody, asking nobody."""
    if any(word in _FIRST or word in _SECOND for word in words) or "?" in text.original:
        return False
    marks = len({hit.start for hit in _REPORT.hits(text)})
    return len(words) >= _LEAST_REPORT_WORDS and (marks >= 1 or len(words) >= 2 * _LEAST_REPORT_WORDS)


def asks(text: Text) -> list[Hit]:
    """Where the message asks for help without saying what for."""
    return _ASKING.hits(text)

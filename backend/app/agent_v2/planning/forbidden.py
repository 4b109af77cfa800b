# ruff: noqa: E501 - one pattern a line, however long
"""What a model must not say to a team, as patterns, and the small words by which English is known."""

import re
from collections.abc import Mapping
from enum import StrEnum

from app.agent_v2.rules.table import words


class Fault(StrEnum):
    """Why a sentence is dropped."""

    LONG = "long"
    FOREIGN = "foreign"
    NUMBER = "number"
    ADDRESS = "address"
    ORDER = "order"
    DOSE = "dose"
    PROMISE = "promise"
    WATER = "water"
    STRUCTURE = "structure"
    CURRENT = "current"
    ALONE = "alone"
    UNPROTECTED = "unprotected"
    DENIAL = "denial"
    """What is not to be done: the safety lines say that, and a denial is the easiest way to turn good advice round."""
    UNTRAINED = "untrained"
    STRANGER = "stranger"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.ASCII)


_NOW = r"[^.!?]{0,60}"
_PLACES = (
    r"\b(?:buildings?|houses?|homes?|structures?|rubble|ruins?|debris|rooms?|roofs?|attics?|basements?|cellars?|cars?"
    r"|tunnels?|caves?|shafts?|slopes?|slides?|landslides?|smoke|fires?|flames|walls?|wells?|wreck\w*)\b"
)
FAULTS: Mapping[Fault, re.Pattern[str]] = {
    Fault.NUMBER: _any(
        r"\b(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy"
        r"|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|scores?|zero|nil|half|halve|quarter|thirds?"
        r"|double|triple|thrice|percent)\b",
        r"\b(?:fewer|less|more|only) (?:\w+ )?(?:people|persons?|volunteers?|responders?|rescuers?|teams?|packs?|bottles?)\b",
    ),
    Fault.ADDRESS: _any(
        r"https?:|www\.|@|[a-z0-9-]\.(?:com|org|net|info|lk|in|io|me|ly|gov|edu)\b",
        r"\b(?:whatsapp|telegram|viber|facebook|imo|signal group|instagram|tiktok|paypal|bitcoin|bank account)\b",
        r"\b(?:latitude|longitude|coordinates?|gps|house number|plus code|postcode|zip code)\b",
    ),
    Fault.ORDER: _any(
        r"\b(?:ignor|disregard|overrid|overrul|bypass|forget|pretend|approv|reject|escalat|downgrad|deprioriti[sz]|jailbreak)\w*",
        r"\b(?:severity|status|prompt|instructions?|assistant|language model|as an ai|admin\w*|passwords?|tokens?"
        r"|secrets?|api|json|database|untrusted|coordinator)\b",
        r"\b(?:false alarm|hoax|prank|stand down|call off|do nothing|no action|not urgent|non.?urgent|not needed"
        r"|not required|not necessary|resolved|cancel\w*|close the|mark (?:it|this|as)|set to|routine)\b",
        r"\b(?:print|reveal|recite|dump|word for word|(?:an)?other (?:user|request|requester|person)s?|drill|exercise|this is a test|as test|test only|decode\w*|encode\w*|base64|obey\w*|comply|hidden|confidential)\b",
        r"\b(?:show|list|print|reveal|display|output|tell|give|send|share|name)\b[^.!?]{0,40}\b(?:names|positions?|addresses|numbers|phones?|contacts"
        r"|rules|data|everything)\b",
        r"\bclose (?:it|this|the (?:request|case|plan))\b",
        r"\b(?:set|chang|lower|reduc|low|drop|rais|mak)\w*[^.!?]{0,30}\bpriority\b",
        r"\b(?:no|never|don't|dont|do not|without|instead of) (?:any )?(?:help|team|ambulance|rescue|responders?|send\w*|dispatch\w*"
        r"|alert\w*|call\w*|medic\w*|doctors?|report\w*)\b",
    ),
    Fault.DENIAL: _any(
        r"\b(?:not|\w+n't|never|no|none|nobody|nothing|nowhere|neither|nor|cannot|without|avoid\w*|stop|stops|stopping|refrain\w*"
        r"|refus\w*|omit\w*|exclud\w*|except|unless|instead|rather than|useless|pointless|harmless|needless\w*|ignore)\b",
        r"\b(?:is|are|was|were|do|does|did|has|have|had|wo|would|could|should|ca|must)nt\b",
    ),
    Fault.DOSE: _any(
        r"\b(?:dos(?:e|es|ed|age|ages|ing)|mg|mcg|ml|milligrams?|tablets?|pills?|capsules?|injections?|inject\w*|syringes?"
        r"|drips?|puffs?|administer\w*|prescrib(?:e|es|ing)|diagnos\w*|sedat\w*|antibiotics?|painkillers?)\b",
        r"\b(?:paracetamol|acetaminophen|aspirin|ibuprofen|diclofenac|amoxicillin|doxycycline|morphine|tramadol|ketamine"
        r"|adrenaline|epinephrine|diazepam|antivenom|metronidazole|loperamide)\b",
        r"\b(?:every|each) (?:\w+ )?(?:hours?|minutes?)\b",
    ),
    Fault.PROMISE: _any(
        r"\b(?:promis\w*|guarante\w*|assur(?:e|es|ed|ing)|eta|on (?:the|its|their|our) way|rest assured|any minute|soon|shortly"
        r"|tonight|tomorrow|o'?clock|a\.m|p\.m)\b",
        r"\b(?:help|team|boat|ambulance|helicopter|rescue)\w*\b[^.!?]{0,30}\b(?:is|are|will|be) (?:coming|arriv\w*|there|near|com\w*)",
        r"\bwill (?:arrive|come|reach|be there|get there|save|rescue)\b",
        r"\b(?:in|within|after) (?:an?|one|two|the next|some|a few|a couple of|several) (?:\w+ )?(?:minutes?|hours?|days?)\b",
        r"\bby (?:noon|morning|midday|evening|night|dawn|dusk|today|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    ),
    Fault.WATER: _any(
        r"\b(?:wad(?:e|es|ing)|swim\w*|swam|ford(?:s|ing)?)\b",
        rf"\b(?:walk|driv|rid|cycl|cross|go|head|step|jump|div|carry|mov|push|travel|enter|get|evacuat|run|take|reach|bring|climb)\w*"
        rf"\b{_NOW}\b(?:through|across|into|in|over|via|along)\b[^.!?]{{0,30}}\b(?:waters?|flood\w*|rivers?|currents?|streams?|torrents?"
        r"|surge|causeways?|sea|waves?|canals?)\b",
        r"\bcross\w*\b[^.!?]{0,30}\b(?:waters?|flood\w*|rivers?|streams?|canals?|bridges?)\b",
        r"\bdrink\w*\b[^.!?]{0,40}\b(?:flood\w*|untreated|rivers?|wells?|streams?|unboiled)\b",
    ),
    Fault.STRUCTURE: _any(
        rf"\b(?:re-?)?(?:enter|climb|crawl|dig|squeez|go|step|return|search|walk|mov|break|get|run|look|stay|remain|wait|work)\w*\b{_NOW}"
        rf"\b(?:in|into|inside|through|under|onto|on|back|up|below|beneath|beside|near|amid|among)\b[^.!?]{{0,30}}{_PLACES}",
        rf"\b(?:re-?enter|enter|climb|crawl|dig)\w*\b[^.!?]{{0,30}}{_PLACES}",
        r"\bgo(?:es|ing)? (?:back )?(?:in|inside)\b",
    ),
    Fault.CURRENT: _any(
        r"\b(?:touch|cut|mov|lift|remov|step|handl|clear)\w*\b[^.!?]{0,40}\b(?:wires?|lines?|cables?|pylons?|transformers?)\b",
        r"\b(?:generators?|stoves?|charcoal|barbecues?)\b[^.!?]{0,40}\b(?:inside|indoors?|rooms?|tents?|houses?)\b",
    ),
    Fault.ALONE: _any(
        r"\b(?:alone|solo|unaccompanied(?! (?:child|minor))|by (?:him|her|them|your)sel\w+|on (?:his|her|their|your) own)\b",
        r"\b(?:one|a) (?:person|volunteer|rescuer|responder|helper|driver|member|nurse|doctor|medic|swimmer|man|woman|boy)\b"
        r"[^.!?]{0,30}\b(?:goes|go|enters?|is enough|can|may|should|only)\b",
        r"\bsend (?:one|a|someone|somebody|anyone)\b",
        r"\bsplit (?:up|the (?:pair|team))",
    ),
    Fault.UNPROTECTED: _any(
        r"\b(?:without|no need|unnecessary|optional|skip\w*|leav\w* behind|take off|remov\w*)\b",
        r"\b(?:photograph|photos?|pictures?|film|video|post|publish|share|broadcast|announce)\w*\b[^.!?]{0,60}",
    ),
    Fault.UNTRAINED: _any(
        r"\b(?:unverified|untrained|unvetted|unregistered|unlicensed|unqualified|spontaneous|inexperienced)\b",
        r"\b(?:volunteers?|neighbou?rs?|bystanders?|residents?|villagers?|locals?|civilians?|relatives?|famil(?:y|ies)|friends?|youths?"
        r"|children|anyone|anybody|everyone|passers?-?by)\b[^.!?]{0,60}\b(?:rescu|pull|dig|boat|rubble|search|operat|treat|stitch"
        r"|lift|free|extinguish|fight)\w*",
    ),
}
NOT_IN_A_RESCUE = _any(
    r"\b(?:volunteers?|neighbou?rs?|bystanders?|residents?|villagers?|locals?|civilians?|relatives?|famil(?:y|ies)|friends?"
    r"|youths?|anyone|anybody|everyone|everybody|someone|somebody|public|communit\w+|passers?-?by)\b"
)
SMALL = frozenset(words("""
    a about above after again all also am an and any are as ask at away be because been before between both bring but by
    call can check count do each either else every find first for from get give go gone good great had has have he help her
    here him his how if in into is it its keep know last least less let like look make many may more most move much must near
    need needs new next no nobody nor not note now of off on once one only open or other others our out over own people person
    place plan same see send set she should show so some such take team tell than that the their them then there these they
    this those through to too two under until up use very was way we well what when where which while who whom whose why will
    with work write yet you your
    agree approach arrange assign brief carry collect compare confirm crew deliver divide draw explain fetch follow fit form
    gather hand hold inform launch lay lead listen load log mark measure meet offer organise pack pair prepare protect provide
    put record refer register repeat rest ring secure separate serve settle share sort speak start stop store supply support
    switch tag talk throw tick tie track translate treat unload verify visit warn wash wear
    able access adult age area available bag base because bed better blind board body care cause certain change child choice clean
    clear clothes cold common condition contact cook cool cover danger dark day deaf deep different difficult dignity direct
    disabled dry early easy elderly empty equal equipment exact expect extra face fair fast fear feed feel few fresh full fuel
    group hard head health heat heavy high home hot hour household hunger hungry hurt illness important infant information
    injury instead interpreter kind language large late later level life light line list living long loss lost low main man
    meal medical member mind minute mobile mother name nearby needed night noise normal number nursing older order others
    outside pain parent part pass patient poor position possible pregnant present privacy quick quiet rain rather reach ready
    real reason receive rest return right risk road roof room route safe sanitation school separate serious service several
    short sick sign signal similar simple site situation slow small soap soft space special specific strong sure survive
    symptom task thirst thirsty time tired together toilet touch transport trust urgent usual vehicle vessel vulnerable wait
    warm weak weather week wheelchair whole wide window woman women word worse wound young
"""))  # fmt: skip

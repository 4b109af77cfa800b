# ruff: noqa: E501 - one phrase or one row a line, however long
"""Words that count people, or that a number before them shows not to."""

from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.table import words

PEOPLE = words("""
    people person persons peoples adults adult children child kids kid babies baby women woman men man boys
    girls elderly infants infant victims survivors refugees students patients members souls individuals
    families_members sons daughters brothers sisters grandparents villagers residents workers toddlers newborns
    twins friends neighbors neighbours personas persona ninos ninas adultos bebes hijos hijas heridos familiares
    mujeres hombres personnes enfants adultes blesses femmes hommes moun timoun pitit denek dennek denaa dena
    denakuta denekta lamai per peru pear pillaigal kuzhandhaigal log bache bachay bachon afrad දෙනෙක් දෙනා
    දෙනෙකු දෙනෙක්ට දෙනාට ළමයි දරුවෝ පිරිසක් පේරු பேர் பேரு நபர்கள் குழந்தைகள் பிள்ளைகள் மக்கள் لوگ افراد بچے लोग
    बच्चे व्यक्ति
""")
FAMILIES = words("""
    families family households household familias familia familles famille fanmi houses homes pavul paul pavulak
    පවුල් පවුලක් குடும்பங்கள் குடும்பம் kudumbam kudumbangal khandan خاندان परिवार
""")  # fmt: skip
HOUSEHOLD = words("""
    families households familias familles pavul පවුල් குடும்பங்கள் kudumbangal fanmi
""")
HURT = words("""
    injured hurt wounded casualties bleeding heridos herido blesses blesse zakhmi burned
""")
NOT_PEOPLE = words("""
    day days week weeks month months year years yr yrs old hour hours hrs minutes mins am pm km miles mile
    meters metres feet ft inches degrees percent dollars gourdes usd liters litres gallons kg bags bottles boxes
    mg street st road rd avenue ave route block lot apt unit floor number no delmas delma fontamara mo
""")
SMALLS = {
    "දෙන්නෙක්": 2, "දෙන්නා": 2, "දෙන්නෙකුට": 2, "තුන්දෙනෙක්": 3, "තුන්දෙනා": 3, "හතරදෙනෙක්": 4, "පස්දෙනෙක්": 5,
    "dennek": 2, "dennekta": 2, "thundenek": 3, "tundenek": 3, "hataradenek": 4, "hatharadenek": 4, "pasdenek": 5,
    "iruvar": 2, "moovar": 3, "இருவர்": 2, "மூவர்": 3, "நால்வர்": 4, "ஐவர்": 5,
}  # fmt: skip
LOCAL_NUMBERS = {
    "thun": 3, "tun": 3, "hathara": 4, "hatara": 4, "pas": 5, "haya": 6, "hath": 7, "තුන්": 3, "හතර": 4, "පස්": 5,
    "හය": 6, "හත්": 7, "අට": 8, "නව": 9, "දහ": 10,
    "rendu": 2, "irandu": 2, "moonu": 3, "munu": 3, "naalu": 4, "nalu": 4, "anju": 5, "ainthu": 5, "aaru": 6,
    "இரண்டு": 2, "ரெண்டு": 2, "மூன்று": 3, "மூணு": 3, "நான்கு": 4, "நாலு": 4, "ஐந்து": 5, "அஞ்சு": 5, "ஆறு": 6,
    "ek": 1, "do": 2, "teen": 3, "char": 4, "chaar": 4, "paanch": 5, "panch": 5,
}  # fmt: skip
ADJECTIVES = words("""
    small little young injured hurt wounded sick other elderly old adult more trapped homeless hungry starving
    dead missing disabled big affected pregnant of the us my our grown
""")  # fmt: skip
OWN = words("my our his her their")
KIDS = words("""
    kids children sons daughters babies boys girls hijos ninos enfants siblings brothers sisters parents
    grandparents friends neighbors neighbours roommates nephews nieces cousins pets
""")  # fmt: skip

SETS = Lexicon({
    "2": ["elderly|old|older|young|married couple", "couple", "my wife|husband|partner|girlfriend|boyfriend and i|me", "me|i|myself and my wife|husband|partner|mother|mom|mum|dad|father|son|daughter|baby|kid|child|brother|sister|grandma|grandmother|grandfather|grandpa|friend", "both|two of us", "me|i ~1 {kin} and i", "my {kin} and i|me|myself", "pareja"],
})  # fmt: skip

ONE = Lexicon({
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

VICTIM = Lexicon({
    "victim": [
        "hes|shes|he|she|him|her",
        "my|our|the|a|mi|su ~1 husband|wife|son|daughter|mother|mom|mum|father|dad|papa|brother|sister|grandma|grandmother|grandpa|grandfather|baby|child|kid|boy|girl|friend|neighbor|neighbour|uncle|aunt|hijo|hija|bebe|abuela|abuelo|man|woman|partner|patient",
        "someone|somebody|grandma|grandpa|mom|dad|mum|baby",
    ]
})  # fmt: skip

CREOLE_PEOPLE = words("moun timoun pitit")
FAMILY_BEFORE = words("පවුල් pavul குடும்பங்கள் kudumbangal")
SPEAKER = words("me myself i im ive wife husband")
SPOUSE = words("wife husband partner")
BODIES = words("family group party")
BEFORE_NUMBER = words("lamai lamayi ළමයි දරුවෝ பிள்ளைகள் குழந்தைகள் pillaigal")
FAMILY_OF = frozenset(
    {("family", "of"), ("group", "of"), ("familia", "de"), ("party", "of"), ("famille", "de"), ("were", "about")}
)
WE_ARE = frozenset({("we", "are"), ("total", "of"), ("us", "are"), ("nou", "se")})
AFTER_WE_ARE = words(". in here with and at inside on total trapped stuck who of")

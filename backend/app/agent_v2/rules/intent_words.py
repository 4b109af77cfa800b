# ruff: noqa: E501 - one phrase or one row a line, however long
"""Words by which a message shows whether it asks, offers, thanks, chats, tests or reports."""

from app.agent_v2.rules.need_words import GENERAL_AID
from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.table import words

FIRST = words("""
    i im ive iwill iwould id me my mine myself we weve weare wewill wewould us our ours ourselves nous je moi
    mon ma mwen nou yo estoy tengo necesito necesitamos estamos somos nos mi api apita mata mama naan naanga
    engal enakku hum ham mujhe hamain humein mera
""")
SECOND = words("you youare youwill your yours please help us send tell")

OPENS_QUESTION = words("""
    where what when how which who why is are can could will do does did need needs needed looking
""")

ASKING = Lexicon({"asking": GENERAL_AID})

TEST_WORDS = words("test testing 1 2 3 123")
TEST = Lexicon({"test": """
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

NOTE = Lexicon({"note": """
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

OFFER = Lexicon({"offer": """
    i|we|iwould|iwill|wewill|id|well can|could|may|would|will|am|are|might ~4 donate|volunteer|bring|drop|deliver|provide|cook|offer|contribute|distribute|lend|transport|give ~1 food|clothes|clothing|water|blankets|supplies|goods|meals|help|items|things|toys|time|money|shelter|rooms
    i|we|iwould|iwill|wewould|wewill|id can|could|would|will|am|are [also|like|love|happy|willing|able|glad|available|ready|to|also] [to] [also|like] donate|volunteer|offer|deliver|distribute|lend
    iwould|iwill|wewould|wewill ~3 donate|volunteer|offer|help|bring|give|deliver
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

THANKS = Lexicon({"thanks": """
    thank|thanks|thanked|thankful|grateful|congratulat*
    bless|blesses you|us|all|america|him
    god bless*
    good work|job
    gracias|merci|mesi
    ස්තූතියි*|sthuthi*|isthuthi*
    நன்றி*|nandri*
    shukriya|dhanyavad|dhanyawad
""".strip().splitlines()})  # fmt: skip

CHATTER = Lexicon({"chatter": """
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
    lottery|winner|promo|subscribe
    activate your
""".strip().splitlines()})  # fmt: skip

GREETING = Lexicon({"greeting": """
    hows|how ~1 are|is you|everybody|everyone|it
    whats up
    hello|hi|hey|bonjour|hola|bonswa|bonjou|hallo
    good morning|evening|afternoon|day|night
    ayubowan|vanakkam|salam
    ආයුබෝවන්
    வணக்கம்
""".strip().splitlines()})  # fmt: skip

REPORT = Lexicon({"report": """
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

PAST = Lexicon({"past": """
    said|reported|announced|according|spokesman|spokesperson|spokeswoman
    percent|million|billion|magnitude|richter
    yesterday
    last|previous week|month|year
    killed|died|injured|arrested
    was|were|been ~2 killed|reported|found|attributed|destroyed
    afp|reuters|xinhua|irin
""".strip().splitlines()})  # fmt: skip

NOW = Lexicon({"now": """
    there|theres ~1 is|are|still
    still|now|currently|right now
    is|are being|trapped|stuck|buried|under|inside|bleeding|burning|spreading|drowning|dying
    theres
""".strip().splitlines()})  # fmt: skip

AID_TOPIC = Lexicon({"topic": """
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

OWN_LACK = Lexicon({"lack": """
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

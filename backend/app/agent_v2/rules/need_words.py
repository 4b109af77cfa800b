# ruff: noqa: E501 - one phrase or one row a line, however long
"""Words for what people lack, by category of DOMAIN.md §1, in every language that the assessor reads.

The level is that of the need alone, for an adult in no danger. Whether a word is a need or only a topic ("water came
in", "the food fair") is decided by the phrases themselves: bare words stand only where they nearly always mean a need
in a call for help.
"""

from app.agent_v2.rules.rule import Rule, rule
from app.schemas.vocabulary import NeedCategory as Need
from app.schemas.vocabulary import Severity

MEDIUM, LOW = Severity.MEDIUM, Severity.LOW

NEEDS: tuple[Rule, ...] = (
    rule("need.water", MEDIUM, Need.WATER, "drinking_water", """
        water
        drinking|potable|clean|bottled|purified|fresh|safe water
        thirst
        thirsty|thristy
        nothing|anything|something ~4 drink
        to drink
        drinks
        dehydrat*
        aquatab*
        agua
        sed
        de|l eau
        leau|deau
        eau
        soif
        dlo
        swaf
        බොන්න*|බීමට|බීම
        වතුර*
        ජලය*
        පානීය*
        bonna|bona|beemata
        wathura|watura|wature|wathure|vathura|vatura|wathur|wathuraa|waturaa|wathurak
        தண்ணீர்*|தண்ணி*
        குடிநீர்*
        தாகம்*
        thanni*|tanni*|thanneer*|thannir*|kudineer*|thaneer*|thani
        pani|paani|pyaas*|pyas*
        پانی*
        पानी*|प्यास*
        پیاس*
    """),
    rule("need.food", MEDIUM, Need.FOOD, "food", """
        food
        hunger
        hungry|hungra|hungy
        death angry
        starv*
        famish*
        famine
        eat
        eating|ate|eaten
        rice
        meal|meals
        bread
        ration*
        groceries
        grocer*
        nourish*
        nutrition*
        malnutrition
        provisions
        flour
        feed ~3 {person}|people
        cook
        wfp
        pam ~2 food|card|cards|pass
        canned|perishable goods
        perishable|perishables
        cereal
        edible*
        comida|alimento*|comer|hambre|viveres|despensa*
        nourriture|manger|faim|vivres|alimentaire*
        manje|grangou|diri
        කෑම*
        ආහාර*
        කන්න*
        බඩගින්න*|බඩගිනි*
        බඩ ගිනි*
        bada gini*|ginna*
        බත්
        සහල්|හාල්
        වියළි සලාක*
        සලාක*
        kama|kema|kaema|kaama|kanna|badagin*|badgin*|bathpacket|kemak|kamata
        bath packet*|packets
        உணவு*|உணவ*
        சாப்பாடு*|சாப்பிட*|சாப்பாட*
        பசி*
        அரிசி*
        saapadu*|sapadu*|saappadu*|saappaadu*|sappadu*|saapaadu*|unavu*|pasi|pasikk*|pasikuthu|pasikudhu|arisi*|saapida*|sapida*
        khana|khane|khaana|roti|bhook*|bhuk|bhukh*|bhuke|rashan*|khurak|ata|aata
        کھانا|کھانے|خوراک*|بھوک*|راشن*|آٹا
        खाना|खाने|भूख*|राशन*|भोजन*
    """),
    rule("need.shelter", MEDIUM, Need.SHELTER, "shelter", """
        shelter*
        sheltery
        tent|tents|tentes|tante
        tarp|tarps|tarpaulin*|tarpolin*
        prelate|prela|prelar|bache|baches
        plastic ~2 sheet*|cover*|tarp*
        sheeting
        umbrella*
        homeless
        roof ~3 over|head
        no|without ~3 roof|house|home|houses
        place|somewhere|anywhere ~3 sleep|stay|live
        need|needs|want|help|lack|lacking|require|requires ~6 house|houses|housing|lodging|accommodation
        sleep*|slept|living|live|lives|lying|stay*|spend* ~4 street|streets|outside|outdoors|rain|yard|stars|moon|ground|park|door
        sleeping|sleep out|outside|door|under
        {who}|sleeping|living ~4 in|on|at [the] street|streets
        nothing but us ~5 clothes
        out|under [in] [the] rain
        house|home|houses|homes|room|apartment ~5 collaps*|destroy*|distroy*|broken|broke|brake|crack*|damaged|fell|fallen|gone|washed|burnt|burned|lost|ruined|crushed|demolish*|crumbl*|swept|uninhabitable|crash*
        lost|lose|destroy*|distroy*|damaged|broke|collaps*|without ~4 house|home|houses|homes
        dont|havent|no|not|need|want|needs ~3 house|home|houses|housing
        refugee|refugees|displaced camp|family|families
        evicted|eviction
        roof ~4 gone|blew|blown|off|leak*|damaged|ripped|torn
        dormir|refugio|albergue|carpa|carpas|techo|toldo*|lona|lonas
        sin casa|techo|hogar
        perdi*|perdimos|destruy* ~3 casa|hogar
        abri|abris|tente|tentes|loger|logement|dormir dehors
        maison ~3 detruite*|effondr*|cass*|perdu*
        dort|dormons ~3 rue|dehors
        tant|kay|abri
        prela|bach
        dormi ~3 lari|deyo
        නවාතැන්*
        ඉන්න ~2 තැන*
        නවතින්න
        කූඩාරම්*
        ටෙන්ට්*
        ගෙවල්*|ගේ|ගෙදර|නිවස*|ගෙය ~3 කඩා*|කැඩ*|විනාශ*|ගිහි*|යට*|නැති*|නෑ|හානි*
        තැනක් ~1 නෑ|නැහැ|නැ
        inna|nidaganna ~1 thanak|thanaka|tanak|thena*|denak
        kudaram*|koodaram*
        gewal*|gedara*|geya|gedarath ~3 kada*|gihin|giya|yata*|na|naha|nehe|winasa*
        කඳවුර*
        தங்க* ~1 இடம்*|வீடு*
        தங்குமிட*
        கூடாரம்*|கூடார*
        வீடு* ~2 இடி*|இல்ல*|உடை*|சேத*|போ*|அழி*|மூழ்*
        thanga|thangurathukku|thanguvatharku|thunga idam*|edam*
        veedu|vidu|vedu|veeda|veetu ~2 idinj*|illa*|udanj*|poch*|poitu*|mulug*|sethama*
        koodaram*
        khaima|kheme|khema|khaime|chhat|tambu|ghar|makan ~3 gir|toot|tut|nahi|beh|tabah|khatam
        khaima|kheme|khema|khaime|tambu
        خیمہ*|خیمے*
        तंबू*|टेंट*
        گھر ~2 گر|تباہ
        घर ~2 गिर|टूट|बह
    """),
    rule("need.medicine", MEDIUM, Need.MEDICAL, "medicine", """
        medicine*
        medecine|medecin|medicin|medicaiton*|medicament*|medecines
        medication*
        drug|drugs
        pill|pills|tablets
        prescription*
        antibiotic*
        insulin
        painkiller*
        vaccine*
        vitamin*|vitamines
        bandage*
        first aid
        medical suppl*|equipment|products|items|materials|kit|kits
        health kit|kits|supplies
        pharmac*
        inhaler*
        serum
        pads|condoms
        oxygen
        allergy|heart|pressure pills|medicine|medication
        medicina|medicinas|medicamento*|pastilla*
        medikaman|remed
        බෙහෙත්*
        ඖෂධ*
        beheth|behet|beeheth|oushada*|behethuth|beth
        மருந்து*
        marundhu*|marunthu*|marundu*
        dawa|dawai|dawaiyan|dawaai|adviyat|dava|davai
        دوا*|ادویات*
        दवा*|दवाई*
    """),
    rule("need.medical_help", MEDIUM, Need.MEDICAL, "treatment", """
        medical
        doctor*
        docteur*
        nurse*
        hospital*
        clinic*
        sick
        sickness
        ill
        illness*
        disease*
        ailing
        infection*|infected
        fever
        flu|influenza
        diarr*
        vomit*|malaria|typhoid|cholera|dengue
        injur*
        wound*
        hurt
        broken ~2 {limb}
        bleed*
        bruise*
        patient|patients
        health
        healthcare
        treatment
        surgery|surgeon
        pregnant|pregnancy
        asthma|diabet*|epilep*
        heart attack|problem|disease
        psychologist|psychiatr*
        ambulance*
        fracture*
        headache*
        pain|pains
        panic attack*
        anxiety
        cough*
        rash|rashes
        enfermo*|enferma*|doctor|medico|hospital|fiebre|dolor|herido*|herida*|ambulancia|clinica
        malade*|medecin*|medical*|hopital|fievre|sante|soigner|soins
        malad|dokte|lopital|lafyev|sante
        අසනීප*|ලෙඩ*|වෛද්‍ය*|දොස්තර*|රෝහල*|තුවාල*|උණ*|ප්‍රතිකාර*
        leda*|ledek|dosthara*|dostara*|doctor|thuwala*|una|rohala*|asanip*|asaneep*|ledak
        மருத்துவ*|டாக்டர்*|வைத்திய*|காய*|நோய்*|காய்ச்சல்*|ஆஸ்பத்திரி*
        maruthuva*|doctor*|kaichal*|kaayam*|noi|aaspathiri*|aspathiri*|vaithiya*|udambu
        bimar*|beemar*|ilaj*|bukhar|doctor
        بیمار*|ڈاکٹر*|علاج*|بخار*
        बीमार*|डॉक्टर*|इलाज*|बुखार*
    """),
    rule("need.hygiene_items", MEDIUM, Need.SANITATION_HYGIENE, "hygiene_items", """
        toilet paper
        sanitary|menstrual|period pad|pads|products|napkins|towels
        tampon*
        hygien* ~1 product*|item*|kit|kits|supplies|wipes
        hygienic
        soap
        toothpaste|toothbrush*
        sanitizer
        disinfect*
        cleaning|cleanup|clean supplies|products
        bleach
        wipes|handwipes
        shampoo|toiletries|deodorant
        ointment|gloves|lotion
        baby supplies|supply|supplis
        jabon
        savon
        ijyen
        සබන්*
        saban|sabun|sabon
        சோப்பு*|soappu
    """),
    rule("need.sanitation", MEDIUM, Need.SANITATION_HYGIENE, "sanitation", """
        toilet|toilets
        latrine*
        sanitation
        hygien*
        bathroom|bathrooms|shower|showers
        sewage
        wash|washing ~3 hands|ourselves|clothes
        mosquito*
        garbage|trash|rubbish|waste
        mold|mould
        bano|banos|higiene
        toilettes
        twalet
        වැසිකිලි*|සනීපාරක්ෂක*
        wesikili*|vesikili*
        கழிப்பறை*|கழிவறை*
        kazhippar*|kaliparai*
    """),
    rule("need.clothing", LOW, Need.CLOTHING_BEDDING, "clothing", """
        clothes|clothing|cloths|cloth|cloathes|clothings
        shirts|pants|coat|coats|jacket|jackets|sweater*|sweatshirt*|socks|underwear|shoes|boots|gloves|hats
        garment*
        dress|dresses
        ropa|zapatos|abrigo*
        vetement*|chaussure*
        rad|soulye
        ඇඳුම්*
        andum|endum|anduma*|edum
        உடை*|துணி*|ஆடை*
        thuni|udai|udupu|thunimani*
        kapre|kapray|kapde|kapra|kapda
        کپڑ*
        कपड़*
    """),
    rule("need.bedding", LOW, Need.CLOTHING_BEDDING, "bedding", """
        blanket*
        bedding
        mattress*
        sleeping|sleep bag|bags|mat|mats
        sheets
        pillow*
        bed|beds|covers
        mats
        cold
        freez*
        cobija*|manta|mantas|frazada*|colchon*|frio
        couverture*|matelas|froid
        dra|lenn|kabann|fret
        පැදුර*|පැදුරු*|බ්ලැන්කට්*|රෙදි*|සීතල*
        padura*|paduru*|blanket*
        போர்வை*|பாய்|porvai*|pai
        kambal*|bistar*|rizai*|sardi
        کمبل*
        कंबल*
    """),
    rule("need.infant", MEDIUM, Need.INFANT_CARE, "infant_care", """
        diapers|diaper|pampers|nappy
        formula
        baby|babies|infant|infants|newborn ~4 food|milk|formula|clothes|supplies|wipes|bottles|need|needs|rice
        milk ~4 baby|babies|child|children|kids|infant
        powdered|powder milk
        breastfeed*
        panal|panales|leche
        couches|lait
        kouchet|let
        කිරිපිටි*|පැම්පර්ස්*|කිරි
        kiripiti|kiri|pampers
        பால்மா*|பால்
        paalma|palma
        doodh
        دودھ
        दूध
    """),
    rule("need.power", LOW, Need.POWER_COMMS, "electricity", """
        electric*
        no|without|lost|restore|power power|electricity|light|lights|current
        power ~3 out|off|outage|back|cut|restored|gone|supply|down
        blackout*
        generator*
        battery|batteries
        flashlight*|flash light|lights
        candle|candles
        lamp|lamps|lantern*|torch|torches
        fuel|gasoline|diesel|kerosene
        energy
        charge ~3 phone|phones|mobile
        heat|heating|heater
        luz|electricidad|corriente|pilas|linterna*
        electricite|courant|lumiere
        kouran|limye
        විදුලි*|ලයිට්*|ටෝච්*|ඉටිපන්දම්*
        viduli*|light|laait|torch|itipandam*
        மின்சாரம்*|மின்*|விளக்கு*
        minsaram*|current
        bijli
        بجلی
        बिजली
    """),
    rule("need.heat", MEDIUM, Need.POWER_COMMS, "heat", """
        no|without|lost|any [the|our] heat|heating|heater
        heat|heating|furnace|heater ~3 out|off|broken|stopped|work|working|gone
    """),
    rule("need.comms", LOW, Need.POWER_COMMS, "communication", """
        phone|phones ~4 card|cards|credit|minutes|charge|charger|battery|signal|line|network
        signal|network ~4 no|phone|digicel|down
        no signal|network|reception|internet
        internet
        minutes
        recharge
        charger|chargers|powerbank*
        prepaid
        sim card
        cell phone
        communicat*
    """),
    rule("need.transport", LOW, Need.TRANSPORT_ACCESS, "transport", """
        transport*
        road|roads|bridge|street ~5 blocked|closed|cut|broken|impassable|washed|destroyed|damaged|clear*|flooded|gone|debris
        need|want|find|get|give|no|free ~4 ride|bus|buses|car|vehicle|truck|lift|tractor
        bus|buses ~4 go|get|to|where
        leave ~4 port|city|town|area|pap|country
        stuck ~3 traffic|road
        vehicle*
        tree ~3 road|street|driveway
        transporte
        camino|carretera ~3 bloquead*|cerrad*
        වාහන*|පාර ~2 වැහි*|වහල*|අවහිර*
        wahana*|para ~2 block|wahila
        வாகன*|சாலை|பாதை ~2 தடை*|மூடி*
        vaagan*|vahan*
        gari|gaadi|rasta|sarak ~2 band
    """),
    rule("need.missing_person", MEDIUM, Need.MISSING_PERSON, "missing_person", """
        missing
        looking|searching|search ~2 for ~4 {kin}|someone|relative*|cousin*|name
        cant|couldnt|not|no ~2 find|locate|reach|contact|hear|heard|news ~4 {kin}|relatives|him|her
        heard|hear|hearing|know|news|information|contact ~3 from|about|of|where ~3 my ~1 {kin}
        lost ~2 {kin}|contact
        last seen
        disappeared
        alive ~6 {kin}|know|they|radio
        know ~6 alive
        whereabouts
        whoever sees
        relatives
        reunit*
        check|checks|checked on ~3 {kin}
        welfare check
        desaparec*
        perdid*|busco ~3 hijo|hija|hermano|hermana|mama|papa|familia
        disparu*
        disparet|pedi ~2 pitit|fre|se|manman|papa
        අතුරුදහන්*|සොයා*|හොයන*
        athurudahan*|hoyanawa|hoyaganna
        காணவில்லை*|காணாம*|காணோம்*
        kanavillai*|kaanavillai*|kaanom|kanom|kaanala
        gumshud*|lapata
        لاپتہ*|گمشدہ*
        लापता*
    """),
    rule("need.rescue", MEDIUM, Need.RESCUE, "rescue", """
        rescue
        rescued ~4 {neg}
        rescuers
        save us|me
        get us out
        pull us out
        need ~3 boat|boats|helicopter|chopper
        boat|boats ~3 needed|send|please
        send ~3 boat|boats|helicopter|rescue|chopper
        rescate|lancha
        sauvetage
        බෝට්ටු*
        bottu*|boattu*|boat|bot ekak|eka
        படகு*
        padagu*|padaku*
        kashti|naav|boat
        کشتی
        नाव
    """),
    rule("need.protection", MEDIUM, Need.PROTECTION, "security", """
        security
        police
        soldiers
        protection
        thieves|thief
        steal|stealing|stole|stolen
        looting|looters
        bandit*
        robber*
        prisoners|convicts
        fighting
        afraid ~3 night|men|bandits
        policia
        polis|police ~2 send
        පොලිසි*
        policiya
    """),
    rule("need.evacuation", MEDIUM, Need.EVACUATION, "evacuation", """
        evacuat*
        get out of here
        take|get|bring|move ~2 us|me|them|him|her ~2 out|away|hospital|safe|safety
        want|need|trying|like|must ~2 leave|evacuate
        safe place
        higher ground
        stranded|stuck
    """),
    rule("need.money", LOW, Need.OTHER, "money", """
        money
        cash
        financial*
        fund|funds
        loan
        afford
        rent
        watan
        dinero
        argent
        lajan|kob
        සල්ලි*|මුදල්*
        salli|sallith|mudal
        பணம்*|panam|kaasu
        paisa|paise|pesa
        پیسے
        पैसे*
    """),
    rule("need.work", LOW, Need.OTHER, "work", """
        job|jobs
        work ~3 find|looking|need|want|like
        find|looking|need|want|like ~3 work
        employ*
        resume|cv
        unemployed
    """),
    rule("need.tools", LOW, Need.OTHER, "tools", """
        tool|tools
        shovel*
        broom*
        chainsaw*
        pump|pumps ~3 water|need|basement
        equipment
        materials
        trash bags
        sandbag*
    """),
    rule("need.damage", LOW, Need.OTHER, "damage", """
        fence|shed|garage|gutter|window|windows|driveway|shingles|siding|porch|mailbox|gate|carport|patio ~6 blew|blown|down|fell|broken|broke|shattered|damaged|street|off|gone|cracked|missing|destroyed|loose|leak*
        basement|cellar|yard|garden|crawlspace|garage ~4 flooded|wet|inch*|water|damp|soaked
        tree|branch|limb|branches ~5 down|fell|fallen|yard|fence|driveway
        debris ~4 yard|street|road|driveway|clear*
        leak|leaks|leaking|dripping ~4 roof|ceiling|pipe|faucet|sink|window
        roof|ceiling|pipe|faucet|sink|window ~3 leak|leaks|leaking|drip*|dripping
        broken|cracked|shattered window|windows|pipe|door
        crops|livestock|animals|cattle|cows|goats|chickens
        pet|pets|dog|cat
        insurance
        repair*
        rebuild*
    """),
    rule("need.information", LOW, Need.INFORMATION, "information", """
        information*|informations|info|infos|informed|importain|inforamtion
        inform me|us
        news
        want|like|need|love|wish|wanna|wants|may ~2 know
        let ~1 know
        tell ~1 me|us
        where|when|how|what|which|who|why ~4 can|do|does|will|is|are|should|could|i|we|to|the|must|did|has|was|would
        is|are|will|does|do|can|could|would|did|should|may|has it|there|we|i|you|they|the|someone|anyone
        is it true
        question
        answer me
        explain
        advice|advise
        number ~2 call|for
        address of
        informacion
        donde|cuando|como ~3 puedo|podemos|hay|esta
        ou|quand|comment|quel ~3 peut|est|trouver|sont
        kote|kile|kouman|ki
        enfomasyon|nouvel
        තොරතුරු*|කොහෙද*|කවදාද*|කොහොමද*|මොකක්ද*
        thorathuru*|koheda|kawadada|kohomada|mokakda
        தகவல்*|எங்கே*|எப்போது*|எப்படி*
        thagaval*|enga|eppo|eppadi
        kahan|kab|kaise|malumat
        کہاں|کب|معلومات
        कहाँ|कहां|कब|कैसे
    """),
)  # fmt: skip

GENERAL_AID: tuple[str, ...] = tuple("""
    help|hlp
    aid|aids
    assist*
    need|needs|needed|nee|needing
    please
    victim*
    suffer*
    lost everything
    relief
    distribut*
    received|receive|recieved|get|got|gotten|found|find|find|sent|had ~3 anything|nothing|any|aid|help
    nothing
    send|bring|give|provide ~2 us|me
    do something
    save|sove
    forgotten|forgot|forget ~1 us
    remember us
    beg|begging
    support
    misery
    donat*
    supplies|supply
    require*
    want|request*|ask|asking|lack|lacking|shortage
    emergency
    urgent*
    necesit*|ayud*|por favor|favor
    besoin|aide*|aidez
    bezwen|ede|tanpri|sekou|svp|silvouple|ed
    උදව්*|ඕන*|ඕනෙ*|ඕනේ*|දෙන්න|අවශ්‍ය*|අනේ
    udaw*|udav*|oni|oone|onee|one|ona|denna|dennako|awashya*|aney
    உதவி*|உதவு*|வேண்டும்*|வேணும்*|தேவை*|வேண்*
    udhavi*|uthavi*|udavi*|vendum*|venum*|venu|thevai*|tharunga|anuppunga*|kudunga*
    madad*|chahiye|chahiyay|chaye|zarurat|zaroorat|bhejo|bheje|imdad
    مدد*|چاہیے*|ضرورت*|امداد*
    मदद*|चाहिए*|जरूरत*|ज़रूरत*|सहायता*
""".strip().splitlines())  # fmt: skip
"""Words of asking that name no need."""

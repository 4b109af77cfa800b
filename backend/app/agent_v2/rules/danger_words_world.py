# ruff: noqa: E501 - one phrase or one row a line, however long
"""Danger words in Sinhala, Tamil (both scripts), Spanish, French, Haitian Creole, Urdu and Hindi.

Rows carry the name of the English rule they belong to, so that level, category and detail are stated once. People
write these languages in many spellings; a shared stem with `*` is preferred to a list of endings.
"""

from app.agent_v2.rules.danger_words import CRITICAL, HIGH
from app.agent_v2.rules.rule import Rule, rule
from app.schemas.vocabulary import NeedCategory as Need

_SPANISH: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", """
        no|ni|apenas|casi|dejo|sin [puede|puedo|pueden|podemos|esta|estan|logra|de|me|le|se|poder] respir*
        cuesta|dificultad|dificil|problemas|problema ~3 respirar
        falta|le|me|faltando|sin ~2 aire
        asfixi*
        sofoc*
        labios|cara|boca|unas|piel ~3 azul*|morad*
        poniendo|pone|puso|esta|ponerse azul|morad*
        azul|morado|morada
        ataque ~2 asma
    """),
    rule("danger.no_pulse", CRITICAL, Need.MEDICAL, "cardiac_arrest", """
        no|sin ~3 pulso
        paro cardiac*|respiratorio
        corazon ~3 paro|detuvo|late
    """),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", """
        inconscient*
        inconcient*
        desmay*
        no ~1 despierta|responde|reacciona|despertar|mueve|contesta
        perdio|pierde ~2 conocimiento|conciencia
        se desplomo
        colapso
    """),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", """
        infarto*
        infart*
        ataque ~3 corazon|cardiac*
        dolor|duele|presion|opresion ~4 pecho
        pecho ~3 dolor|duele|oprim*
    """),
    rule("danger.stroke", CRITICAL, Need.MEDICAL, "stroke", """
        derrame
        derrame cerebral
        embolia
        cara ~3 caida|torcida|dormida
        no puede hablar|mover
        lado ~4 dormido|paraliz*|debil
        paraliz*
    """),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "convuls*\nataque epileptico\nepilep*\nespuma ~3 boca"),
    rule("danger.choking", CRITICAL, Need.MEDICAL, "choking", """
        atragant*
        ahog*
        atorad* ~4 garganta
        atascad* ~4 garganta
        garganta ~3 atorad*|atascad*
    """),
    rule("danger.allergy", CRITICAL, Need.MEDICAL, "allergy", """
        reaccion alergica
        alergi* ~4 garganta|hinch*|respir*
        garganta|lengua|cara|labios ~4 cerr*|cierra|hinch*
        hinch* ~3 garganta|lengua|cara|labios
    """),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", """
        sangr* ~4 mucho|mucha|bastante|para|parar|detiene|detener|demasiado|abundante
        mucha|perdiendo|pierde|perdido|vomita|vomitando|tosiendo|lleno ~2 sangre
        no ~3 para|parar|deja|detener ~3 sangr*
        sangrado ~2 fuerte|grave|abundante
        hemorragia
        desangr*
    """),
    rule("danger.bleeding_some", HIGH, Need.MEDICAL, "bleeding", "sangr*"),
    rule("danger.trauma", CRITICAL, Need.MEDICAL, "severe_injury", """
        amput*
        herid* ~2 grave*|bala|arma
        grave|gravemente|muy herid*|lesionad*
        balazo*
        baleado|balead*|apunal*|acuchill*
        disparo|disparos|disparan|disparando|dispararon
        aplast*
        cortado|corto|perdio ~3 dedo|dedos|brazo|pierna|mano
        no siente|siento|puede|puedo ~2 piernas
        fractura expuesta
        golpe ~3 cabeza
        atropell*
    """),
    rule("danger.burns", CRITICAL, Need.MEDICAL, "burns", "quemad* ~3 grave*|cuerpo|cara|brazos|piernas|todo\nquemaduras\nse quemo"),
    rule("danger.electric", CRITICAL, Need.MEDICAL, "electrocution", "electrocut*\ndescarga electrica\ncables ~4 agua|caido*"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", """
        contracciones
        de|trabajo parto
        parto
        rompio|rompieron|rota ~3 fuente|aguas
        dar|dando|esta|va a luz
        dando a luz
        dar a luz
        bebe ~2 viene|naciendo|saliendo
        embarazada ~8 sangr*|dolor*|contracc*|parto
    """),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", """
        agua ~6 pecho|cuello|cintura|techo|hombros|cabeza|ventana*
        agua ~3 sube|subiendo|crece|entra|entrando ~3 rapido|mucho
        se ~2 ahog*
        corriente ~4 llev*|arrastr*
        arrastr* ~4 agua|corriente|rio
        llevo|llevando|lleva ~3 corriente|rio|agua
        no sabe|sabemos|puede|puedo nadar
        cayo ~3 rio|agua|pozo|mar
        techo ~8 agua|inund*
        carro|coche|auto ~5 hund*|agua|inund*
    """),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", """
        agua ~4 sub*|entr*|crec*|creciendo
        sube ~2 agua
        rio ~3 crec*|desbord*|sub*
        inundad*
        inundacion
        varad*
        aislad*
        incomunicad*
        rodead*
        evacuar|evacuacion
        en|sobre ~1 techo
    """),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", """
        atrapad*
        atorad*
        encerrad*
        no ~2 puedo|podemos|puede|pueden|logramos ~1 salir|escapar
        no hay salida|escape
        rescat*
        socorro
        auxilio
        salven*
        salvame|salvanos|salvenos|salvenme
    """),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", """
        escombros
        sepultad*
        enterrad*
        debajo ~4 casa|techo|pared|arbol|carro|tierra
        bajo ~2 escombros|tierra|lodo|techo|arbol|casa
        se ~3 derrumb*|cayo|desplom* ~3 casa|techo|edificio|pared|encima
        techo|casa|pared|edificio|arbol ~4 encima|derrumb*|cayo|colaps*
        cayo encima
        deslave|alud|avalancha|derrumbe*
    """),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", """
        incendi*
        fuego
        llamas
        quemando|quemandose|ardiendo
        se quema
        humo ~4 mucho|lleno|casa|respir*|negro
        mucho humo
        explosion*
        exploto*
        bomba
    """),
    rule("danger.gas", CRITICAL, Need.RESCUE, "gas", """
        gas ~3 fuga|olor|huele|escape|fuerte
        fuga|olor|huele|escape|oler ~3 gas
        monoxido
        generador ~8 mare*|dolor|adentro|dentro
    """),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", """
        secuestr*
        violaron|violando|violo|violada|violacion
        disparos|tiroteo|balacera
        pistola|cuchillo|machete|arma|armados|armado
        me|nos|lo|la ~1 golpea|golpeando|pegando|atacando|atacan|mata|matar
        van a matar
    """),
    rule("danger.self_harm", CRITICAL, Need.MEDICAL, "self_harm", """
        suicid*
        matarme|matarse
        quitarme|quitarse la vida
        quiero|quiere morir|morirme|morirse
        no quiero|quiere vivir
    """),
    rule("danger.poison", CRITICAL, Need.MEDICAL, "poison", """
        sobredosis
        tomo|trago|bebio|comio|ingirio ~4 pastillas|veneno|cloro|lejia|gasolina|pila|raticida|quimico*
        envenen*
        veneno
        intoxic*
    """),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", """
        serpiente|vibora|culebra|cascabel|alacran|escorpion
        mordedura
        mordio ~3 serpiente|vibora|culebra
    """),
    rule("danger.exposure", CRITICAL, Need.MEDICAL, "hypothermia", "hipotermia\ncongel*\ngolpe ~1 calor"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", """
        se|esta|estan|estamos|me ~2 muriendo|muere|muero
        va|vamos|voy|van a morir
        muriendo|muriendose
        vida o muerte
        peligro ~2 muerte
    """),
    rule("danger.life_support", CRITICAL, Need.MEDICAL, "life_support", "oxigeno\nrespirador\nventilador mecanico\ntanque ~2 oxigeno"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "herid*\nlastim*\nfractur*\nquemad*\nrot* ~3 pierna|brazo|hueso\ncortad*\ncayo\ngolpead*\naccidente"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", """
        insulina
        dialisis
        diabetic*
        ambulancia
        fiebre ~3 alta|mucha|#
        mucha fiebre
        dolor ~2 fuerte|insoportable|intenso
        mucho|fuerte dolor
        deshidrat*
        ataque ~2 panico
        vomit*
        asma
        inhalador
        muy enferm*|grave|mal
        emergencia medica
    """),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "muriendo ~2 hambre\nsin comer\nno hemos comido\n"),
    rule("danger.thirst", HIGH, Need.WATER, "dehydration", "muriendo ~2 sed\ndeshidratad*"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", "emergencia\nurgente\nurgencia\nayuda\nayud*\napurense|rapido\npeligro"),
    rule("danger.missing_child", HIGH, Need.MISSING_PERSON, "missing_child", """
        no ~2 encuentro|encontramos|aparece ~2 hijo|hija|nino|nina|bebe|hijos
        hijo|hija|nino|nina|bebe ~3 perdid*|desaparec*
    """),
    rule("danger.infant_unfed", HIGH, Need.INFANT_CARE, "infant_formula", "sin|no|falta|necesito|necesitamos ~4 formula|leche ~4 bebe|bebes\nbebe ~5 sin|necesita leche|formula"),
)  # fmt: skip

_FRENCH: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", """
        ne|peut|plus|pas|mal|arrive ~4 respire*|respirer
        respire* ~2 plus|pas|mal
        etouff*
        setouffe
        levres ~3 bleues|bleu*
        tout bleu
        crise ~1 asthme|dasthme
    """),
    rule("danger.no_pulse", CRITICAL, Need.MEDICAL, "cardiac_arrest", "pas|plus ~1 pouls\narret cardiaque"),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", "inconscient*\nevanoui*\nne|se reveille ~1 pas|plus\nne repond ~1 plus|pas\nperdu connaissance\nne bouge plus|pas"),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", "crise cardiaque\ninfarctus\ndouleur*|mal|serre ~3 poitrine"),
    rule("danger.stroke", CRITICAL, Need.MEDICAL, "stroke", "avc\nparalys*\nne peut plus parler"),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "convuls*\ncrise ~1 epilepsie|depilepsie"),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", "saign* ~3 beaucoup|arrete|fort|abondamment\nperd* ~2 sang\nhemorragie\nbeaucoup ~1 sang"),
    rule("danger.bleeding_some", HIGH, Need.MEDICAL, "bleeding", "saign*"),
    rule("danger.trauma", CRITICAL, Need.MEDICAL, "severe_injury", "ampute*\ngravement|grievement|tres blesse|blesses|blessee\nblesse* ~2 grave*|balle\npoignard*\ncoup ~1 couteau|feu\necras*"),
    rule("danger.burns", CRITICAL, Need.MEDICAL, "burns", "brul* ~3 grave*|visage|corps|gravement\ngrand brule"),
    rule("danger.electric", CRITICAL, Need.MEDICAL, "electrocution", "electrocut*"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", "accouch*\nperdu les eaux\nle bebe arrive\nenceinte ~6 saign*|douleur*|contractions"),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", "noie|noyer|noyade|noyes\neau|leau ~5 poitrine|cou|taille|toit|fenetre*\nemporte* ~4 eau|leau|courant\nsur ~1 toit\neau|leau monte vite"),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", "eau|leau monte\ninond*\nbloque*\nisole*\nevacu*"),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", "coince*\npiege*\npris au piege\nprisonnier*\nau secours\nsauvez\npeut|pouvons|peux pas|plus sortir"),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", "enseveli*\ndecombres\ngravats\nsous ~2 maison|mur|toit|arbre|beton|boue\neffondr* ~4 sur\ncoulee|glissement"),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", "incendie*\nfeu\nflammes\nbrule\nexplos*\nfumee"),
    rule("danger.gas", CRITICAL, Need.RESCUE, "gas", "fuite|odeur|sent ~3 gaz\nmonoxyde"),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", "viol|viole|violee\nkidnapp*|enleve\ntirs|fusillade\nhomme* arme*"),
    rule("danger.self_harm", CRITICAL, Need.MEDICAL, "self_harm", "suicid*\nveux|veut mourir\nme tuer"),
    rule("danger.poison", CRITICAL, Need.MEDICAL, "poison", "empoisonn*\noverdose|surdose\navale ~4 medicaments|javel|pile|poison|cachets"),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", "serpent|vipere"),
    rule("danger.exposure", CRITICAL, Need.MEDICAL, "hypothermia", "hypothermi*"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", "va|vais|allons|vont mourir\nen train ~1 mourir\nmeurt|mourons"),
    rule("danger.life_support", CRITICAL, Need.MEDICAL, "life_support", "oxygene\nrespirateur"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "blesse|blesses|blessee|blessees\nfracture*\ncass* ~3 jambe|bras"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", "insuline\ndialyse\ndiabetique*\nambulance\nforte fievre\ntres malade*\ncholera\ndeshydrat*"),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "mour* ~2 faim\nrien mange"),
    rule("danger.thirst", HIGH, Need.WATER, "dehydration", "mour* ~2 soif"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", "urgence|urgent|urgente\naide|aidez|aider\nsecours\nvite"),
)  # fmt: skip

_CREOLE: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", "pa|pap|paka [ka|kapab] respire\ntoufe\nsoufle ~2 kout|anle"),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", "san|pedi konesans\nendispoze\ntonbe ~1 endispoze\npa reveye|reponn"),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", "kriz ke|kadyak\ndoule ~2 lestomak|pwatrin"),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "malkadi\nkriz"),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", "senyen\npedi ~2 san\nsan ~1 koule"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", "akouche\ntranche\nfanm ansent ~5 doule|senyen"),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", "neye|nwaye\ndlo ~4 pwatrin|kou|ren|tet|do\ndlo ~4 pote|bwote\nsou ~1 tet|do kay"),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", "kole\nbloke\npa ka soti\npa kapab soti\nanmwe|anmwey|amwe\nsove m|mwen|nou|lavi\nsovem|sovenou"),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", "anba ~2 dekonb|dekom|mi|mur|beton|kay|miray|blok"),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", "dife\nboule\nap boule"),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", "ap|yo tire\nbandi*\nkadejak\nkidnape"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", "ap|pral|nap|map mouri\nfin mouri"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "blese\nkase ~2 pye|janm|bra\npye kase"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", "malad ~3 anpil|grav\nkolera\nlafyev\nanbilans\nensilin"),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "grangou ~3 touye|mouri\nmouri ~2 grangou"),
    rule("danger.thirst", HIGH, Need.WATER, "dehydration", "swaf ~3 touye|mouri\nmouri ~2 swaf"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", "sekou\nede m|mwen|nou\nedem|edenou\nijans\nmande|bezwen ed"),
)  # fmt: skip

_SINHALA: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", """
        හුස්ම*
        husma|husme|hushma|usma|husmak
        husmaganna|husmagannaba
        nil paata
        thol ~2 nil
    """),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", """
        සිහිය|සිහි|සිහියක්|සිහිය* ~2 නැ*|නෑ*|නැති*
        සිහිසුන්*
        සිහිනැති*
        කතා කරන්නේ නෑ|නැහැ|නැ
        sihiya|sihi|siheya|sihiye ~2 na|naa|nae|nehe|naha|nathi|nethi|nati|nathuwa
        sihinathi*|sihinati*|sihiyanathi*
        katha karanne na|naa|nehe|naha
        nagitinne na|naa|nehe|naha
        ඇහැරෙන්නේ නෑ|නැහැ
    """),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", """
        හෘදයාබාධ*
        හාට් එක
        හාර්ට් ඇටෑක්*
        පපුව*|පපුවේ|පපුවේ* ~2 රිදෙ*|වේදනා*|කැක්කුම*|අමාරු*
        papuwa|papuwe|papuve|papuva ~2 ride*|ridenawa|kakkuma|kekkuma|wedana*|vedana*|amaru*
    """),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "වලිප්පු*\nඅපස්මාර*\nwalippu*\nvalippu*\napasmara*\nfit eka|ekak"),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", """
        ලේ ~1 ගල*|යන*|එන*|ගිහි*|වැගි*|නවත*|යනව*
        රුධිර*
        ලේ
        le|ley|lee|leh ~2 gala*|galanawa|yanawa|enawa|enava|yanava|wegirenawa|natharawenne|gihin
        rudhiraya
    """),
    rule("danger.electric", CRITICAL, Need.MEDICAL, "electrocution", "විදුලි සැර*\nවිදුලිසැර*\nකරන්ට් ~2 වැදි*|වදි*\nකරන්ට් එක\nකරන්ට්\ncurrent|karant|karan ~2 wadila|wadina|wedila|vadila|wadune|gahala\nviduli ~1 sara*"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", """
        විලිරුදා*
        විලි රුදා*
        ප්‍රසූති*
        ප්‍රසව*
        දරුවා|ළමයා|බබා|දරුවෙක් ~1 ලැබෙන්*|හම්බෙන්*|හම්බවෙන්*|ලැබෙ*
        wili|vili ruda*
        wiliruda*
        lamaya|baba|babek|lamayek|daruwa ~1 hambe*|labenna*|labena*|lebenna*
        prasutha*|prasutiya
        බඩ රිදෙ*
    """),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", """
        ගිලෙ*
        ගිලිල*
        ගිලිලා
        ගිලී*
        ගිලුණ*
        දියේ
        ගසාගෙන
        ගහගෙන
        ගහගන*
        වතුර*|වතුරට|වතුරේ ~3 ගහගෙන|ගසාගෙන
        වතුර*|ජලය ~4 පපුව*|බෙල්ල*|කර|ඉණ*|ඔළුව*|කට|වහල*|උඩට
        වහල*|වහලේ|වහලය|වහලෙ උඩ*
        gilen*|gilila|gilena*|gilunu*|gilune|gilla
        diye gil*
        gahagena|gasagena|gahagana|gaha gena|gasa
        gaha gena
        wathura*|watura*|wature*|wathure* ~4 papuwa*|papuwata|bella*|bellata|kara|ina|inata|oluwa|wahala*|kata
        wahala|wahale|wahalaya|vahala|wahle ~1 uda*
    """),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", """
        වතුර*|ජලය|ගංවතුර* ~3 නගි*|වැඩි*|උස්ස*|එන*|ඇවිල්*|පිරි*|ඇතුළ*|ගල*|බහි*
        ගංවතුර*
        යට ~1 වෙල*|වී|වෙන*|උන*|වෙලා
        යටවෙ*
        කොටු ~1 වෙල*|වී*
        හුදකලා
        අතරමං*
        wathura|watura|wature|wathure|wature*|wathura* ~3 nagina*|wadi*|wedi*|vadi*|enawa|enava|awilla|pirila|athulata|ethulata|ussana*|uda
        gangwathura|gangawathura|ganwathura|gan wathura
        gan wathura|watura
        yata|yataa wela|wenawa|una|vela|wela|wenna
        yatawela|yatavela
        kotu|kotuwela ~1 wela|vela
        atharaman*
        badiwela|bahinawa
    """),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", """
        හිර*
        සිර වී|වෙල*
        සිරවී*|සිරවෙ*
        කොටුවෙල*
        බේර*
        බේරගන්*
        බේරාග*
        ගලවා*|ගලවග*
        මුදවා*|මුදවග*
        එළියට ~2 බෑ|බැහැ|බැරි*
        hira|hiraa|hire ~1 wela*|vela*|una*|unaa|wuna|wenawa|vuna|unu|welaa
        hirawela*|hiravela*|hiraunaa|hirauna|hiruwela|hirawuna|hiravuna|hiraweala|hirawelaa
        hira|hirawela*
        bera|beraa|bere|beera ~1 gan*|gann*|ganin|gannawada
        beraganna*|beragan*|beraagan*|beeragan*|bereganna*|beranna*|beragnna*|berganna*|baraganna*|beragatha*|beraga*
        galawaganna*|galavaganna*|mudaganna*
        eliyata ~2 ba|baha|behe|bari|bae|baa
        yanna|enna|eliyata ba|baha|behe|bari
    """),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", """
        නාය*
        නායයෑ*
        පස් ~3 යට*|කඩා*|කන්ද*
        පසට ~1 යට*
        වැළලි*
        ගොඩනැගිල්ල* ~2 කඩා*
        ගේ ~2 කඩා* ~3 යට*
        ගහක් ~3 උඩ*|වැටි*
        naya|nai|naaya|naye ~1 yanawa|yaama|yama|gihin|giya|gihilla|giyaa|yanava|yemak|yamak
        nayayam*|nayayanawa|naayayam*|nayagiya|nayayema*
        pas|pasata|pas kanda ~3 yata*|kada*
        kanda ~2 kada*|kadagena
        yata ~2 hira*
    """),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", """
        ගිනි*
        ගින්න*
        පිච්ච*
        පුපුර*
        gini|ginna|ginnak|gindara|ginnen
        giniganna*|ginigannawa|giniaragena
        pichchila|pichuna|pichcena|pichchuna
        pupurala|pipirila|pipuruma
    """),
    rule("danger.gas", CRITICAL, Need.RESCUE, "gas", "ගෑස් ~3 ගඳ*|කාන්දු*|ලීක්*|සුවඳ*\ngas|ges|gaas ~3 gandha*|ganda*|leek|leak|kandu*|liik"),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", """
        සර්ප*
        නයෙක්*
        නයා
        පොළඟ*|පොළොං*|කරවල* ~3 කෑ*|දෂ්ට*|කාල*
        දෂ්ට*
        sarpa*
        nayek*|polang*|polon*|polan* ~3 kaala|kala|kewa|kaewa|dashta|gahala|kava|kalaa
        naya kala|kaala|kewa|kaewa|dashta
        dashta*
        අලි*|අලියා|කිඹුල* ~4 පහර|ගහල*|ගැහු*|ඇවිල්*
        aliya|ali|kimbula ~4 gahala|gahuwa|pahara|awilla|aeilla
    """),
    rule("danger.poison", CRITICAL, Need.MEDICAL, "poison", "වස ~2 බී*|කා*|බිව්*\nවහ ~2 බී*|කා*|බිව්*|බිල*\nවිෂ*\nwasa|waha|vasa|vaha ~2 beela|biwwa|bila|bibila|kala|bonna|biila"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", """
        මැරෙ*
        මැරෙන්න
        මරණ*
        ජීවිත* ~2 අනතුර*|බේර*
        marenawa|marenava|merenawa|merena|marenna|mareyi|mareneva|marenne
        jeewitha*|jivitha* ~3 anathur*|bera*|awadanam
    """),
    rule("danger.trauma", CRITICAL, Need.MEDICAL, "severe_injury", """
        බරපතල* ~2 තුවාල*
        තුවාල* ~2 බරපතල*|දරුණු*
        barapathala|barapatala|darunu ~2 thuwala*|tuwala*|thuvala*
        වෙඩි*
        වෙඩි තබ*
        wedi ~2 thabala|thiyala|wadila|wedila
        පිහි*|පිහියෙන් ~2 ඇන*
        pihiyen|pihiyakin
    """),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", "දූෂණ*\nපැහැරගෙන*\nගහනවා\nමරන්න\ndushana*\npaharaagena|paharagena\nmaranna hadanawa\ngahanawa mata|apita"),
    rule("danger.self_harm", CRITICAL, Need.MEDICAL, "self_harm", "දිවි නසා*\nසියදිවි*\nමැරෙන්න ඕන*\ndivi nasa*\nsiyadivi*\nmarenna ona|oni|one|hithenawa|hitenawa\njeewath wenna ba|baha|bari"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "තුවාල*\nකැඩිල*|කැඩුණ*|කැඩුන* ~2 කකුල*|අත*\nකකුල*|අත* ~1 කැඩ*|කැපි*\nthuwala*|tuwala*|thuvala*\nkakula|atha ~2 kadila|kedila|kapila|kepila|kaduna\nඅනතුර*\nanathura*"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", """
        අසනීප*
        ඉන්සියුලින්*
        ඩයලිසිස්*
        දියවැඩියා*
        ගිලන් රථ*
        රෝහල*
        ඉස්පිරිතාල*
        උණ ~2 සැර*|වැඩි*|තද*|දරුණු*
        සැර|තද උණ*
        අමාරු*|අමාරුයි
        asanip*|asaneep*|asaniip*
        insulin*
        diyawadiya*|diyavadiya*
        ambulance*|gilan ratha*
        rohala|rohalata|ispirithal*|isprithal*
        una ~2 sara|wadi|tada|hodatama|wedi
        amaru*
    """),
    rule("danger.infant_unfed", HIGH, Need.INFANT_CARE, "infant_formula", "කිරි ~2 නෑ*|නැහැ*|නැ*|ඉවර*\nකිරිපිටි*\nkiri ~2 na|naa|nehe|naha|nathi|iwarai|iwara\nkiripiti|kiri piti"),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "දවස් ~4 කාල*|කෑම*|කෑවේ*\nකාලා නෑ\nbadagin* ~3 marenna|merenna|marenawa\ndawas|davas ~4 kaala|kala|kanna|kaama|kama"),
    rule("danger.missing_child", HIGH, Need.MISSING_PERSON, "missing_child", "දරුව*|ළමය*|පුත*|දුව* ~3 අතුරුදහන්*|නැතිවෙල*|හොයාගන්න*\nlamaya|lamayek|daruwa|putha|duwa ~3 nathiwela|nathi|athurudahan|hoyaganna"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", """
        උදව්*
        උදවු*
        උදවි*
        උපකාර*
        හදිසි*
        ඉක්මන*
        ආධාර*
        අනේ
        udaw|udaww*|udav|udavv*|udau|udavu*|udawu*|udauw*|udavi|udawa|udawwak|udawak|udavak|udaukaranna
        upakara*
        hadisi*|hadissi*
        ikmanata|ikmanin|ikmanta|ikmata
        aadara|adhara|aadhara
        ane|aney|aneh|anee
    """),
)  # fmt: skip

_TAMIL: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", """
        மூச்சு*
        மூச்சுத்*
        மூச்ச*
        moochu*|muchu*|mooch|mochu|moochi*|muuchu*
        swasam|suvasam|swasikka
        சுவாச*
    """),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", "மயக்க*\nமயங்கி*\nசுயநினைவு*\nநினைவு ~1 இல்ல*|இழ*\nஉணர்வ* ~1 இல்ல*|இழ*\nmayakka*|mayanghi*|mayangi*|mayanki*\nsuyaninaivu*\nninaivu illa*|ilai"),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", "மாரடைப்பு*\nநெஞ்சு*|நெஞ்சில் ~1 வலி*\nநெஞ்சுவலி*\nnenju*|nenjil|nenjhu ~1 vali*|wali*\nnenjuvali*\nmaaradaippu*|maradaippu*|maradaipu*"),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "வலிப்பு*\nவலிப்ப*\nvalippu*|valipu*|valipp*"),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", "இரத்த*\nரத்த*\nஇரத்தம்\nratham|raththam|rattham|ratam|iraththam|irattham|iratham|rattam|raktam"),
    rule("danger.electric", CRITICAL, Need.MEDICAL, "electrocution", "மின்சார* ~2 தாக்*|பாய்ந்*\nமின் ~1 தாக்*|கம்பி*|அதிர்ச்சி*\nகரண்ட் ~2 அடி*|ஷாக்*\nminsara* thakk*|thaak*|paay*\ncurrent|karant ~2 adich*|adichi*|shock|adichu*"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", "பிரசவ*\nபிரசவவலி*\nபனிக்குட*\nகுழந்தை ~1 பிறக்*\nprasava*|pirasava*|pirasavam|brasava*\nkuzhandhai|kulandhai|kulanthai|kuzhanthai|kolandhai ~1 pirakk*|porakk*|piraka*"),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", """
        மூழ்க*
        மூழ்கி*
        முழுகி*|முங்கி*
        அடித்துச்|அடித்து|அடிச்சு ~1 செல்*|சென்*|போ*|கொண்டு
        தண்ணீர்|தண்ணி|வெள்ளம் ~3 கழுத்து*|நெஞ்சு*|இடுப்பு*|மார்பு*|தலை*|கூரை*
        கூரை*|கூரையில்|மாடியில் ~2 மேல்|இருக்*|மீது
        moozhg*|moolg*|muzhug*|mulug*|moolk*|moozhk*|mulukk*|mooli*|muzhgi*
        adichittu|adichi|adichu|adithu ~1 po*|pogudhu|poachu|sella*|kondu
        thanni|tanni|thanneer|thannir|vellam ~3 kazhuthu*|kaluthu*|nenju*|iduppu*|idupu*|marbu|thalai
        koorai|kurai|maadi|madi ~1 mela|mel|mele
    """),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", """
        வெள்ள*
        தண்ணீர்|தண்ணி|நீர் ~3 ஏறு*|உயர்*|வந்*|வருது*|புகு*|அதிகரி*|நுழை*|சூழ*
        தனித்து*
        வெளியேற*
        vellam*|vellathil|wellam*
        thanni|tanni|thanneer|thannir ~3 eru*|eeru*|varudhu|varuthu|vandhu*|vanthu*|uyar*|ulla
        veliyera*
    """),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", """
        சிக்கி*
        சிக்கிக்*
        சிக்கு*
        மாட்டி*
        மாட்டிக்*
        காப்பாற்*
        காப்பாத்*
        காப்பாற்றுங்கள்
        மீட்*
        வெளியே ~2 முடிய*|வர
        maati|maatti|maatik*|maattik*|mattik*|maatiki*|maatin*|maattin*
        sikki|sikkik*|sikkit*|sikik*|chikkik*|sikkin*
        kaapath*|kapath*|kaapaath*|kappath*|kaappath*|kaappaat*|kaapaat*|kappaat*|kapaath*|kaapatr*|kaappatr*|kappatr*|kapatr*|kaappaatr*|kaapaatr*|kapaat*
        veliya|veliye ~2 mudiya*|mudila|mudiala
        meetpu|meetu*
    """),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", "புதை*\nமண்சரிவு*\nமண் ~1 சரி*\nநிலச்சரிவு*\nஇடிபாடு*|இடிபாட*\nஇடிந்து ~3 மேல்|விழு* ~3 சிக்*\nமரம் ~2 விழு* ~2 மேல்\nmansarivu*|mansarivu|nilachari*|nilasari*\npudhain*|puthain*|pudhanj*|puthanj*|puthai*\nidibad*|idipaad*|idipad*"),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", "தீ\nதீப்பி*|தீப்ப*\nநெருப்பு*\nஎரி*\nவெடி*\nneruppu*|nerupu*\nthee|thi pidi*|pidich*|pudich*|patri*\ntheepidi*|theepudi*|thipidi*\nvedich*|vedikk*"),
    rule("danger.gas", CRITICAL, Need.RESCUE, "gas", "கேஸ்|எரிவாயு|காஸ் ~2 கசி*|வாசனை*|நாற்ற*|லீக்\ngas ~2 kasiv*|vasanai*|vaasan*|naatram|leak"),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", "பாம்பு*\npaambu*|pambu*|pampu*|paampu*"),
    rule("danger.poison", CRITICAL, Need.MEDICAL, "poison", "விஷ*\nநஞ்சு*\nvisham|visam|nanju kudi*|saapit*"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", "சாக*\nசாவு*\nஇறக்க*\nஇறந்து ~1 விடு*\nஉயிர்*\nஉயிருக்கு*\nsaaga|saagap|sagap|saaguran*|sethuduv*|sethu\nsaaga poro*|porom\nuyir*|uyiru*"),
    rule("danger.trauma", CRITICAL, Need.MEDICAL, "severe_injury", "படுகாய*\nபலத்த காய*\nகடுமையான காய*\npadukaay*|padugaay*\nbalatha|palatha kaayam*\nகத்தி* ~1 குத்*\nசுட்ட*\nkaththi* kuth*"),
    rule("danger.self_harm", CRITICAL, Need.MEDICAL, "self_harm", "தற்கொலை*\nதூக்கு*\nசாக ~1 வேண்டும்|போறேன்*|விரும்*\ntharkolai*|tharkola*|tarkolai*"),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", "பாலியல்*\nகடத்தி*\nதுப்பாக்கி*\nkadathi*\nthuppakki*|thupakki*\nadikkiraa*|adikiran*"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "காய*\nகாயம்*\nஉடைந்*|முறிந்*\nவிபத்து*\nkaayam*|kayam*|kaayapp*\nkaal|kai odanj*|udain*\nvibath*|vipath*"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", "இன்சுலின்*\nநீரிழிவு*\nடயாலிசிஸ்*\nஆம்புலன்ஸ்*\nமருத்துவமனை*\nஆஸ்பத்திரி*\nகாய்ச்சல் ~2 அதிக*|கடும்*\nகடும் காய்ச்சல்*\naambulance|ambulans\naaspathiri*|aspathiri*|asupathiri*|aspatri*\nsugar ~2 insulin\nrombha|romba mudiyala|mudiyalai|mosam|modiyala|mudiyavillai\nkaichal|kaachal|kaaichal"),
    rule("danger.infant_unfed", HIGH, Need.INFANT_CARE, "infant_formula", "பால்மா*|பால் ~2 இல்ல*\nபால் மா\npaal|pal ~1 illa*|ilai|ma\npaalma*"),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "பசியால்*|பசியில்*\nபட்டினி*\npattini*|patini*\nபசி* ~2 சாக*"),
    rule("danger.missing_child", HIGH, Need.MISSING_PERSON, "missing_child", "குழந்தை*|பிள்ளை*|மகன்|மகள் ~3 காண*|தொலை*\nkuzhandh*|kulanth*|pillai|magan|magal ~3 kaanom|kanom|kaanala|kaanalai"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", "உதவி*\nஉதவு*\nஅவசர*\nசீக்கிர*\nஆபத்து*\nuthavi*|udhavi*|udavi|udhawi*|uthavu*|udhavu*|uthawi*|uthavunga*|udhavunga*|oodhavi\navasara*|avasaram\nseekiram*|sikiram*|seekram|sikram\naabath*|abathu|aapath*|aapaththu"),
)  # fmt: skip

_URDU_HINDI: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", "sans|saans|sanse|saanse|sansein ~4 nahi|nahin|nhi|nai|band|ruk|rahi|mushkil\nسانس*\nसांस*|साँस*|सांसें\nدم گھٹ*\nदम घुट*\ndam ghut*"),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", "behosh*|bayhosh*|behos*\nhosh ~2 nahi|nhi|nahin|mein\nبے ہوش*|بےہوش*\nبے ہوش\nबेहोश*"),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", "dil ka|ka daura|dora\ndil ka dora|daura\nseene|chhati|sine ~2 dard\nدل کا دورہ\nسینے ~2 درد\nदिल का दौरा\nसीने|छाती ~2 दर्द"),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", "mirgi*\ndaura|daure|dora ~2 pad*|par*\nمرگی\nदौरा|दौरे|मिर्गी"),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", "khoon|khun ~4 beh|bah|nikal*|ruk*|band|bahut\nخون*\nखून|ख़ून"),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", "delivery ~3 dard|hone|pain\nbacha|baccha|bachha paida\nزچگی\nprasav*\nप्रसव"),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", "doob*|dub rah*\ndoob|dub|doobne|dubne ~1 raha|rahe|rahi|gaya|gaye|gayi|wale\nڈوب*\nडूब*\nبہہ ~1 گ*|رہ*\nबह गया|गए|रहे\nchhat|chat|chhath ~1 par|pe|per\nچھت ~1 پر\nछत पर\nbeh gaya|gaye|gayi"),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", "pani|paani ~4 badh|barh|charh|chadh|bhar|aa|aagaya|ghus*|ander|andar\nsailab*|selab*|seelab*|selaab*|sailaab*|baadh|barh\nسیلاب*\nबाढ़|बाढ़\nपानी ~3 बढ़|भर|घुस*\nپانی ~3 بھر|بڑھ|آ"),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", "phans*|phas|phase|fas|fase|fans|phanse|fanse|phase* ~2 gaye|gaya|hue|hai|hain|hen|gai|huay|huye\nphans*\nپھنس*\nफंस*|फँस*|फसे\nbachao|bachaao|bacha|bachalo|bachaiye|bachaye|bachaen ~1 lo|lijiye\nbachao|bachaao|bachaiye|bachalo\nبچاؤ*|بچا*\nबचाओ*|बचा*|बचाइए"),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", "malb*|malbe ~2 neeche|niche|nichay|tale|mein\nملبے*\nमलबे*\ndab|dabe ~1 gaye|gaya|hue|huay\nدب گ*|گئے\nदब गए|गया|गये\nدبے ہوئے\nghar ~4 gir ~3 neeche|niche|dab*"),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", "aag\nآگ\nआग\ndhamaka\nدھماکہ\nधमाका"),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", "saanp|samp|sanp\nسانپ\nसांप|साँप"),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", "mar|marr|mer rahe|raha|rahi|jayenge|jaenge|jayega|jaega|jayen\nمر رہ*|جائ*\nमर रहे|रहा|रही|जाएंगे|जायेंगे\njaan ~3 khatre|khatra|bach*"),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", "zakhmi*|zakhm*|ghayal*\nزخمی*\nघायल*|ज़ख्मी\nchot\nचोट"),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", "ambulance\nbimar*|beemar* ~2 bahut|shadeed\nbahut bimar*|beemar*\nتیز بخار\ntez bukhar\nهسپتال|ہسپتال\nअस्पताल|एम्बुलेंस"),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", "bhook*|bhuk* ~2 mar|marr|se\nبھوک ~2 مر\nभूख ~2 मर"),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", "madad*|maddad*|madat\nمدد*\nमदद*\nfauran|foran|jaldi\nجلدی|فوری|فوراً\nजल्दी|तुरंत\nimdad\nامداد"),
)  # fmt: skip

DANGERS_WORLD: tuple[Rule, ...] = (*_SPANISH, *_FRENCH, *_CREOLE, *_SINHALA, *_TAMIL, *_URDU_HINDI)

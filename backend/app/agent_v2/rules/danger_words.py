# ruff: noqa: E501 - one phrase or one row a line, however long
"""English words for danger to life and limb.

The complaints are those that dispatch protocols and START put first (DOMAIN.md §2): airway, breathing, circulation,
consciousness, entrapment, water at the body, fire, poison, labour, violence. Levels are floors: nothing in the rest
of a message lowers them but a plain negation.
"""

from app.agent_v2.rules.rule import Rule, rule
from app.schemas.vocabulary import NeedCategory as Need
from app.schemas.vocabulary import Severity

CRITICAL, HIGH, MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM

DANGERS_EN: tuple[Rule, ...] = (
    rule("danger.breathing", CRITICAL, Need.MEDICAL, "breathing", """
        not|isnt|arent|wasnt|stopped|stops|stop|quit|barely|hardly|no [really|properly|even|longer|been|able|to|anymore] breath*
        {cant} [to] [even|hardly|really|barely|get] [her|his|my|a|any] breath*|breathe
        dont|doesnt|wont|didnt|never [seem|want] [to] breath*
        trouble|difficulty|difficulties|difficult|hard|struggling|struggles|struggle|problem|problems|labored|laboured|fighting|fast|rapid|shallow|weird|noisy [in|with|to|for] [her|his|my|their] breath*
        shortness of breath
        short of breath
        breath* ~3 trouble|difficult*|problem*|stopped|weird|funny|fast|shallow|slow|slowly|hard|wrong|bad|badly|labored
        breath* ~2 isnt|not good|right|normal|well
        gasp*
        gurgling
        cant get [any|enough] air|oxygen
        not getting [any|enough] air|oxygen
        suffocat*
        asphyxiat*
        strangl*
        turning|turned|turn|gone|going|went|looks|look|looking|getting|goes|are|is blue|purple|bluish
        lips|face|fingers|fingertips|skin|nails|mouth|tongue ~4 blue|purple|bluish|grey|gray
        blue|purple|bluish lips|face|fingers|skin
        baby|son|daughter|he|she|hes|shes ~2 blue
        asthma attack*
        attack ~2 asthma
        asthma ~5 cant|bad|severe|worse|dying
        severe asthma
        inhaler ~4 not|isnt|doesnt|wont|empty work*|help*|helping
        inhaler isnt|doesnt|wont work*|help*
        lungs ~3 collaps*|filling
        collapsed lung
        respiratory arrest|failure|distress
        smothered
    """),
    rule("danger.no_pulse", CRITICAL, Need.MEDICAL, "cardiac_arrest", """
        no|without|cant|lost|weak|couldnt|barely ~4 pulse|heartbeat
        heart ~2 stopped|stopping
        not|isnt beating
        cardiac arrest
        heart failure
        cpr
        doing|do|giving|started chest compressions
        defibrillator
        flatlin*
    """),
    rule("danger.unconscious", CRITICAL, Need.MEDICAL, "unconscious", """
        unconscious*
        unresponsive
        not|isnt|arent|wasnt|barely|hardly|no|semi [longer|even|really|very] conscious|responsive|responding|respond|waking|awake|reacting|moving
        wont|doesnt|cant|not|couldnt|didnt ~3 wake*|waking|respond*
        wont|doesnt|isnt move
        passed|passing|passes out
        blacked|blacking out
        lost|losing|loses|lose|loss [of] consciousness
        in|out of and out of consciousness
        in a coma
        comatose
        out cold
        knocked out
        knocked ~2 unconscious
        limp
        floppy
        lifeless
        {who} [just|has|have|is|suddenly|fell] [and|down] [just|has|suddenly] collapsed
        collapsed and ~6 {neg}
        eyes ~3 rolled|rolling
        fell over ~3 {neg} ~3 move|moving|respond*|get|talk*
        cant ~3 wake*
        found ~2 on ~2 floor
        keeps passing|fainting
    """),
    rule("danger.heart", CRITICAL, Need.MEDICAL, "heart", """
        heart attack*
        chest ~3 pain*|hurt*|tight*|pressure|heavy|crushing|killing|squeezing|burning
        pain*|pressure|tight*|crushing|squeezing|hurt*|elephant|ache|stabbing ~4 chest
        left arm ~4 numb*|pain*|hurt*|tingl*
        pain* ~3 left arm
        heart ~3 pain*|racing|irregular*|pounding|hurts|palpitations
        cardiac
        angina
        nitroglycerin
    """),
    rule("danger.stroke", CRITICAL, Need.MEDICAL, "stroke", """
        stroke
        face|mouth|smile|eye|cheek ~4 droop*|drooped|sagging|crooked|numb|lopsided|drop*|falling|fell
        droop*
        slur*
        speech ~3 slur*|garbled|weird|funny|mumbl*
        cant|couldnt|suddenly|stopped|not|isnt|wont [even] speak*|talk*
        talking|speaking ~2 gibberish|nonsense|funny|weird
        one|left|right|whole side ~5 numb*|weak*|paraly*|limp|droop*|move|moving|dead|body
        cant ~2 move|feel|lift|raise ~2 side|arm|arms|leg|legs|body|hand|face
        paraly*
        sudden* ~3 numb*|confus*|blind*|weak*|cant
        worst headache
        not making sense
    """),
    rule("danger.seizure", CRITICAL, Need.MEDICAL, "seizure", """
        seiz*
        convuls*
        epileptic fit|attack|seizure
        having|had|has|have|having a|another fit|fits|siezure|ceizure
        foaming|froth* ~3 mouth
        shaking|jerking|twitching ~2 uncontrollabl*|violent*|all|whole
        siezure*
    """),
    rule("danger.choking", CRITICAL, Need.MEDICAL, "choking", """
        chok*
        chocking
        stuck|lodged|caught ~4 throat|airway|windpipe
        throat|airway ~3 blocked|obstruct*
        blocked airway
        heimlich
    """),
    rule("danger.allergy", CRITICAL, Need.MEDICAL, "allergy", """
        anaphyla*
        allergic reaction*
        epipen|epipens|epi
        throat|tongue|lips|airway|mouth|face|neck ~4 clos*|swell*|swollen|tight*|puffy|huge
        throat shut
        swelling|swollen|swelled ~3 throat|tongue|lips|airway|mouth|face|neck
        allergic ~6 stung|sting|ate|bee|wasp|peanut*|nuts|hives|swell*|cant
        stung|ate|peanut* ~8 allergic|swell*|swollen|hives|throat
    """),
    rule("danger.bleeding", CRITICAL, Need.MEDICAL, "bleeding", """
        bleed*|bled|blood ~3 bad*|heav*|severe*|profus*|everywhere|uncontrol*|nonstop|fast|lot|lots|tons|gush*|death|out|spurt*|alot|rapid*|serious*|pouring|through|constantly|continuously
        heavy|heavily|severe|severely|massive|badly|bad|uncontrol*|serious|seriously|profuse*|internal*|major|excessive|nonstop|arterial|constant [internal] bleed*|bled|blood
        bleed*|bled|blood ~4 wont|doesnt|isnt|cant|not|never|didnt|dont|hasnt ~2 stop*|slow*|clot*|quit*
        cant|couldnt|wont|doesnt|not|unable|how ~5 stop*|control ~3 bleed*|blood
        blood ~4 gush*|spurt*|pour*|squirt*|soak*|puddle|pool|floor|spray*|coming|dripping|shooting
        gush*|spurt*|pour*|squirt*|pool|puddle|losing|lost|coughing|vomiting|throwing|spitting|covered|soaked|peeing|lots|lot|alot|tons ~3 blood
        so|too much blood
        internal bleeding
        bleed* ~3 {core}
        bleed* and ~5 {neg}
        bleed* ~2 from ~3 head|ears|ear|mouth|neck|chest|stomach|nose|leg|eyes|artery
        hemorrhag*
        haemorrhag*
        tourniquet
        artery
        slit|slashed|cut ~3 wrist|wrists|throat|neck
        slit|slashed throat|wrist|wrists
        bleeding|bleed ~6 pregnant
    """),
    rule("danger.trauma", CRITICAL, Need.MEDICAL, "severe_injury", """
        amputat*
        severed
        {limb} ~4 cut|chopped|ripped|came|torn|sliced|blown|tore|fell|taken|bitten off
        cut|chopped|ripped|tore|sliced|blew|sawed|took|taken|lost ~4 {limb} ~2 off
        cut|chopped|ripped|tore|sliced|blew|sawed off ~3 {limb}
        lost|loses|losing ~2 {limb}
        {limb}|chest|head|body|torso|pelvis ~3 crush*|mangl*|pinned|smashed|shredded
        crush* ~4 {limb}|chest|head|body|him|her|me|them|under|by|{kin}
        {person} ~3 crushed
        impal*
        stab|stabbed|stabbing
        gunshot*
        {person}|been|got|getting|was|were|is shot
        shot ~4 {limb}|{core}|{kin}
        bullet*
        head|skull|brain|spine|spinal|neck|back ~2 injur*|fractur*|crack*|broken|trauma|open
        broken|broke|cracked|fractured|injured ~2 back|neck|spine|skull|pelvis
        spinal
        cant|couldnt|not|no|unable ~3 feel*|move|moving ~3 legs|arms|body|toes|feet|leg|arm
        bone|bones ~4 sticking|showing|exposed|through|visible|out
        see ~3 bone
        compound|open fracture
        intestin*
        badly|seriously|severely|critically|gravely|terribly|mortally|fatally injur*|hurt|wounded|burn*|cut|beaten
        serious|severe|critical|multiple|massive|major|terrible|life injur*|wound*|trauma
        injur*|hurt|wounded ~2 badly|bad|seriously|severely|critically
        critical condition
        life threatening
        hit|struck|run ~3 by|over ~3 {vehicle}|train|motorcycle
        fell|falling|fallen|jumped off|from|out|through|down|# ~4 roof|balcony|window|cliff|bridge|storey|story|stories|storeys|height|feet|building|scaffold*
        head ~3 wound|gash|split|trauma
        eye ~4 hanging|out|gouged|pierced
        deep|huge|big|large|gaping cut|gash|wound ~4 {core}
    """),
    rule("danger.burns", CRITICAL, Need.MEDICAL, "burns", """
        severe|severely|bad|badly|serious|seriously|third|3rd|second|2nd|deep|major|massive|terrible|horrible|extensive ~2 burn*
        burn*|scald* ~5 face|body|badly|bad|severe*|over|both|arms|chest|legs|percent|airway|alive|head|back|baby|eyes
        face|body|arms|legs|skin|baby ~3 burned|burnt|scalded|melting|peeling|charred
        acid ~4 face|eyes|skin
        skin ~3 peeling|melting|charred|coming
    """),
    rule("danger.electric", CRITICAL, Need.MEDICAL, "electrocution", """
        electrocut*
        electric|electrical|electricity ~2 shock*
        shocked ~4 wire|line|power|electric*|outlet|socket
        struck|hit|strike ~2 lightning
        lightning ~3 struck|hit
        wire|wires|line|lines|cable|cables ~4 on|touching|across|over|hit|under ~3 car|us|him|her|truck|van|bus|me|roof|people|{kin}
        live|downed|electric*|power ~2 wire|wires|line|lines|cable ~6 water|trapped|stuck|inside|touch*|kids|fire
        water ~5 electrified|live|wire|wires|electric
    """),
    rule("danger.labour", CRITICAL, Need.MEDICAL, "labour", """
        in|into|early|preterm|premature|active labor|labour
        labor|labour started|pain|pains|starting
        contractions
        contraction*
        water|waters [has|have|just|had] broke|broken|breaking
        broke ~2 her|my water
        baby|babys|head ~2 coming|crowning|stuck|showing
        coming ~2 baby
        crowning
        giving|give|gave|gives|given birth
        giving birth
        birth ~4 now|happening|started|street|home|here|soon
        having|deliver|delivering|delivered ~3 [her|my|the|a] baby
        about|ready|going to give|deliver birth|baby
        pregnant ~12 bleed*|blood|pain*|contract*|cramp*|labor|labour|fell|seiz*|headache|swell*|broke|moving|deliver*|due|unconscious|faint*|dizzy
        bleed*|pain*|cramp*|spotting ~10 pregnant
        miscarr*
        umbilical
        placenta
        baby ~3 stopped|not|isnt moving|kicking
        cant feel ~3 baby
        breech
        weeks ~4 bleed*|pain*|contract*|cramp*
        eclampsia
        preeclampsia
    """),
    rule("danger.water_at_body", CRITICAL, Need.RESCUE, "water_at_body", """
        drown*
        water ~7 chest|neck|waist|chin|shoulders|shoulder|head|heads|mouth|nose|face|chests|necks|armpits|belly|throat
        chest|neck|waist|chin|shoulder|head|armpit deep|high
        water ~5 to|reached|reaching|at|over|above|past|near|almost ~3 roof|ceiling|windows|window|second|2nd|upstairs|attic|top|first
        {who} ~4 swept|washed|carried|dragged|pulled away|off|out|down|under
        swept|washed|dragged ~2 away|downstream|off ~3 {person}
        swept|carried|dragged|pulled ~3 by|into|in ~3 current|water|river|flood*|sea|waves
        being|getting|got|was|were|been swept
        current ~3 strong|took|taking|pulling|swept
        {cant}|cant|dont|doesnt [know] [how] [to] swim
        fell|fallen|slipped|falling|jumped|drove|went|slid ~4 in|into|in ~2 water|river|canal|well|sea|lake|flood|floodwater|pool|pond|drain|manhole|creek|stream|ocean|ditch
        under water|underwater ~6 {person}
        {person} ~4 underwater
        clinging
        holding|hanging|hold|hang ~3 tree|branch|pole|debris|rope|log|railing|edge|ledge
        {vehicle} ~4 sinking|submerged|floating|filling|underwater|swept|capsiz*|overturned|flipped|sank|under
        capsiz*
        sinking|submerged|stranded|stalled|stuck ~3 {vehicle}
        {vehicle} ~4 stuck|stalled|stranded ~4 water|flood*
        water ~5 in|into|inside|entering|filling|fills ~2 {vehicle}|attic|elevator
        water|flood*|river ~4 rising|coming|rise|rises|filling|climbing|increasing ~3 fast|quick*|rapid*|faster|really|now
        rising|coming|filling ~3 fast|quickly|rapidly|faster
        fast rising
        rapidly rising
        on [top] [of] [the|our|my|a|their|his|her] roof|rooftop|roofs ~12 water|flood*|rising|current|boat|helicopter|rescue|help|stranded|stuck
        water|flood*|rising|stranded|stuck ~12 on|onto ~3 roof|rooftop|rooftops|tree
        in|up ~2 tree ~6 water|flood*|rising
        climbed|moved|went|gone|climbing ~5 roof|attic
        in|into|to ~2 attic ~8 water|flood*|rising
        water|flood* ~8 attic
        tsunami ~4 coming|here|hit|hitting
        dam ~3 broke|burst|breaking|failed|breach*
        going under
        flash flood ~6 us|we|car|house|now|trapped
        rip current
    """),
    rule("danger.trapped", CRITICAL, Need.RESCUE, "trapped", """
        trapped
        entrap*
        traped
        pinned
        stuck|caught|wedged|jammed [in|inside] under*|beneath|between|below
        stuck|caught|locked ~3 car|attic|basement|elevator|lift|cellar|vehicle|rubble|debris|mud|wreckage|bathroom|closet|well|hole|trunk|container|tunnel|chimney|mine|machine|quicksand
        stuck|locked inside|in|upstairs ~12 fire|smoke|gas|water|flood*|rising|burning|collaps*
        fire|smoke|gas|water|flood*|rising|collaps* ~12 stuck|locked inside|in|upstairs
        {cant}|wont|not [to] get|getting|climb|crawl|come [him|her|us|them|me|my|the|our|myself|herself|himself|ourselves] [{kin}] out|free|outside|down
        no way|exit [to] [get] out
        cant|couldnt|unable escape
        no|only|blocked way|exit out|blocked
        no way out
        no escape
        exit|exits|stairs|stairway|stairwell ~3 blocked|gone|collaps*
        free|extract|pull|cut ~2 {person} ~2 out|from
        need extrication
        extrication
        jaws of life
        hear|heard ~4 screaming|voices|crying|calling|knocking|tapping|someone ~4 under*|rubble|inside|debris|below|building|wall
        voices|screams|screaming|knocking ~4 rubble|debris|inside|under*
    """),
    rule("danger.buried", CRITICAL, Need.RESCUE, "buried", """
        buried
        under|beneath|underneath|below|in|from|inside|within ~3 rubble|rubbles|debris|ruins|wreckage|decombres
        under|beneath|underneath ~2 wall|walls|concrete|beam|slab|collapsed|mud|avalanche|snow|stones|rocks|houses|bricks|building|bookshelf|cabinet|wardrobe|boulder
        {person} ~4 under|beneath|underneath ~2 it|house|roof|tree|car|truck|bus|tractor
        is|are|was|were|still|people|someone under|underneath|beneath it|them|there|house
        roof|house|building|wall|ceiling|school|church|bridge|floor|balcony|home|shed|tunnel|garage|stairs|mine|beam|tree|pole|branch|sign|crane|chimney|rock|boulder|hill|tv|shelf ~4 on|onto|over ~2 us|him|her|me|them|my ~1 {kin}|head|leg|legs|arm|body|chest|back|car
        fell|fallen|collapsed|came|crashed|landed|down|caved|crumbled|dropped ~2 on|onto|over|in|top ~3 us|him|her|me|them|people|workers|{kin}
        tree|wall|roof|pole|beam|branch|ceiling|rock|boulder|house|building|mountain|bookcase ~3 on|onto [top] [of] [my|our|his|her|the|a] {who}
        collaps* ~3 with|while ~5 inside|in|people|us|him|her|them|{kin}
        collaps* ~8 inside|trapped|under*|missing|screaming|bleed*|hurt|injured|people|kids|children
        inside ~6 collaps*
        building|house|roof|school|church|bridge|hotel|hospital ~2 collapsing|just collapsed|caving
        roof|ceiling|building|house|wall ~2 caving|cave|giving way|in
        landslide*|mudslide*|mudslides|avalanche|earthslip|landslip|rockslide ~8 house|home|buried|people|family|us|village|houses|homes|missing|children|car|coming|hit
        house|home|people|family|village|{kin} ~6 landslide*|mudslide*|avalanche|earthslip|landslip
        sinkhole
    """),
    rule("danger.fire", CRITICAL, Need.RESCUE, "fire", """
        on fire
        caught|catching|catch|set|sets fire
        fire ~4 in|at|inside|near|next|spread*|coming|approach*|close|closing|getting|surround*|everywhere|outside|started|broke|behind|around|front|downstairs|upstairs|below|above|blocking|reaching|kitchen|building|house|wont|raging|now|heading|moving|burning
        theres|is|a|there|big|huge|house|kitchen|electrical|apartment|building|forest|bush|brush|grass|car fire
        wildfire*
        wild fire
        bushfire*
        {place}|car|truck|kitchen|stove|oven|curtains|bed|everything|neighbors|forest|engine|hair|clothes|roof ~3 burning|ablaze|flames|burn|fire
        burning ~2 down|alive|building|house|inside
        burning {place}
        flame|flames|inferno|blaze
        smoke ~5 fill*|everywhere|inside|coming|thick|in|under|room|hallway|door|lot|black|hall|stairs|see|out|from|alarm|heavy|breathing
        thick|black|heavy|much|full|filled|filling|lots|smell|see ~2 smoke
        smoke inhal*
        inhal* ~3 smoke|fumes|gas|chlorine|chemical*
        explod*
        explosion*
        bomb*
        blast
        arson
    """),
    rule("danger.gas", CRITICAL, Need.RESCUE, "gas", """
        gas ~3 smell*|leak*|odor|odour|hissing|stink*|fumes|escaping|line|pipe|main|stove|rotten
        smell*|leak*|odor|odour|scent|reek*|stink*|hissing ~5 gas|propane|lpg|butane|rotten|fumes|ammonia|chlorine|methane
        monoxide
        co|carbon alarm|detector|poisoning|poison|monitor|beeping|leak
        co2 alarm|detector
        generator ~14 headache*|dizzy|dizziness|sick|nausea*|nauseous|sleepy|faint*|vomit*|throwing|confused|tired
        headache*|dizzy|dizziness|sick|nausea*|nauseous|sleepy|vomit*|throwing|drowsy ~14 generator|grill|charcoal|heater|furnace|bbq
        generator|grill|charcoal|bbq|barbecue ~4 inside|indoors|garage|basement|room|house|kitchen|bedroom
        toxic|poison|poisonous|chemical|nerve|tear|ammonia|chlorine ~2 gas|fumes|leak|spill|cloud|vapor
        chemical* ~4 leak*|spill*|explosion|burning|inhaled
        nuclear|radiation|radioactive leak|exposure|contamin*
        everyone|we|all|both|everybody|kids ~4 dizzy|headaches|nauseous|fainting|drowsy
    """),
    rule("danger.violence", CRITICAL, Need.PROTECTION, "violence", """
        shooting
        shooter*
        gunman|gunmen|gunfire|gunshots
        shots fired
        hear|heard|hearing ~2 shots|gunshots|shooting
        {person} ~2 being|been|getting attacked|beaten|raped|assaulted|robbed|abused|hit
        attacking|beating|raping|strangling|threatening|chasing|following ~3 me|us|her|him|them|my|people|{kin}
        raped|rape|raping|rapist|rapes
        sexual* assault*|abuse*|attack*
        molest*
        kidnap*
        abduct*
        hostage*
        with|has|have|got|holding|had|pulled ~2 gun|knife|machete|weapon|guns|knives|machetes
        gun|knife|machete|weapon to|at|pointed
        trying|going|wants|threatened|threatening|threatens|come|came|coming to kill|hurt|shoot|stab|rape ~2 me|us|her|him|them|my|{kin}
        kill us|me
        armed ~3 man|men|people|gang|robbers|bandits|thieves|group
        intruder*
        someone|somebody|man|men|people|they|theyre|looters|robbers ~3 breaking|broke|break in|into
        lynch*
        domestic violence
        husband|boyfriend|father|partner ~3 hitting|beating|beat|hit|hits|beats me|us|her|my
    """),
    rule("danger.self_harm", CRITICAL, Need.MEDICAL, "self_harm", """
        suicid*
        kill*|hurt*|harm*|cut*|hang*|shoot*|hung|hanged|stab*|burn* myself|himself|herself|themself|themselves|yourself
        want|wants|wanted|going|ready|wish|rather|prefer|trying|tried|wishes|planning|better to die
        want|wants|wanna|going|trying|tried|threatening to kill|hurt|end|jump ~2 [himself|herself|myself|life|it|off]
        wanna die
        wish ~4 dead
        end|ending|ended|take|taking|took ~2 my|his|her|own [own] life
        end it all
        dont|doesnt|not|no want|reason|wants|worth ~4 live|living|alive
        cant live anymore
        no reason|point ~3 live|living
        jump*|standing ~4 bridge|building|roof|ledge|balcony|window
        want|wants ~4 be dead
        self harm
        life ~3 not|isnt worth
        better off dead|without me
    """),
    rule("danger.poison", CRITICAL, Need.MEDICAL, "poison", """
        overdos*
        od|ods|oded|oding
        took|taken|swallowed|ate|eaten|takes|eat|had ~5 all|many|bunch|whole|bottle|entire|handful|lot|much|full ~4 pills|pill|medicine|tablets|sleeping|medication|drugs|painkillers|tylenol|acetaminophen|paracetamol|aspirin|opioids
        all ~3 pills|tablets|medicine ~3 gone|took|at
        too many|much pills|tablets|medicine|insulin|drugs|alcohol
        narcan|naloxone
        drank|swallowed|ate|ingested|drunk|drinking|eaten|drink|swallow|eating ~5 bleach|poison|poisonous|pills|battery|batteries|chemical*|detergent|cleaner|gasoline|petrol|kerosene|pesticide*|magnet*|antifreeze|coin|fertilizer|insecticide|lighter|thinner|turpentine|mushroom*|berries|razor|glass
        swallowed ~2 something|object|pin|needle
        poison*
        intoxicated
        alcohol poisoning
        fentanyl|heroin
        drug overdose
    """),
    rule("danger.bite", CRITICAL, Need.MEDICAL, "snake_bite", """
        snakebit*
        snake|cobra|viper|krait|rattlesnake|copperhead|mamba|serpent ~4 bit|bite|bites|bitten|biten|bitting|struck|venom
        bit|bite|bites|bitten|biten|struck|stung ~6 snake|cobra|viper|krait|rattlesnake|copperhead|spider|scorpion|jellyfish|serpent|widow
        venom*
        elephant|crocodile|alligator|leopard|bear|shark|tiger|hippo|gator ~4 attack*|trampl*|bit|killing|charging
        attack*|trampled|mauled|bitten ~4 elephant|crocodile|alligator|leopard|bear|shark|tiger|hippo|dogs
    """),
    rule("danger.exposure", CRITICAL, Need.MEDICAL, "hypothermia", """
        hypotherm*
        frozen|freezing|freeze|froze to death
        dying ~2 cold
        die ~3 cold
        cold will kill
        stopped shivering
        shiver* ~8 confus*|slur*|blue|sleepy|drowsy|wont|responding|mumbl*|conscious*
        confus*|slur*|sleepy|drowsy ~8 shiver*|freezing|cold|wet
        body temp* ~4 low|dropping|drop|falling|down
        heat|sun stroke
        heatstroke|sunstroke
        stopped sweating
        hot|locked ~3 car ~6 baby|child|kid|infant|toddler|dog
        baby|child|kid|infant|toddler ~5 locked|hot ~3 car
        severe frostbite
        ice cold ~6 {neg}
    """),
    rule("danger.dying", CRITICAL, Need.MEDICAL, "dying", """
        {person} ~3 dying
        dying
        {person} ~2 going|about|gonna|will|might|may|could [to] die
        going|about to die
        will|gonna die
        dont let ~2 die
        near|close|almost ~2 death|dying
        almost|nearly dead
        bleeding out
        last breath*
    """),
    rule("danger.life_support", CRITICAL, Need.MEDICAL, "life_support", """
        ventilator
        life support
        breathing|oxygen machine|concentrator ~8 power|electric*|battery|dead|off|out|failing|stopped|working|batteries|generator|dying
        power|electric*|battery|generator ~12 oxygen|ventilator|concentrator
        oxygen ~8 running|out|low|left|empty|gone|hours|minutes|power|almost|finish*|need|needs|battery|dropping|ran|electricity
        need|needs|no|without|out|more|low ~3 oxygen
    """),
    rule("danger.organ", CRITICAL, Need.MEDICAL, "acute_illness", """
        sepsis|septic
        meningitis
        diabetic coma|shock
        blood sugar ~5 unconscious|passing|#
        sugar ~3 low|dropping|crash* ~8 shak*|conscious*|sweat*|pass*|respond*|confus*
        meningococcal
        brain bleed*
        aneurysm
        embolism
        baby|infant|newborn ~5 {neg} ~3 cry*|wake|waking|feeding|moving
        wont stop|keeps seizing
        sunken eyes|fontanelle
    """),
    rule("danger.rescue_plea", CRITICAL, Need.RESCUE, "rescue_now", """
        save|rescue us|me|my|our
        come [and] save|rescue [us|me|my]
        life or death
        life and death
        matter of life
        lives ~3 danger|risk
        life ~3 danger|risk
        hanging by
        mayday
    """),
    rule("danger.bleeding_some", HIGH, Need.MEDICAL, "bleeding", """
        bleed*
        bled
        blood ~3 stool|urine|pee|diarrh*
    """),
    rule("danger.injury", HIGH, Need.MEDICAL, "injury", """
        injur*
        wound*
        hurt|hurts
        broken|broke|breaking|fractur*|dislocat*|sprain*|twisted|shattered|busted ~2 {limb}|hip|tooth|teeth
        {limb} ~3 broken|broke|fractur*|dislocat*|swollen|infected|twisted|busted|numb|hurt*
        fractur*
        cut|sliced|gashed|slashed ~3 {limb}|{core}|myself|himself|herself|deep|bad*|open
        deep|bad|nasty|open|infected|huge|big cut|gash|wound|laceration
        gash*
        stitches
        lacerat*
        burn|burns|burned|burnt|scald*
        concussion
        hit ~3 head|stomach|face|chest
        head ~2 hit
        fell ~3 down|off|from|on|stairs|ladder|over|hard|through|out|bed
        {kin}|he|she ~1 fell
        dog|rat|monkey|cat|animal ~2 bit|bite|bitten
        bitten
        stepped|step on ~3 nail|glass|metal|wire
        infect* ~3 wound*|leg|foot|cut|arm|hand
        bruise*
        cant|couldnt|unable ~1 walk|stand|move|sit
        beaten|mugged|assaulted
        accident
        crash|crashed
    """),
    rule("danger.acute", HIGH, Need.MEDICAL, "acute_illness", """
        faint*
        dizz*
        confus*
        deliri*
        disorient*
        hyperventilat*
        panic attack*
        panicking
        wheez*
        asthma*
        high|bad|terrible|burning|severe|very|dangerous fever
        fever ~5 #|degrees|high|days|wont|not|baby|infant|newborn|rash|stiff|seiz*
        temperature ~4 #|high|degrees
        cholera|typhoid|dengue|malaria|leptospirosis|measles|tetanus|diphtheria|hepatitis
        vomiting|diarrhea|diarrhoea|throwing ~8 days|hours|stop|stopped|baby|infant|child|keep|down|cant|blood|everyone
        cant|wont|not|doesnt|unable|isnt|cant ~2 keep|holding ~3 down
        wont|doesnt|isnt|not|refus* [to] [even] drink*|eat|eating|feed*|nurse
        severe*|badly|very dehydrat*
        severe|terrible|bad|extreme|unbearable|intense|awful|excruciating|worst|horrible|sharp ~2 pain*|headache|migraine|cramps
        stomach|abdominal|belly ~3 pain*|hurt*|rigid
        appendic*
        pain ~5 unbearable|severe|bad|worse|killing
        very|really|seriously|so|extremely|gravely|deathly|super sick|ill|weak
        needs|need ~3 doctor|hospital|ambulance|medic|paramedic|paramedics|nurse|surgeon|surgery|operation
        ambulance*
        paramedic*
        medical emergency
        emergency ~2 medical
        blood thinner*|pressure
        blood sugar
        catheter
        blood type|donor
        gangrene
        rabies
        frostbit*
        shiver*
        stiff neck
        allerg* ~3 severe
        hives
        withdrawal
        psychotic
        psychosis
        hallucinat*
        dementia|alzheimers|autistic ~8 wander*|missing|lost|gone|left|walked|disappeared
        wandered off|away
        bed sores
        sting|stung
        infection|infected
        pneumonia
        urinat* ~2 blood
        hasnt|havent|not ~2 peed|urinated|pooped
    """),
    rule("danger.vital_medicine", HIGH, Need.MEDICAL, "vital_medicine", """
        insulin
        dialysis
        nebuli*
        cpap
        feeding tube
        inhaler
        transplant
        pacemaker
        chemo*
        hiv ~4 medicine|medication|treatment
        heart ~2 medicine|medication|pills|patient|condition|problem|disease
        diabetic*
        epilep*
        transfusion
        kidney ~2 failure|patient
        seizure|blood medicine|medication|pills
    """),
    rule("danger.stranded", HIGH, Need.EVACUATION, "stranded", """
        strand*
        stuck
        marooned
        cut off
        cutoff
        isolated
        surrounded by
        surrounded
        locked in|inside|out
        cant|couldnt|unable|not ~2 leave|evacuate|get ~3 house|home|here|area|village|building|apartment|safely
        need|needs|please|want|come|must|have ~3 evacuat*|evacuation
        evacuate us|me|my
        water|flood*|river|sea|tide|creek|lake|level|levels ~5 rising|rise|rises|rose|coming|entering|entered|climbing|higher|increasing|approaching|overflow*|getting
        rising ~2 water|waters|flood*|river|tide
        water ~5 knee|knees|ankle|ankles|hip|thigh
        knee|ankle|hip|thigh|feet deep
        floodwater* ~3 in|inside|into
        house|home|room|street|village|apartment|floor|kitchen|town|area|everything ~4 flooded|flooding|inundat*|underwater|submerged
        flooding ~4 house|home|here|us|street|fast
        on ~2 roof|rooftop
        first floor ~3 water|flood*
        nowhere to go
        door ~3 stuck|jammed|blocked
        road|roads|bridge|way ~4 gone|washed|blocked|cut|closed|collaps*|destroyed|impassable ~8 need|hospital|doctor|food|leave|out|medicine|help
        wheelchair ~6 stairs|elevator|flood*|evacuat*|cant|stuck
        airlift
    """),
    rule("danger.unsafe_building", HIGH, Need.EVACUATION, "unsafe_building", """
        ceiling|roof|wall|walls|house|building|floor|foundation|bridge|balcony ~5 sagging|cracked|cracking|cracks|leaning|crumbl*|unsafe|collaps*|bulging|buckling|shaking|tilting|falling|unstable|shifting|sinking|cave|caving|creaking|separating|dangerous|swaying|wobbling|groaning
        crack|cracks|cracked ~4 wall|walls|house|building|foundation|ceiling|ground|hill
        not|isnt|unsafe|dont ~5 safe ~4 sleep|stay|house|live|here|building|inside
        tree ~4 on|through|onto|into ~3 house|roof|car|bedroom|home|room|window
        tree ~3 leaning|about|going|falling
        power|electric*|live|downed|down|fallen|sparking ~2 line|lines|wire|wires|cable|cables|pole|transformer ~3 down|fell|fallen|street|yard|sparking|spark*|road|hanging
        downed|live|sparking|fallen power|electric*|wire|wires|line|lines|cable
        wires|lines|wire|outlet|outlets|transformer|panel|breaker ~4 spark*|sizzling|smoking|arcing|hot|wet|buzzing
        spark*
        landslide*
        mudslide*
        earthslip*
        landslip*
        slope|hill|hillside|mountain ~4 sliding|moving|cracks|cracking|coming|slipping
        smoke
        fire
        burning
        tornado ~4 hit|coming|house|near
        roof ~3 blew|blown|ripped|torn|gone|flew
        retaining wall
    """),
    rule("danger.starvation", HIGH, Need.FOOD, "starvation", """
        starv*
        dying|die|die|killing|dead|kill|kills|death|finish|perish ~3 hunger|starvation|hungry|famine
        hunger ~5 kill*|finish|end|death|die|dying
        no|without|any ~2 food|eat*|meal|meals ~5 days|day|week|weeks|yesterday|hours|since
        havent|hasnt|not|didnt|nothing|never|no ~3 eat|eaten|ate|food|eating ~5 days|day|week|weeks|yesterday|hours|since|morning
        days ~4 without|no ~2 food|eating
        malnutrition|malnourish*
        famine
    """),
    rule("danger.thirst", HIGH, Need.WATER, "dehydration", """
        dying|die|killing|dead|kill|kills|death|finish|perish ~5 thirst|thirsty|dehydrat*
        thirst ~5 kill*|finish|end|death|die|dying
        no|without|any ~2 water|drink ~5 days|day|week|weeks|yesterday|hours|since
        havent|hasnt|not|didnt|nothing|never|no ~3 drink|drank|drunk ~5 days|day|yesterday|hours|since
        days ~4 without|no ~2 water
        dehydrat*
        drinking ~3 flood*|dirty|sewage|toilet|contaminated|river
    """),
    rule("danger.infant_unfed", HIGH, Need.INFANT_CARE, "infant_formula", """
        no|without|out|gone|finish*|ran|need|any|last ~4 formula
        formula ~4 gone|out|finish*|ruined|left|none
        baby|babies|infant|infants|newborn ~5 no|without|nothing|need|needs|hungry|starv* ~3 formula|milk|food|eat|feed|drink
        no|without|out|need|any ~3 milk ~5 baby|babies|infant|infants|newborn
        baby ~3 hasnt|not|havent ~2 fed|eaten|eat
    """),
    rule("danger.missing_child", HIGH, Need.MISSING_PERSON, "missing_child", """
        child|children|kid|kids|son|daughter|baby|toddler|boy|girl|grandson|granddaughter|nephew|niece ~4 missing|lost|disappeared|vanished
        missing|lost|cant find|found|locate ~3 child|children|kid|kids|son|daughter|baby|toddler|boy|girl
        cant|couldnt|not ~2 find|locate|found|finding ~2 my|our|her|his|son|daughter|child|kids ~2 {kin}
        missing ~5 since|after ~4 flood*|quake|earthquake|fire|storm|wave|landslide|water
        alone ~6 child|baby|kid|children|kids
        child|baby|kid|children|kids ~5 alone|unaccompanied|orphan*
    """),
    rule("danger.security", HIGH, Need.PROTECTION, "security", """
        bandit*
        robber*|robbing|robbed
        looting|looters|looter
        attacked|attack|attacks|assault*
        threaten*
        violence|violent
        thieves|thief
        gang|gangs
        unsafe ~3 women|girls|children|night
        harass*
        traffick*
        afraid ~3 husband|him|man|men
        abuse*|abusive|abusing
        prisoners|convicts escaped
        escaped prisoners
        being followed
    """),
    rule("danger.emergency", HIGH, Need.OTHER, "emergency", """
        emergency
        sos
        911
        urgent
        urgently
        hurry
        asap
        life threatening
        immediate|immediately help|assistance|rescue|aid|attention
        desperate*
        in danger
        quickly
        right away
        critical
        come now|quick|quickly|fast|please
        danger
        in|great|serious|big trouble|distress
    """),
)  # fmt: skip

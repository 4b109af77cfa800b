# ruff: noqa: E501 - one phrase or one row a line, however long
"""The words that misspelt ones are taken for, and real words that are near them and mean something else."""

from app.agent_v2.rules.table import words

MEANT = words("""
accident aftershock airway alcohol allergic allergy ambulance amputated anaphylaxis antibiotics asthma attack
attacked basement bathroom batteries battery beaten bitten blankets blanket bleach bleed bleeding bleeds blocked blood breath breathe
breathing broken bruised building buried burned burning burnt cancer cardiac carbon ceiling chemical chest children choke choked choking cholera
clothes clothing collapse collapsed collapsing conscious contractions convulsing convulsion convulsions convulsive crushed
cyclone damaged debris dehydrated dehydration destroyed diabetes diabetic dialysis diapers diarrhea disabled dizzy doctor drown
drowned drowning earthquake elderly electric electrical electricity electrocuted electrocution elevator emergency epilepsy epileptic evacuate
evacuated evacuation exploded explosion fainted fainting fever fire flames flashlight flood flooded flooding food formula
fracture fractured freezing generator grandma grandmother grandpa grandfather gunshot hammered headache heart
heartbeat hemorrhage hemorrhaging homeless hospital hostage house hunger hungry husband hygiene hypothermia
inhaler injured injuries injury inhaled inside insulin intoxicated kidney kidnapped labor labour ladder landslide leaking leak
medical medication medications medicine medicines monoxide mosquito mudslide naloxone neighbor neighbour newborn
nitroglycerin oxygen paralysed paralyzed paramedic people pinned please poison poisoned poisoning police power pregnancy pregnant
pulse rash rescue rescued responding respond response rising roof rubble sanitation sanitary seizing seizure seizures severe
severed shaking shelter shivering shooting shot sleeping slurring slurred smoke snake snakebite stabbed stabbing stairs stranded
stroke stuck suicidal suicide surrounded swallowed swelling swept swollen tarpaulin tarps thirsty throat
toilet toilets tourniquet transport trapped unconscious underneath unresponsive urgent urgently urine ventilator vomit
vomiting water weak wheelchair wheezing wound wounded wounds
starving starvation starve stomach collapsing building medicine tents baby infant toddler asleep awake unable
respirar respira inconsciente sangrando sangre ayuda atrapado atrapada atrapados ahogando convulsiones comida medicina
embarazada infarto auxilio necesito necesitamos incendio herido heridos
""")

REAL = words("""
    able about above abroad accident accused across act acted action actor actual adapt added address adult
    advice afraid after again age agent aged agency air airport alarm alert alien alive all alley allow alone
    along already also although always amount amounts answer antibiotic anyone apart area arm army around arrive
    arrived arrives asked asking attach attached attache attracted aware away back backed bacteria bad badly
    ballot base based basket bath bathe bathing batter battered battle beach bear bearing beat became because
    become bed been before beg began begging being belief below bench best better between beyond bill bills bird
    birth bite biting blame blanks bled bleak blend blew block blocks blow blown board boat body boil boiled
    boiling bond book boot boots border bored born both bottle bottom bought bound box boy boys branch brave
    bread break breaking breast breathes breed breeding breeze brick bridge brief bright bring bringing broke
    broker brother brought brown build builder built bundle burden bureau burger burial buries burn burner burns
    bury bus bush business busy butter buy buying cable call called calling calm came camp cancel cancels
    canceled candle candles care cared careful carbons carried carry carrying case cash cattle caught cause
    caused caution cell center centre ceiling chain chair chance change changed charge charged charging chart
    cheap cheat check checked checks cheese chess chests chew child choice choir choose chose chosen church
    circle city civil claim class clean cleaning clear clever climb close closed closet closing closings cloth
    cloths cloud coach coast coat cold collar collapses collage college collected color come comes coming common
    company contain contact content contraction contractors contract contracts contradictions control convulse
    cook cooking cool copy corner correct cost could count country county couple courage course court cousin
    cover covered crack cracked crash crashed crawl crazy cream create cried crime cross crossed crowd crowded
    crown cruise crush cry crying cut cyclist damage damages danger dark data date daughter day dead deaf deal
    dealer dear death debit debt decide deep deliver dentist department desert desire destroy destroyer destroys
    detail die died diet different difficult dig dinner dirty disable disables disaster dish distant district
    ditch dizziness dock doctors does dog done donate door dose double doubt down drain drank draw drawing drawn
    dream dress dressed dried drink drinking drive driven driver driving drop dropped drove drowns drug drugs
    dry due dumb during dust duty each early earth earthquakes ease east easy eat eating edge effect eight
    either elder elders elect elected electing election elections elective elevated elevators else empty end
    ended engine enough enter entered entire equal error escape even evening event ever every exam except
    explode explodes explosions explosive exposed exposure eye face faced fact factor fail failed faint fair
    fairly faith fall fallen falling false fame family far fare farm fast fat father fear feared feed feeding
    feel feeling feet fell felt female fence fervor few field fight figure file fill filled film final find fine
    finger finish fired fires firm first fish fit five fix fixed flag flame flat flavor fled flee flew flies
    floor floods floors flour flow flowed flown flower fluid fly folk follow food fool foot football force
    forced foreign forest forget forgot form formal formed former formulas forms forward fought found four
    fraction frame free freeze freezer freezes fresh friend from front frozen fruit fuel full fund funds further
    future gain gallon game garage garbage gas gate gather gave general generate generated generation generators
    gentle get girl give given giving glad glass goal goat god going gold gone good goods got government grace
    grade grain grand grandmas grant grass grave great green grew ground group grow grown growth guard guess
    guest guide guilty gun guy had hair half hall hand handle hands happen happy harbor hard harm has hat hate
    have head headed heal healed health heap hear heard hearing hearts heat heated heater heavy heavily heel
    height held hell hello help helped helper her here hers hide high higher hill him hire hired his history hit
    hold hole home homes honest honey hope horse hose host hostages hosted hot hotel hour hours house housed
    houses housing how huge human hundred hunter hung hunt hunting hurry hurt husbands ice idea identity ill
    imagine inch include indeed infants inform informed injure injures injuring inner insert insides insist
    instead insult insulting insured internal into invite inviting iron island issue item its jacket job join
    joined joint joke journey judge juice jump just keep kept key kick kid kids kidney kill killed killing kind
    king kit kitchen kitten knee knew knife knock know known label labels lack ladders lady lake lamp land
    landed landing landslides lane language large last late later latter laugh launch law lay layer lead leader
    leaf leap leaps leaking leaks learn learned least leather leave leaving led left leg legal lend length less
    lesson letter level lie life lift light like limb limit line lips liquid list listen little live lived liver
    lives living load local lock locked log lonely long look looking loose lord lose loss lost lot loud love low
    lower luck lucky lunch lung made mail main make male man manage many map march mark market marry mass match
    matter mattress may meal mean means meant meat media medics medicinal medicate medications meet meeting
    member men mental message met metal middle might mile milk mind mine minor minute miss missing mistake mix
    model moment money month moon more morning most mother motion mountain mouth move moved moving much mud
    muddy muscle music must name named narrow nation near nearly neck need needed neighbors neighbours neither
    never new newborns news next nice night nine noise none noon nor normal north nose note nothing notice now
    number nurse object ocean off offer office officer often oil old once one only onto open opened order organ
    other ought our out outer outside over own oxygenated pace pack packed page paid pain paint pair palace pale
    pan panel panic paper parade paramedics parent park part party pass passed past path patient pay peace pen
    perhaps period person pet phone photo pick picked piece pill pin place placed plain plan plane plant plate
    play pleas pleased pleases pleasure plenty plus pocket point pointed poisons pole polite pool poor pop port
    post posted pot pound pour poured powder powered powers prayer pray prefer pregnancies prepare present press
    pretty price pride print prison private prize problem promise proof proper protect proud prove provide pull
    pulled pulses pump punch pupil purple purpose push pushed put quake quick quiet quite race radio rail rain
    raise raised raising ran range rapid rash rate rather raw reach read ready real reason receive record red
    reduce refuge regret relax relief religion remain remove rent repair repeat replied reply report request
    rescuer rescues resort respect respected respecting responded responds responses rest result retire return
    rich ride right ring rings rinse rise risen risky risks river road roast rob rock rod role roll room roofs
    root rope rose rough round route row rub rubbed rude rule run running rush sack sad safe safety said sail
    salt same sand sat save saved saw scale scare school science score scream sea search season seat second
    secret see seed seek seem seen self sell send sense sent separate series serious serve served server service
    set settle seven several severely sever shade shadow shake shaken shall shape share shared sharp shed sheet
    shell shelf shelters shine ship shirt shock shoe shoes shooter shop short shore shots should shoulder shout
    show shower shown shut sick side sight sign silent silver since sing single sink sister sit site six size
    skill skin skip sky slave sleep sleeps slept slight slip slow small smart smell smile smoked smoker smokes
    smooth snack snakes snow soap social sock soft soil sold soldier some son song soon sore sort soul sound
    soup south space spare speak special speed spell spend spent spine split spoke spoken spot spread spring
    square stab stable stack staff stage stair stairs stake stand standard standing star stare starred started
    starting starts state station stay steal steam steel step stick still sting stir stock stolen stomachs stone
    stood stop storage store storm story strange strand street strength stretch strike string strip strokes
    strong struck struct stuff student study stupid such sudden suffer sugar suit sum summer sun supply support
    sure surgery surprise survive sweat sweep sweet swell swelled swept swim swing swollen system table tail
    take taken talk tall tank tap tape task taste taught tax teach teacher team tear teeth tell tells ten tender
    tense tent tenth term terms terrible test text than thank that the theft their them then there these they
    thick thief thin thing think third thirst thirty this those though thought thousand thread threat three
    threw through throw thrown throats thumb thus ticket tide tie tight till time tin tiny tip tire tired title
    today toe together told toll tomb tomorrow tone tongue tonight too took tool tooth top torn total touch
    tough tour toward towel tower town toy track trade train transfer translate transports trap trapping trash
    travel tray tree tried trip troop trouble truck true trunk trust truth try trying tube tunnel turn turned
    twelve twenty twice twin two type under understand union unit united unknown unless until unusual up upon
    upper upset urban urge urged use used useful usual vaccine valley value van vast vegetable very victim view
    village violence violent visa visit voice volcano vote wage wait waited waiter waiters wake walk wall want
    war warm warmed warn warned wars was wash waste watch watched watered wave way weaken weaker weakness wealth
    wear weather web wed week weeks weep weigh weight welcome well went were west wet what wheat wheel
    wheelchairs when where whether which while whip white who whole whom whose why wide wife wild will win wind
    window wine wing winter wire wise wish with within without woke woman women won wonder wood word work world
    worm worn worried worry worse worst worth would wounding wrap wrist write wrong wrote yard year yell yellow
    yes yesterday yet young your youth zone rashes hungary sticks smoking sucked tucked ducked pined pinged
    spinned stared starved stating staring sharing shaving shaping snaking soaking making waking taking baking
    raking faking wounded rounded pounded sounded founded bonded boarded branded stranded strands poisson
    breadth breaths breather breathers beathing barking parking marking banking thinking shrinking drafting
    drawings crowning clowning frowning growing throwing showing chocking checking clicking joking poking
    locking rocking knocking shocking stocking chicken children childrens shores shorting sorting sporting
    shouting steaming streaming steering sterling stirring sprint sparing staying slaying saying praying playing
    release repond reread roofing hoof rood rising rinsing risking arising using rousing seizes sizing seeing
    seasons seated severs sewer secure scarce stray straw starch sample staple tables tablet trapper trappers
    strapped wrapped tapped rapped cropped tripped stripped gripped dripped topped urgency urging urgent argent
    urchin bodies babies bay bays buys baby bab polices policy policies polo pieces poser mower rower presence
    prevent presents prevents pressed pledge purse pause mouse douse rouse louse fore dire sire fir fever lever
    fewer rever favor feather farther lather bather wafer waver wager walter writer hater eater mater cater
    foods flood blood brood mood hood ford fold bleeds breeds creed bleach peach preach brake brook token broken
    woken toilet toiled soiled roiled foiled throat float floats thrust hungry angry hunger hanger longer ranger
    anger stronger younger singer linger pumped bumped dumped jumped humped lumped stumped brushed rushed
    flushed blushed hushed crushes crusher poisonous prisons prisoner prisoned persons poising posing pioneer
    pruned pinned asthmatic inhale inhales exhaled injected infected inspected ingested endured conjured juries
    inquiries inquiry enquiries medial radical magical musical medal medals pedal electron electrode selected
    reflected corrected connected directed conducted detected ejected objected evaluate evaluated evaluation
    elevation revolution evolution vacation education location donation dictation medication meditation
    mediation dedication indication delegation medicating dedicated vomits commit comet edition addition
    rendition condition tradition radiation sanction situation ration
    brother bitte poisson breadth croked crooked showering bathing choosing exclusion expulsion implosion erosion
    leading cest reponse peuple transported hampered sept selling salvation diarrheal severl tenis toiles grandwa spelling
    brunt salination bitter crest landline burying contracting ventilation blending bakeries coiling evacuating flooring
    huger herat conclusive pleading dwelling dwellings smelling yelling shelling grilling sweeping weeping creeping
    streaking sneaking leasing leaning lending cheering shearing clearing wearing bearing tearing fearing nearing
    storming forming crushing raining training draining tainting painting panting planting mounting counting carving
    packed tracked cracked buckled wooded bounded sounding rounding bounding pounding stroking striking strokes choker
    smoker broker streams dreams screams creams streets treats threads treads breads lights fights nights rights sights
    tights chests crests guests shocks stocks snakes shakes stakes brakes flakes lakes poisoner charm charms charity
    shelled shelves selves shouldered colder holder folder older bolder welding wedding bedding heading reading
    treading spreading loading landings bandages banding bonding bending sending tending mending pending spending
    hospitable hostels hostel hotels motels fewest newest lowest slowest lowest flowers showers towers powers
    vomited committed emitted limited rapid rapids rabid baths maths moths mouths truths youths growths oaths
""")

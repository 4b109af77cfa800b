"""Words for what is happening, by the kind of disaster they tell of, in the languages that the assessor reads.

They name a disaster, they raise no alarm: what a message says about danger to its sender is in `danger_words`.
"""

from collections.abc import Mapping

from app.agent_v2.rules.table import lines
from app.schemas.vocabulary import NeedCategory

HAZARDS: Mapping[str, tuple[str, ...]] = {
    "Tsunami": lines("""
        tsunami*
        tidal wave|waves
        giant|huge|big wave|waves
        සුනාමි*
        சுனாமி*
    """),
    "Earthquake": lines("""
        earthquake*|quake|aftershock*|tremor|tremors
        ground|building|house|everything ~2 shaking|shook
        terremoto|sismo|temblor
        seisme|tremblement
        tranbleman|goudougoudou
        භූමිකම්පා*
        bhumikampa*|bumikampa*
        நிலநடுக்கம்*|பூகம்பம்*
        nilanadukkam|boogambam
    """),
    "Landslide": lines("""
        landslide*|landslip*|mudslide*|mudflow|rockfall|earthslip*
        land|hill|hillside|mountain|slope|earth|mud ~2 slid|slide|slides|sliding|slipped|slipping|collapsed|coming
        deslave|deslizamiento|derrumbe
        glissement ~2 terrain
        නායයෑම*|නායයාම*|නායගිය*|නාය
        nayayam*|nayayem*
        naya giya|yanawa
        kanda ~2 kadan*
        மண்சரிவு*|நிலச்சரிவு*
        mansarivu|mannsarivu|nilacharivu
    """),
    "Cyclone": lines("""
        cyclone*|hurricane*|typhoon*|tornado*
        storm|storms|gale|gales
        strong|heavy|high wind|winds
        wind|winds|tree|trees ~3 roof|roofs
        huracan|ciclon|tormenta
        ouragan|tempete
        siklon
        සුළිකුණාටු*|කුණාටු*|සුළඟ*
        sulikunatu*|kunatuwa|sulanga
        புயல்*|சூறாவளி*
        puyal|pujal|sooravali
    """),
    "Flood": lines("""
        flood*|inundat*|submerged|underwater
        water|river|tank|reservoir|tide|lake ~4 rising|rise|rises|rose|overflow*|entering|entered|inside
        water ~4 knee|waist|chest|neck|roof
        bund|dam|levee ~2 broke|broken|breached|burst|spill*
        inundacion*
        inond*
        inondasyon
        ගංවතුර*
        වතුර*|ජලය* ~3 ගලා*|නගි*|වැඩි*|පිරි*
        gangwathura|gangawathura|gangvatura|ganwathura|ganwatura
        wathura|watura|wature ~3 gala*|wedi*|wadi*|pirila|enawa
        வெள்ளம்*|வெள்ள*
        vellam|vellathil
    """),
    "Fire": lines("""
        fire|fires|wildfire*|bushfire*|flames|blaze|burning
        burnt|burned down
        incendio*|fuego
        incendie*|feu
        dife
        ගින්න*|ගිනි*
        ginna|gini
        தீ|நெருப்பு*
        neruppu
    """),
    "Building collapse": lines("""
        building|house|wall|school|bridge|factory|roof ~3 collaps*|caved|fell|fallen
        collapsed ~2 building|house|wall|school|bridge|factory
    """),
    "Chemical spill": lines("""
        chemical|gas|ammonia|chlorine|oil ~2 leak|leaking|leaked|spill|spilled
        leak|spill ~2 chemical|gas|ammonia|chlorine|oil
    """),
    "Epidemic": lines("""
        dengue|cholera|epidemic|outbreak|leptospirosis|measles
        everyone|many|all|people|children ~2 diarrhoea|diarrhea|vomiting|fever
        colera|kolera
        ඩෙංගු*
        டெங்கு*
    """),
    "Drought": lines("""
        drought*|dried up
        well|wells|tank|river ~2 dry|dried
        නියඟ*|niyagaya
        வறட்சி*|varatchi
    """),
}  # fmt: skip
"""The kind of disaster, as it stands in `type`, and its phrases. Of two as common the first is named: a tsunami
floods too, a storm brings landslides and both flood."""

LACKS: Mapping[NeedCategory, str] = {
    NeedCategory.RESCUE: "Mass rescue",
    NeedCategory.MEDICAL: "Medical emergency",
    NeedCategory.WATER: "Water shortage",
    NeedCategory.FOOD: "Food shortage",
    NeedCategory.SHELTER: "Displacement",
    NeedCategory.EVACUATION: "Evacuation",
    NeedCategory.POWER_COMMS: "Power outage",
    NeedCategory.TRANSPORT_ACCESS: "Blocked access",
    NeedCategory.PROTECTION: "Unrest",
}
"""What a cluster of calls amounts to that names no hazard, by what most of them ask for."""

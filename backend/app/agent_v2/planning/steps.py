"""The instruction for each kind of work, and the short ones for work that another team takes along."""

from collections.abc import Mapping

from app.schemas.plan import TaskKind

STEPS: Mapping[TaskKind, str] = {
    TaskKind.WATER_RESCUE: (
        "Send a water rescue team of {team} by boat for {people}. Wear life jackets, look before approaching, "
        "take aboard those in the water first, bring everyone to high ground and report the count."
    ),
    TaskKind.COLLAPSE_RESCUE: (
        "Send a collapse and landslide team of {team} for {people}. Have the site cleared by an engineer or the "
        "team leader, cordon it off, call and listen, free the nearest first and report the count."
    ),
    TaskKind.FIRE_RESCUE: (
        "Call the fire service and send a fire team of {team} for {people}. Approach upwind, bring people out and"
        " away from smoke, account for everyone and report the count."
    ),
    TaskKind.SEARCH_RESCUE: (
        "Send a search and rescue team of {team} for {people}. Find out the danger on the way, approach only if "
        "the gear fits it, bring people to a safe place and report the count."
    ),
    TaskKind.MEDICAL_CARE: (
        "Send {team} with a medical licence{patients}, medikit and stretcher, and alert the ambulance service. "
        "Sort by urgency, stabilise, and hand over to a hospital with a written note."
    ),
    TaskKind.FIRST_AID: (
        "Send {team} trained in first aid{patients}. Check everyone, treat what is minor, replace lost prescribed"
        " medicines through a pharmacist or doctor, and call the ambulance if anyone gets worse."
    ),
    TaskKind.EVACUATION: (
        "Move {people} to the nearest open safe centre: {team}, driver and helper in each vehicle. Check the road"
        " and the centre's free places first, keep families together and report who arrived."
    ),
    TaskKind.TRANSPORT: (
        "Open a way to {people}: {team}, driver and helper in each vehicle, try the route, mark what is blocked, "
        "find a detour, and report it for all other teams."
    ),
    TaskKind.DISTRIBUTION: (
        "Bring {goods} for {days} to {people}: a team of {team}. Tick off each household, show how to keep water "
        "safe, and report what is still missing."
    ),
    TaskKind.SHELTER_SETUP: (
        "Give {people} a dry place: a team of {team} checks the nearest centre for room, else sets up or mends "
        "shelter on the spot with {goods}, and reports who is housed where."
    ),
    TaskKind.INFANT_SUPPORT: (
        "Bring {goods} for {days}: {team}, vetted. Ask how each infant is fed, support breastfeeding first, and "
        "call a doctor for any infant who is limp, hot or does not drink."
    ),
    TaskKind.POWER_COMMS: (
        "Restore power and contact for {people}: {team} with {goods}. Serve those who depend on a medical device "
        "first, and report outages to the utility."
    ),
    TaskKind.TRACING: (
        "Open a tracing record for each missing person (PFIF: name, age, clothing, last seen where and when, who "
        "asks): {team}, vetted. Compare with centre and hospital lists and pass it to the police; tell the family"
        " of any match first."
    ),
    TaskKind.PROTECTION: (
        "Refer to trained protection staff at once, in confidence: {team}, trained and vetted. Make sure that the"
        " person is safe now, write down only what is needed, and take no step without consent unless a life is "
        "at risk."
    ),
    TaskKind.INFORMATION: (
        "Answer the question with checked facts: {team}. Name source and date of each, say what is not known, and"
        " give the emergency numbers. Promise nothing."
    ),
    TaskKind.NEEDS_VISIT: (
        "Visit {people} and find out what is needed: {team}. Count people and households, note injuries and "
        "dangers, and report so that a new plan can be made."
    ),
    TaskKind.CONTACT: (
        "Contact the requester{language}: {team}, one to speak, one to write. Check position, number of people, "
        "injuries and dangers, give safety advice for the time until help comes, and report back."
    ),
    TaskKind.FOLLOW_UP: (
        "Call or visit {people} again within a day: {team}. Ask whether help arrived and was enough, look for new"
        " needs and distress, and report so that the request can be closed or planned again."
    ),
}

ALSO: Mapping[TaskKind, str] = {
    TaskKind.TRANSPORT: " Report blocked roads.",
    TaskKind.EVACUATION: " Take people out.",
    TaskKind.SHELTER_SETUP: " Set up shelter.",
    TaskKind.INFANT_SUPPORT: " Ask how infants are fed.",
    TaskKind.POWER_COMMS: " Set up power.",
    TaskKind.TRACING: " Open a tracing record (PFIF).",
    TaskKind.PROTECTION: " Refer in confidence to trained staff.",
    TaskKind.INFORMATION: " Answer with sourced facts.",
    TaskKind.NEEDS_VISIT: " Ask what else is needed.",
}

"""What a telephone is told, in the language it writes in. Sinhala and Tamil: machine translations, not yet reviewed."""

from collections.abc import Mapping
from enum import StrEnum


class Say(StrEnum):
    RECEIVED = "received"
    ADDED = "added"
    CONSENT = "consent"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    NOT_CANCELLED = "not_cancelled"
    NOTHING_OPEN = "nothing_open"
    STATUS = "status"
    HELP = "help"
    WHERE = "where"


TEXTS: Mapping[str, Mapping[Say, str]] = {
    "en": {
        Say.RECEIVED: "In danger of life call {emergency} now. We have your message, no. {ref}.",
        Say.ADDED: "In danger of life call {emergency} now. Added to your request no. {ref}.",
        Say.CONSENT: "We keep your number and words to get you help and show them only to those who help. "
        "STOP: no more replies. CANCEL: take it back. STATUS: how it stands.",
        Say.STOPPED: "You will get no more replies. Your request stays open: CANCEL takes it back, START: we write.",
        Say.CANCELLED: "Your request no. {ref} is taken back.",
        Say.NOT_CANCELLED: "Your request no. {ref} is {status} and cannot be taken back any more.",
        Say.NOTHING_OPEN: "You have no open request. Write what you need and where you are.",
        Say.STATUS: "Your request no. {ref}: {status}.",
        Say.HELP: "In danger of life call {emergency} now. Write what you need, how many people, and where you are.",
        Say.WHERE: "Where are you? Send a place, a landmark or your position.",
    },
    "si": {
        Say.RECEIVED: "ජීවිත අවදානමක් ඇත්නම් දැන්ම {emergency} අමතන්න. ඔබේ පණිවිඩය ලැබුණා, අංක {ref}.",
        Say.ADDED: "ජීවිත අවදානමක් ඇත්නම් දැන්ම {emergency} අමතන්න. ඔබේ ඉල්ලීම අංක {ref} ට එකතු කළා.",
        Say.CONSENT: "උදව් ලබා දීමට ඔබේ අංකය සහ වචන තබා ගන්නා අතර උදව් කරන අයට පමණක් පෙන්වයි. "
        "STOP: පිළිතුරු නවත්වන්න. CANCEL: ඉල්ලීම ඉවත් කරන්න. STATUS: තත්ත්වය.",
        Say.STOPPED: "ඔබට තවත් පිළිතුරු නොලැබේ. ඉල්ලීම විවෘතව පවතී; CANCEL එය ඉවත් කරයි, START නැවත අරඹයි.",
        Say.CANCELLED: "ඔබේ ඉල්ලීම අංක {ref} ඉවත් කළා.",
        Say.NOT_CANCELLED: "ඔබේ ඉල්ලීම අංක {ref} දැන් {status}; ඉවත් කළ නොහැක.",
        Say.NOTHING_OPEN: "විවෘත ඉල්ලීමක් නැත. ඔබට අවශ්‍ය දේ සහ ඔබ සිටින තැන ලියන්න.",
        Say.STATUS: "ඔබේ ඉල්ලීම අංක {ref}: {status}.",
        Say.HELP: "ජීවිත අවදානමක් ඇත්නම් දැන්ම {emergency} අමතන්න. අවශ්‍ය දේ, කී දෙනෙක්, කොහෙද යන්න ලියන්න.",
        Say.WHERE: "ඔබ කොහෙද? ස්ථානයක් හෝ සලකුණක් එවන්න.",
    },
    "ta": {
        Say.RECEIVED: "உயிருக்கு ஆபத்து என்றால் உடனே {emergency} அழைக்கவும். உங்கள் செய்தி கிடைத்தது, எண் {ref}.",
        Say.ADDED: "உயிருக்கு ஆபத்து என்றால் உடனே {emergency} அழைக்கவும். உங்கள் கோரிக்கை எண் {ref} இல் சேர்க்கப்பட்டது.",
        Say.CONSENT: "உதவி பெற உங்கள் எண்ணையும் சொற்களையும் வைத்திருந்து உதவுபவர்களுக்கு மட்டும் காட்டுவோம். "
        "STOP: பதில்கள் வேண்டாம். CANCEL: திரும்பப் பெற. STATUS: நிலை.",
        Say.STOPPED: "இனி பதில்கள் வராது. கோரிக்கை திறந்திருக்கும்; CANCEL திரும்பப் பெறும், START மீண்டும் தொடங்கும்.",
        Say.CANCELLED: "உங்கள் கோரிக்கை எண் {ref} திரும்பப் பெறப்பட்டது.",
        Say.NOT_CANCELLED: "உங்கள் கோரிக்கை எண் {ref} இப்போது {status}; திரும்பப் பெற முடியாது.",
        Say.NOTHING_OPEN: "திறந்த கோரிக்கை இல்லை. என்ன தேவை, எங்கே இருக்கிறீர்கள் என்று எழுதவும்.",
        Say.STATUS: "உங்கள் கோரிக்கை எண் {ref}: {status}.",
        Say.HELP: "உயிருக்கு ஆபத்து என்றால் உடனே {emergency} அழைக்கவும். தேவை, எத்தனை பேர், எங்கே என்று எழுதவும்.",
        Say.WHERE: "நீங்கள் எங்கே? இடம் அல்லது அடையாளம் அனுப்பவும்.",
    },
}


def language_of(text: str) -> str:
    """`si` or `ta` by the script of the text, else `en`."""
    for language, first, last in (("si", "\u0d80", "\u0dff"), ("ta", "\u0b80", "\u0bff")):
        if any(first <= letter <= last for letter in text):
            return language
    return "en"

"""What a push says on a locked screen. Sinhala and Tamil: machine translations, not yet reviewed by a speaker."""

from collections.abc import Mapping
from enum import StrEnum

from app.schemas.notification import NotificationKind

ENGLISH = "en"


class Common(StrEnum):
    """What is not of one kind of notification."""

    OPEN = "open"
    URGENT = "urgent"
    SEVERAL = "several"


Line = NotificationKind | Common

TEXTS: Mapping[str, Mapping[Line, str]] = {
    "en": {
        Common.OPEN: "Open the app to see it.",
        Common.URGENT: "Urgent: can you help now?",
        Common.SEVERAL: "You have new notifications",
        NotificationKind.TASK_OFFERED: "A task is offered to you. Can you help?",
        NotificationKind.TASK_CANCELLED: "A task of yours is cancelled",
        NotificationKind.REQUEST_APPROVED: "Your request was approved",
        NotificationKind.REQUEST_REJECTED: "There is an answer to your request",
        NotificationKind.REQUEST_PROGRESS: "There is news about your request",
        NotificationKind.REQUEST_COMPLETED: "Your request is completed",
        NotificationKind.NEEDS_DECISION: "Something waits for your decision",
        NotificationKind.REPEAT_OFFERED: "A question about your request",
        NotificationKind.NEEDS_MODERATION: "A message was reported",
        NotificationKind.DISASTER_REGISTERED: "Your suggestion was taken up",
        NotificationKind.DISASTER_DISCARDED: "There is an answer to your suggestion",
        NotificationKind.REMOVED_FROM_DISASTER: "You no longer take part in a disaster",
        NotificationKind.REQUEST_HANDED_OVER: "A request has to be looked after",
        NotificationKind.BROADCAST: "A message to all who take part",
        NotificationKind.DRILL: "This is a drill: please open the app",
    },
    "si": {
        Common.OPEN: "බැලීමට යෙදුම විවෘත කරන්න.",
        Common.URGENT: "හදිසියි: දැන් උදව් කළ හැකිද?",
        Common.SEVERAL: "ඔබට නව දැනුම්දීම් ඇත",
        NotificationKind.TASK_OFFERED: "ඔබට කාර්යයක් ඇත. උදව් කළ හැකිද?",
        NotificationKind.TASK_CANCELLED: "ඔබේ කාර්යයක් අවලංගු කළා",
        NotificationKind.REQUEST_APPROVED: "ඔබේ ඉල්ලීම අනුමත කළා",
        NotificationKind.REQUEST_REJECTED: "ඔබේ ඉල්ලීමට පිළිතුරක් ඇත",
        NotificationKind.REQUEST_PROGRESS: "ඔබේ ඉල්ලීම ගැන අලුත් තොරතුරක් ඇත",
        NotificationKind.REQUEST_COMPLETED: "ඔබේ ඉල්ලීම සම්පූර්ණයි",
        NotificationKind.NEEDS_DECISION: "ඔබේ තීරණයක් අවශ්‍යයි",
        NotificationKind.REPEAT_OFFERED: "ඔබේ ඉල්ලීම ගැන ප්‍රශ්නයක්",
        NotificationKind.NEEDS_MODERATION: "පණිවිඩයක් වාර්තා කර ඇත",
        NotificationKind.DISASTER_REGISTERED: "ඔබේ යෝජනාව පිළිගත්තා",
        NotificationKind.DISASTER_DISCARDED: "ඔබේ යෝජනාවට පිළිතුරක් ඇත",
        NotificationKind.REMOVED_FROM_DISASTER: "ඔබ තවදුරටත් ආපදා කණ්ඩායමක නැත",
        NotificationKind.REQUEST_HANDED_OVER: "ඉල්ලීමක් බලා ගත යුතුයි",
        NotificationKind.BROADCAST: "සහභාගි වන සියල්ලන්ට පණිවිඩයක්",
        NotificationKind.DRILL: "මෙය පෙරහුරුවකි: යෙදුම විවෘත කරන්න",
    },
    "ta": {
        Common.OPEN: "பார்க்க செயலியைத் திறக்கவும்.",
        Common.URGENT: "அவசரம்: இப்போது உதவ முடியுமா?",
        Common.SEVERAL: "உங்களுக்குப் புதிய அறிவிப்புகள் உள்ளன",
        NotificationKind.TASK_OFFERED: "உங்களுக்கு ஒரு பணி உள்ளது. உதவ முடியுமா?",
        NotificationKind.TASK_CANCELLED: "உங்கள் பணி ஒன்று ரத்து செய்யப்பட்டது",
        NotificationKind.REQUEST_APPROVED: "உங்கள் கோரிக்கை ஏற்கப்பட்டது",
        NotificationKind.REQUEST_REJECTED: "உங்கள் கோரிக்கைக்குப் பதில் உள்ளது",
        NotificationKind.REQUEST_PROGRESS: "உங்கள் கோரிக்கை பற்றிய புதிய செய்தி உள்ளது",
        NotificationKind.REQUEST_COMPLETED: "உங்கள் கோரிக்கை நிறைவடைந்தது",
        NotificationKind.NEEDS_DECISION: "உங்கள் முடிவு தேவை",
        NotificationKind.REPEAT_OFFERED: "உங்கள் கோரிக்கை பற்றி ஒரு கேள்வி",
        NotificationKind.NEEDS_MODERATION: "ஒரு செய்தி புகாரளிக்கப்பட்டது",
        NotificationKind.DISASTER_REGISTERED: "உங்கள் பரிந்துரை ஏற்கப்பட்டது",
        NotificationKind.DISASTER_DISCARDED: "உங்கள் பரிந்துரைக்குப் பதில் உள்ளது",
        NotificationKind.REMOVED_FROM_DISASTER: "நீங்கள் இனி ஒரு பேரிடர் குழுவில் இல்லை",
        NotificationKind.REQUEST_HANDED_OVER: "ஒரு கோரிக்கையைக் கவனிக்க வேண்டும்",
        NotificationKind.BROADCAST: "பங்கேற்கும் அனைவருக்கும் ஒரு செய்தி",
        NotificationKind.DRILL: "இது ஒரு பயிற்சி: செயலியைத் திறக்கவும்",
    },
}


def language_for(*tags: str | None) -> str:
    """The first of these (BCP 47) that there are texts in, else English."""
    for tag in tags:
        if tag and (language := tag.lower().partition("-")[0]) in TEXTS:
            return language
    return ENGLISH

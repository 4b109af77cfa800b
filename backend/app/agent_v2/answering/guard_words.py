# ruff: noqa: E501 - one language a line, however long
"""The words by which the guard knows a dose, a diagnosis and a promise in other languages than English."""

from dataclasses import dataclass

DISEASES = (
    "dengue|cholera|malaria|covid(?:-19)?|leptospirosis|rat fever|pneumonia|sepsis|tetanus|typhoid|measles|appendicitis"
    "|hepatitis|meningitis|tuberculosis|rabies|(?:a )?heart attack|(?:a )?stroke|diphtheria|concussion"
)

UNITS = "|".join((
    "මි\\.?\\s?ග්‍?රෑ|මිලිග්‍?රෑම්|මිලිලීටර්|මි\\.?ලී",
    "மி\\.?\\s?கி|மில்லி\\s?கிராம்|மில்லி\\s?லிட்டர்|மி\\.?லி",
    "मि\\.?\\s?ग्रा|मिलीग्राम|मिग्रा|एमजी|मिलीलीटर|मि\\.?ली|एमएल",
    "ملی\\s?گرام|ملی\\s?لیٹر|ملغ|ملجم|مجم|مليغرام|مل\\b",
    "মিলিগ্রাম|মি\\.?গ্রা|মিলিলিটার",
    "мг|мл|毫克|毫升|ミリグラム|มก|มล|มิลลิกรัม",
    "miligramos?|mililitros?|miligramas?|milligrammes?|millilitres?|Milligramm|Milliliter|miligram|mililiter",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pieces:
    """What medicine is counted in, and the small numbers as words."""

    words: str
    counts: str


PIECES = Pieces(
    words="|".join((
        "පෙති|පෙත්ත|පෙත්තක්|කරල්|තේ හැඳි", "மாத்திரை\\S*|வில்லை\\S*", "गोली|गोलियां|गोलियाँ|टैबलेट|कैप्सूल|चम्मच दवा",
        "گولی|گولیاں|ٹیبلیٹ|حبة|حبات|حبوب|أقراص|قرص|كبسولة", "ট্যাবলেট|বড়ি", "таблетк\\S*|капсул\\S*", "片药|片剂|粒|錠|เม็ด|viên",
        "\\b(?:tabletas?|pastillas?|comprimidos?|c[aá]psulas?|comprim[eé]s?|g[eé]lules?|cachets?|pilules?|Tabletten?|Pillen?|Kapseln?|tablet|kapsul|pil|grenn|goli|goliyan|pethi|maathirai|mathirai)\\b",
    )),
    counts="දෙකක්|දෙක|එකක්|තුනක්|இரண்டு|ஒரு|மூன்று|दो|एक|तीन|دو|ایک|تین|দুটি|একটি|две?|одн\\S+|три|两|二|三|\\b(?:dos|tres|una?|deux|trois|une?|zwei|drei|eine?|dua|satu|tiga|de|twa|do|teen|rendu)\\b",
)  # fmt: skip

COMING_ABROAD = "|".join((
    "(?:ayuda|rescate|rescatistas|ambulancia|equipo|bote|barco)\\b[^.!?\\n]{0,25}\\b(?:en camino|viene|vienen|llegar[aá]n?|llegan?)\\b",
    "(?:aide|secours|ambulance|équipe|equipe|bateau|sauveteurs)\\b[^.!?\\n]{0,25}\\b(?:en route|en chemin|arrivent?|arriver(?:a|ont)|viennent)\\b",
    "(?:Hilfe|Rettung|Team|Boot|Krankenwagen)\\b[^.!?\\n]{0,25}\\b(?:unterwegs|kommt|kommen|eintreffen)\\b",
    "(?:bantuan|pertolongan|ambulans|tim|perahu)\\b[^.!?\\n]{0,25}\\b(?:dalam perjalanan|datang|tiba)\\b",
    "(?:tulong|ambulansya|bangka)\\b[^.!?\\n]{0,25}\\b(?:paparating|parating|darating)\\b",
    "(?:sekou|anbilans|ekip|bato)\\b[^.!?\\n]{0,25}\\b(?:nan wout|ap vini|ap rive)\\b",
    "(?:උදව්|උපකාර|ගිලන් රථ\\S*|කණ්ඩායම\\S*|බෝට්ටු\\S*)[^.!?\\n]{0,30}(?:එනවා|එමින්|පැමිණෙ\\S*|පැමිණේ\\S*|එයි|ඒවි|එවා ඇත|පිටත්)",
    "(?:உதவி|மீட்பு\\S*|ஆம்புலன்ஸ்|குழு\\S*|படகு\\S*)[^.!?\\n]{0,30}(?:வந்து கொண்டிருக்\\S*|வருகிற\\S*|வரும்|வருவார்கள்|வந்துகொண்\\S*|புறப்பட்\\S*)",
    "(?:मदद|सहायता|एम्बुलेंस|टीम|नाव|बचाव\\S*)[^.!?\\n।]{0,30}(?:आ रह\\S*|रास्ते में|पहुंच\\S*|पहुँच\\S*|आएग\\S*|आ जाएग\\S*)",
    "(?:مدد|ایمبولینس|ٹیم|کشتی)[^.!?\\n۔]{0,30}(?:آ رہ\\S*|راستے میں|پہنچ\\S*|آئے گ\\S*)",
    "(?:المساعدة|الإسعاف|فريق|القارب)[^.!?\\n]{0,30}(?:في الطريق|قادم\\S*|ستصل|سيصل)",
    "(?:সাহায্য|অ্যাম্বুলেন্স|দল|নৌকা)[^.!?\\n।]{0,30}(?:আসছে|পথে|পৌঁছাবে)",
    "(?:помощь|спасател\\S*|скорая|команда)[^.!?\\n]{0,30}(?:в пути|едет|едут|прибуд\\S*|приед\\S*)",
    "(?:救援|救护车|帮助)[^。！？\\n]{0,10}(?:路上|赶来|到达)",
))  # fmt: skip

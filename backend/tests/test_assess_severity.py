"""How urgent our own sentences are read, in the languages that the rules know: the worst never too low."""

import pytest

from app.agent_v2.assess import RulesAssessor
from app.agent_v2.learned.reader import LearnedReader
from app.schemas.vocabulary import Severity

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
ASSESSOR = RulesAssessor(learned=LearnedReader())

SENTENCES: tuple[tuple[str, tuple[Severity, ...]], ...] = (
    ("my brother is trapped under the wall and he is not answering", (CRITICAL,)),
    ("the water is up to our necks, we are on the table", (CRITICAL,)),
    ("she stopped breathing, what do I do", (CRITICAL,)),
    ("our neighbour is bleeding heavily from the leg", (CRITICAL,)),
    ("house on fire, two children still inside", (CRITICAL,)),
    ("my wife is in labour and the road is under water", (CRITICAL,)),
    ("there is a strong smell of gas and my mother fainted", (CRITICAL,)),
    ("dad has chest pain and cannot breathe", (CRITICAL,)),
    ("a snake bit my daughter, her arm is swelling and she is dizzy", (CRITICAL, HIGH)),
    ("car with people in it was swept into the river", (CRITICAL,)),
    ("buried alive in the mud, we hear voices, come quickly", (CRITICAL,)),
    ("the baby has convulsions and is very hot", (CRITICAL,)),
    ("my son is unconscious after he touched the wire", (CRITICAL,)),
    ("grandfather's oxygen machine has no power since an hour", (CRITICAL,)),
    ("men with guns are shooting at the houses", (CRITICAL,)),
    ("help we r drowning pls", (CRITICAL,)),
    ("no se puede respirar, hay mucho humo y estamos atrapados", (CRITICAL,)),
    ("mi hermano está inconsciente y sangra mucho", (CRITICAL,)),
    ("mon père ne respire plus", (CRITICAL,)),
    ("nous sommes coincés sous les décombres", (CRITICAL,)),
    ("manman m anba beton an, li pa ka respire", (CRITICAL,)),
    ("අපි වතුරේ හිරවෙලා, බේරගන්න", (CRITICAL, HIGH)),
    ("மூச்சு விட முடியவில்லை, உதவுங்கள்", (CRITICAL,)),
    ("mera bhai malbe ke neeche daba hua hai", (CRITICAL,)),
    ("husma ganna ba ammata, ikmanata enna", (CRITICAL,)),
    ("my insulin is finished since yesterday", (HIGH, CRITICAL)),
    ("we are stranded on the first floor, the water is still rising", (HIGH, CRITICAL)),
    ("my mother of 82 has had no water since two days", (HIGH,)),
    ("baby of 3 months and no formula left", (HIGH,)),
    ("my arm is broken after the roof fell on me", (HIGH, CRITICAL)),
    ("pregnant woman in the tent, no food and no water", (HIGH,)),
    ("dialysis patient, no electricity at the clinic", (HIGH, CRITICAL)),
    ("our house has big cracks and the ground still shakes", (HIGH, MEDIUM)),
    ("help", (HIGH, CRITICAL)),
    ("SOS", (HIGH, CRITICAL)),
    ("please someone come", (HIGH, CRITICAL)),
    ("my child is missing since the flood", (HIGH, CRITICAL)),
    ("necesitamos leche para un bebé de dos meses", (HIGH, MEDIUM)),
    ("ma fille de 2 ans a de la fièvre", (HIGH, MEDIUM)),
    ("we need drinking water for our street", (MEDIUM,)),
    ("no food left in the camp", (MEDIUM,)),
    ("our roof is gone, we need tarpaulins", (MEDIUM, HIGH)),
    ("we sleep outside since the earthquake", (MEDIUM,)),
    ("we have nothing to eat, 12 adults", (MEDIUM,)),
    ("the latrines are full and it smells", (MEDIUM,)),
    ("soap and sanitary pads needed at the school", (MEDIUM,)),
    ("necesitamos agua y comida", (MEDIUM,)),
    ("nous avons besoin de tentes", (MEDIUM,)),
    ("nou bezwen dlo", (MEDIUM,)),
    ("අපිට කෑම නැහැ", (MEDIUM,)),
    ("எங்களுக்கு தண்ணீர் வேண்டும்", (MEDIUM,)),
    ("hamein pani chahiye", (MEDIUM,)),
    ("apita wathura oni", (MEDIUM,)),
    ("we could use some more blankets when you have any", (LOW,)),
    ("where can I charge my phone", (LOW,)),
    ("when does the school open again", (LOW,)),
    ("the fence was blown down in the storm", (LOW, MEDIUM)),
    ("clothes for three adults please", (LOW, MEDIUM)),
    ("I would like to know where the office for passports is", (LOW,)),
    ("thank you for the rice we got yesterday", (LOW, MEDIUM)),
    ("good morning", (LOW,)),
    ("nobody is hurt, the fire is out, we only need some blankets", (LOW, MEDIUM)),
    ("we are all safe, the water went down", (LOW, MEDIUM)),
    ("the water is knee deep in our lane", (HIGH, MEDIUM)),
    ("we live near the hospital and need rice", (MEDIUM,)),
)


@pytest.mark.parametrize(("words", "fitting"), SENTENCES)
def test_a_sentence_is_as_urgent_as_it_says(words: str, fitting: tuple[Severity, ...]) -> None:
    assert ASSESSOR.finding(words).severity in fitting

# ruff: noqa: E501 - one phrase or one row a line, however long
"""Named classes of words that phrases refer to."""

from collections.abc import Mapping

from app.agent_v2.rules.table import words

NUMBER_WORDS: Mapping[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12,
    "quince": 15, "veinte": 20, "treinta": 30, "cien": 100,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "douze": 12,
    "de": 2, "twa": 3, "kat": 4, "senk": 5, "sis": 6, "set": 7, "uit": 8, "nef": 9, "dis": 10,
}  # fmt: skip
"""Numbers in words: English, Spanish, French, Haitian Creole (`de` counts only before a word for people)."""

_KIN = """
husband wife spouse son sons daughter daughters mother mom mum moms mums mama momma mommy father dad dads daddy papa
brother brothers sister sisters grandma grandmother granny nana nanna grandpa grandfather grandad granddad grandson
granddaughter baby babies newborn infant infants toddler toddlers child children kid kids boy boys girl girls friend friends neighbor
neighbour neighbors neighbours uncle aunt auntie aunty cousin nephew niece man men woman women lady guy person people
someone somebody anyone parents roommate coworker colleague partner boyfriend girlfriend fiance fiancee teen teenager
student students patient patients victim victims worker workers driver passenger passengers family families couple others
survivor survivors villagers residents twin twins inlaw grandparents grandparent stepson elderly resident everyone everybody
"""

CLASSES: Mapping[str, frozenset[str]] = {
    "kin": frozenset(_KIN.split()),
    "person": frozenset(_KIN.split()) | words("he she they him her them we i me us im hes shes theyre hims his my our"),
    "who": frozenset(_KIN.split()) - words("family families")
    | words("he she they him them we i us im hes shes theyre weare theyare"),
    "be": words("""
    is are was were be been am im hes shes theyre its gets got get getting being weve ive seems
"""),
    "cant": words("cant couldnt barely hardly unable cannot"),
    "neg": words("""
    not isnt arent wasnt werent no never hasnt havent hadnt doesnt dont didnt wont cant couldnt wouldnt without
    stopped stops
"""),
    "limb": words("""
    arm arms leg legs hand hands foot feet finger fingers thumb toe toes ankle wrist knee hip shoulder elbow rib
    ribs jaw bone bones collarbone nose
"""),
    "core": words("""
    head skull face neck throat chest stomach abdomen belly back spine ear ears mouth eye eyes groin
"""),
    "vehicle": words("""
    car van bus truck vehicle taxi jeep lorry suv boat ferry minivan tractor pickup tuk train
"""),
    "place": words("""
    house home building apartment flat room roof kitchen school church hospital basement attic garage shop store
    hotel office floor hall camp tent tents warehouse factory barn shed village neighborhood neighbourhood
    street block complex dorm trailer cabin mosque temple
"""),
    "few": words("""
    a an the my our his her their your this that some any of in on to at so very too really all just still also
    even
"""),
}

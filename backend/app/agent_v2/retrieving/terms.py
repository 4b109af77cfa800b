"""The words of a question or a card that tell what it is about, in one form each."""

from app.agent_v2.rules.table import words
from app.agent_v2.rules.text import END, Text

STOP = words("""
    a about all also am an and any anymore are as at be because been before being best but by can cant come comes
    coming could do does doing dont during ever far for from get gets getting give go going good got had happen
    happened happens has have having he her here hers hes him his how i if im in into is it its ive just keep keeps
    know let like long make makes many may me mine more most much must my need needed needs new no not now of off ok
    okay on one or our out over own please put really said say see she shes should so some somebody someone
    something start still such tell than thank thanks that the their them then there theres these they thing things
    this those to too up us use used very want wants was we went were weve what whats when where which while who
    whom whose why will with without wont would yes yet you your yours
""")  # fmt: skip


def stems(text: Text) -> list[tuple[int, str]]:
    """The words that mean something, with their places."""
    return [
        (i, stem(word)) for i, word in enumerate(text.words) if word != END and word not in STOP and not word.isdigit()
    ]


def stem(word: str) -> str:
    """An English word without its commonest endings, so that `drinks`, `drinking`, `drink` are one."""
    if not word.isascii() or len(word) <= 3:
        return word
    for ending, least in (("ies", 4), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4), ("e", 4)):
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            return word[: -len(ending)] + ("i" if ending == "ies" else "")
    return word[:-1] + "i" if word.endswith("y") else word

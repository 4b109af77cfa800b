"""Ways to reach somebody, found in free text and taken out of it."""

import re
from collections.abc import Iterable

import phonenumbers

MASK = "[removed]"

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,250}\.[^\s@<>()\[\],;:\".!?]{2,24}")
_LEAST_NAME = 3


def without_contacts(text: str, *, region: str, names: Iterable[str] = ()) -> str:
    """The text with e-mail addresses, telephone numbers and these names masked.

    Numbers are those of `region` (`LK`) and of all countries in international form. It finds what is written as such
    and no more: somebody may say who they are in many other ways.
    """
    text = _EMAIL.sub(MASK, text)
    for found in reversed(list(phonenumbers.PhoneNumberMatcher(text, region.upper()))):
        text = f"{text[: found.start]}{MASK}{text[found.end :]}"
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) >= _LEAST_NAME:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text

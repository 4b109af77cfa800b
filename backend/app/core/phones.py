"""Phone numbers in one form, so that two ways of writing one number are one."""

import phonenumbers


def e164(number: str, *, region: str) -> str | None:
    """`+94771234567`, or None for what is no number; `region` (`LK`) is meant where no country code is said."""
    try:
        parsed = phonenumbers.parse(number, region.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)

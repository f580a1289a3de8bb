"""What a name and an e-mail address look like: one rule for a form, for a file, and for telling people apart."""

import re

NAME_CHARS_MAX = 200
NAME_PATTERN = r"\S"
"""Something in it can be seen."""
EMAIL_CHARS_MIN = 3
EMAIL_CHARS_MAX = 254
EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+$"
"""One @ with something on both sides and no white space: only a message that arrives proves more (RFC 5321, 4.5.3)."""

_NAME, _EMAIL = re.compile(NAME_PATTERN), re.compile(EMAIL_PATTERN)


def is_name(text: str) -> bool:
    """1..200 characters of which at least one can be seen."""
    return 1 <= len(text) <= NAME_CHARS_MAX and _NAME.search(text) is not None


def is_email(text: str) -> bool:
    """3..254 characters of the shape something@something, without white space."""
    return EMAIL_CHARS_MIN <= len(text) <= EMAIL_CHARS_MAX and _EMAIL.fullmatch(text) is not None


def same_email(text: str) -> str:
    """The spelling under which an address is compared: whoever writes it in capitals is the same person."""
    return text.strip().casefold()

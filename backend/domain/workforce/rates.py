"""What every rate is held to: per answer or per hour, minor units of a currency of ISO 4217, from a day on."""

from datetime import date

from backend.domain.checks import in_range, one_of
from backend.domain.errors import Refusal
from backend.domain.workforce.currencies import DIGITS

PER = ("answer", "hour")
MINOR_MAX = 1_000_000_000_000


def check_amount(code: str, per: str, minor: int | None) -> None:
    """Refuses with `code` (invalid) what is paid otherwise than per answer or hour, or is out of range."""
    one_of(code, "per", per, PER)
    if minor is not None:
        in_range(code, "amount_minor", minor, 0, MINOR_MAX)


def check_currency(currency: str) -> None:
    """Raises `currency_unknown` (invalid)."""
    if currency not in DIGITS:
        raise Refusal(
            "invalid",
            "currency_unknown",
            expected="a code of ISO 4217 in which money is paid, such as EUR",
            found=currency,
            mend="send the three letters of the currency",
        )


def day_said(code: str, text: str) -> str:
    """The day in its one spelling (ISO 8601). Refuses with `code` (invalid) what the calendar does not have."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refusal(
            "invalid",
            code,
            expected="a day of the calendar such as 2026-01-31",
            found=f"{text:.20}",
            mend="send the day as year, month and day",
        ) from None

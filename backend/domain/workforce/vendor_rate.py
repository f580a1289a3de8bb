"""A vendor's rate: what an answer or an hour costs, in a skill and kind of work or in all, from a day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.workforce.currencies import DIGITS
from backend.events import vendors as ev
from backend.events.ids import SkillId, VendorId

PER = ("answer", "hour")
MINOR_MAX = 1_000_000_000_000

# --- state


@dataclass(frozen=True, slots=True)
class Rates:
    """Day (ISO 8601) -> what holds from then on."""

    since: Mapping[str, ev.VendorRateSet] = field(default_factory=dict)


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRate:
    """Say what holds from a day on (UTC), in a skill and a kind of work (None: in each); `minor` None: nothing more.
    Saying it again for the same day corrects it."""

    vendor: VendorId
    skill: SkillId | None
    stage: str | None
    per: str
    minor: int | None
    currency: str
    effective: str


# --- decide


def decide(command: SetRate, rates: Rates) -> Sequence[ev.VendorRateSet]:
    """The same again is nothing. Raises `vendor_rate_invalid` and `currency_unknown` (invalid)."""
    one_of("vendor_rate_invalid", "per", command.per, PER)
    if command.minor is not None:
        in_range("vendor_rate_invalid", "amount_minor", command.minor, 0, MINOR_MAX)
    if command.currency not in DIGITS:
        raise Refusal(
            "invalid",
            "currency_unknown",
            expected="a code of ISO 4217 in which money is paid, such as EUR",
            found=command.currency,
            mend="send the three letters of the currency",
        )
    said = ev.VendorRateSet(
        vendor=command.vendor,
        skill=command.skill,
        stage=command.stage,
        per=command.per,
        amount_minor=command.minor,
        currency=command.currency,
        effective=_day(command.effective),
    )
    return [] if rates.since.get(said.effective) == said else [said]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refusal(
            "invalid",
            "vendor_rate_invalid",
            expected="a day of the calendar such as 2026-01-31",
            found=f"{text:.20}",
            mend="send the day as year, month and day",
        ) from None


# --- evolve


def evolve(rates: Rates, event: ev.VendorRateSet) -> Rates:
    """What is true after the event."""
    return Rates({**rates.since, event.effective: event})


VENDOR_RATE: Decider[SetRate, Rates, ev.VendorRateSet] = Decider(Rates(), decide, evolve)
"""One stream per vendor, skill and kind of work; its id follows from them."""

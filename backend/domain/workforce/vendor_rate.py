"""A vendor's rate: what an answer or an hour costs, in a skill and kind of work or in all, from a day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.domain.decider import Decider
from backend.domain.workforce.rates import check_amount, check_currency, day_said
from backend.events import vendors as ev
from backend.events.ids import SkillId, VendorId

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
    check_amount("vendor_rate_invalid", command.per, command.minor)
    check_currency(command.currency)
    said = ev.VendorRateSet(
        vendor=command.vendor,
        skill=command.skill,
        stage=command.stage,
        per=command.per,
        amount_minor=command.minor,
        currency=command.currency,
        effective=day_said("vendor_rate_invalid", command.effective),
    )
    return [] if rates.since.get(said.effective) == said else [said]


# --- evolve


def evolve(rates: Rates, event: ev.VendorRateSet) -> Rates:
    """What is true after the event."""
    return Rates({**rates.since, event.effective: event})


VENDOR_RATE: Decider[SetRate, Rates, ev.VendorRateSet] = Decider(Rates(), decide, evolve)
"""One stream per vendor, skill and kind of work; its id follows from them."""

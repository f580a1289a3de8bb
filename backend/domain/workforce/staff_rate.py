"""A staff rate: what an answer or an hour of the tenant's own people costs in a project, from a day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.domain.decider import Decider
from backend.domain.workforce.rates import check_amount, check_currency, day_said
from backend.events import staff_rates as ev
from backend.events.ids import ProjectId

# --- state


@dataclass(frozen=True, slots=True)
class Rates:
    """Day (ISO 8601) -> what holds from then on."""

    since: Mapping[str, ev.StaffRateSet] = field(default_factory=dict)


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRate:
    """Say what holds from a day on (UTC) in a kind of work (None: in each); `minor` None: nothing more. Saying it again
    for the same day corrects it."""

    project: ProjectId
    stage: str | None
    per: str
    minor: int | None
    currency: str
    effective: str


# --- decide


def decide(command: SetRate, rates: Rates) -> Sequence[ev.StaffRateSet]:
    """The same again is nothing. Raises `staff_rate_invalid` and `currency_unknown` (invalid)."""
    check_amount("staff_rate_invalid", command.per, command.minor)
    check_currency(command.currency)
    said = ev.StaffRateSet(
        project=command.project,
        stage=command.stage,
        per=command.per,
        amount_minor=command.minor,
        currency=command.currency,
        effective=day_said("staff_rate_invalid", command.effective),
    )
    return [] if rates.since.get(said.effective) == said else [said]


# --- evolve


def evolve(rates: Rates, event: ev.StaffRateSet) -> Rates:
    """What is true after the event."""
    return Rates({**rates.since, event.effective: event})


STAFF_RATE: Decider[SetRate, Rates, ev.StaffRateSet] = Decider(Rates(), decide, evolve)
"""One stream per project and kind of work; its id follows from them."""

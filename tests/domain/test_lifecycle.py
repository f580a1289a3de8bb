"""The whole lifecycle as a table: every phase, everything that may be asked of it, what happens or why not."""

from pathlib import Path

from backend.domain.errors import Refusal
from backend.domain.workforce import annotator as rules
from backend.domain.workforce.annotator import ANNOTATOR, Claim, Command
from backend.domain.workforce.standing import Suspended, status_of
from backend.events.base import Secret, name_of
from tests.domain import test_annotator as t
from tests.domain.facts import LATER, NOON
from tests.domain.gwt import Given, given
from tests.support.golden import same_as_golden

GOLDEN = Path(__file__).parent / "golden"
Stream = Given[Command, rules.Annotator, rules.Event]

STREAMS: dict[str, Stream] = {
    "unknown": given(ANNOTATOR),
    "invited": t.invited(),
    "invited, check passed": t.invited().after(t.check()),
    "invited, check failed": t.invited().after(t.check(passed=False)),
    "invited, new token": t.invited().after(t.REINVITE),
    "screened": t.invited().after(t.SCREEN),
    "onboarding": t.onboarding(),
    "active": t.active(),
    "active, vendor's": given(
        ANNOTATOR,
        *given(ANNOTATOR).after(t.invite("annotator", origin="vendor", vendor=t.VENDOR), t.CLAIM).past,
    ),
    "paused": t.active().after(t.PAUSE),
    "suspended, invited": t.invited().after(t.SUSPEND),
    "suspended, screened": t.invited().after(t.SCREEN, t.SUSPEND),
    "suspended, onboarding": t.onboarding().after(t.SUSPEND),
    "suspended, active": t.active().after(t.SUSPEND),
    "suspended, paused": t.active().after(t.PAUSE, t.SUSPEND),
    "suspended with vendor": t.active().after(t.SUSPEND_VENDOR),
    "offboarded": t.active().after(t.OFFBOARD),
    "erased": t.active().after(t.ERASE),
}
COMMANDS: dict[str, Command] = {
    "Invite": t.invite("annotator"),
    "Reinvite": rules.Reinvite(claim_key=t.KEY_B, claim_fingerprint=b"newer", claim_until=t.MUCH_LATER),
    "RecordCheck, passed": t.check(evidence=b"other"),
    "RecordCheck, failed": t.check(passed=False, evidence=b"other"),
    "RecordCheck, ended": rules.RecordCheck(
        check="identity", passed=True, evidence=Secret(b"x"), until=NOON, now=NOON
    ),
    "ExpireCheck, over": rules.ExpireCheck(check="identity", now=LATER),
    "ExpireCheck, not over": rules.ExpireCheck(check="identity", now=NOON),
    "Screen, nothing asked": t.SCREEN,
    "Screen, check asked": rules.Screen(checks=("identity",), reason=None, now=NOON),
    "Claim": t.CLAIM,
    "Claim, more is asked": t.CLAIM_TO_ONBOARD,
    "Claim, new token": Claim(fingerprint=b"new", active=True, now=NOON),
    "Claim, wrong token": t.WRONG,
    "Claim, too late": Claim(fingerprint=b"right", active=True, now=t.MUCH_LATER),
    "Activate": t.ACTIVATE,
    "Activate, incomplete": rules.Activate(met=(), missing=("approval",), reason=None),
    "Pause": t.PAUSE,
    "Pause, open-ended": rules.Pause(reason=Secret(b"s"), until=None, now=NOON),
    "Pause, ended": rules.Pause(reason=Secret(b"s"), until=NOON, now=NOON),
    "Resume": t.RESUME,
    "Suspend": t.SUSPEND,
    "Suspend, with vendor": t.SUSPEND_VENDOR,
    "Reinstate": t.REINSTATE,
    "Reinstate, with vendor": rules.Reinstate(reason=Secret(b"r"), vendor=t.VENDOR),
    "Offboard": t.OFFBOARD,
    "Erase": t.ERASE,
    "Move": rules.Move(origin="vendor", vendor=t.VENDOR, team=None),
}


def outcome(stream: Stream, command: Command) -> str:
    """Events and where they lead, `nothing new`, or the refusal with what it names."""
    try:
        events = ANNOTATOR.decide(command, stream.state)
    except Refusal as refusal:
        lists = (value for value in refusal.extra.values() if isinstance(value, list))
        named = [str(one) for value in lists for one in value]
        return f"refused {refusal.code}{': ' + ', '.join(named) if named else ''}"
    after = ANNOTATOR.fold((*stream.past, *events))
    told = ", ".join(name_of(event) for event in events)
    return f"{told} -> {status_of(after)}" if events else "nothing new"


def table() -> str:
    """One line per phase and command, phases apart."""
    blocks = []
    for phase, stream in STREAMS.items():
        rows = [f"{phase:22} {asked:24} {outcome(stream, command)}" for asked, command in COMMANDS.items()]
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks) + "\n"


def test_the_lifecycle_is_the_committed_one() -> None:
    same_as_golden(GOLDEN / "lifecycle.txt", table())


def test_the_table_has_every_phase_and_every_command() -> None:
    phases = {status_of(stream.state) for stream in STREAMS.values()}
    assert phases == {status_of(one) for one in _all_phases()}
    assert {type(command) for command in COMMANDS.values()} == set(Command.__args__)


def test_whoever_is_suspended_has_every_phase_before_it() -> None:
    before = {status_of(s.state.before) for s in STREAMS.values() if isinstance(s.state, Suspended)}
    assert before == {"invited", "screened", "onboarding", "active", "paused"}


def _all_phases() -> list[rules.Annotator]:
    commands = [t.SCREEN, t.CLAIM_TO_ONBOARD, t.ACTIVATE, t.PAUSE, t.SUSPEND, t.OFFBOARD, t.ERASE]
    walk = [t.invited().after(*commands[:n]).state for n in range(len(commands) + 1)]
    return [given(ANNOTATOR).state, *walk]

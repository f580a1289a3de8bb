"""Rules of the queue machine about a lease in time: opened, kept alive, put aside, handed on, taken away."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.domain.errors import Refusal
from backend.usecases.tasks import handing, holding
from tests.properties.queue_acts import PLACES, pick, who
from tests.properties.queue_coming import Coming
from tests.properties.queue_model import Lease, lost
from tests.support.leases import beat, delegate, pause, reassign, resume, revoke, start

OF_SLOT = "SELECT lease FROM lease WHERE tenant = $1 AND task = $2 AND slot = $3"


class Verbs(Coming):
    """What a holder does with a lease beside answering it, and what managers do with it."""

    # --- in time

    def acted(self, lease: Lease, outcome: Any, refused_in: dict[str, str]) -> bool:
        """Whether the act was done; otherwise it was refused because the lease has ended, or for the place it is in."""
        if lease.state != "held":
            assert outcome.code == lost(lease), outcome
        elif lease.place in refused_in:
            assert outcome.code == refused_in[lease.place], outcome
        else:
            assert isinstance(outcome, dict), outcome
            return True
        return False

    @rule(n=pick)
    def heartbeat(self, n: int) -> None:
        """A sign of life counts while the lease is held, opens it, and takes up nothing that lies aside."""
        if lease := self.some(n):
            self.beaten(lease)

    def beaten(self, lease: Lease) -> None:
        """One heartbeat."""
        outcome = self.run(beat(self.world, self.caller_of(lease), lease.id))
        if self.acted(lease, outcome, {"paused": "lease_paused"}):
            before = lease.ends_at if lease.place == "started" else None
            self.look(lease)
            assert lease.place == "started" and outcome["expires_at"] == lease.ends_at
            assert before is None or lease.ends_at >= before
            assert lease.ends_at <= (lease.hard_until or lease.ends_at)

    @rule(n=pick, times=st.integers(1, 5))
    def work_on(self, n: int, times: int) -> None:
        """Minutes with a sign of life each, perhaps up to the hard limit and beyond."""
        lease = self.some(n, "held")
        for _ in range(times if lease else 0):
            assert lease is not None
            self.world.clock.moved += timedelta(seconds=160)
            self.beaten(lease)

    @rule(n=pick)
    def open(self, n: int) -> None:
        """What was prefetched or given by name."""
        if lease := self.some(n):
            outcome = self.run(start(self.world, self.caller_of(lease), lease.id))
            if self.acted(lease, outcome, {"paused": "lease_paused"}):
                self.look(lease)
                assert lease.place == "started"

    @rule(n=pick, windows=st.integers(1, 2))
    def put_aside(self, n: int, windows: int) -> None:
        """Perhaps from two windows."""
        if lease := self.some(n):
            caller = self.caller_of(lease)
            for outcome in self.at_once(
                *(pause(self.world, caller, lease.id, {"window": k}) for k in range(windows))
            ):
                if self.acted(lease, outcome, {"held": "lease_not_started"}):
                    self.look(lease)
                    assert lease.place == "paused" and outcome["expires_at"] == lease.until

    @rule(n=pick)
    def take_up(self, n: int) -> None:
        """What lies aside; its limit moves by the time it lay there."""
        if lease := self.some(n):
            before, place = lease.hard_until, lease.place
            outcome = self.run(resume(self.world, self.caller_of(lease), lease.id))
            if self.acted(lease, outcome, {"held": "lease_not_started"}):
                self.look(lease)
                assert lease.place == "started"
                assert before is not None and lease.hard_until is not None
                assert lease.hard_until > before if place == "paused" else lease.hard_until == before

    @rule(n=pick)
    def put_aside_and_later_take_up(self, n: int) -> None:
        """For some minutes."""
        if (lease := self.some(n, "held")) and lease.place == "started":
            caller = self.caller_of(lease)
            self.run(pause(self.world, caller, lease.id))
            before = lease.hard_until
            self.world.clock.moved += timedelta(seconds=350)
            self.run(resume(self.world, caller, lease.id))
            self.look(lease)
            assert before and lease.hard_until and lease.hard_until >= before + timedelta(seconds=350)

    # --- handing on

    @rule(n=pick, to=who, keep=st.booleans())
    def delegate(self, n: int, to: int, keep: bool) -> None:
        """To a colleague; why they may not is not told."""
        if lease := self.some(n):
            caller, person = self.caller_of(lease), self.callers[to].subject.id
            outcome = self.run(delegate(self.world, caller, lease.id, person, keep_draft=keep))
            self.handed_on(lease, person, outcome, over_capacity=False, by_manager=False)

    @rule(n=pick, to=who, keep=st.booleans(), over=st.booleans())
    def reassign(self, n: int, to: int, keep: bool, over: bool) -> None:
        """By a manager."""
        if lease := self.some(n):
            person = self.callers[to].subject.id
            outcome = self.run(reassign(self.world, lease.id, person, keep_draft=keep, over_capacity=over))
            self.handed_on(lease, person, outcome, over_capacity=over, by_manager=True)

    @rule(n=pick, to=who, other=who)
    def hand_on_from_two_sides_at_once(self, n: int, to: int, other: int) -> None:
        """The holder and a manager, perhaps to different people: it goes to one of them."""
        lease = self.some(n, "held")
        if lease is None:
            return
        people = [self.callers[k].subject.id for k in (to, other)]
        before = {self.told(lease, people[0], False, False), self.told(lease, people[1], False, True)}
        done = self.at_once(
            delegate(self.world, self.caller_of(lease), lease.id, people[0]),
            reassign(self.world, lease.id, people[1]),
        )
        for by_manager, person, outcome in zip((False, True), people, done, strict=True):
            if isinstance(outcome, dict):
                self.handed_on(lease, person, outcome, over_capacity=False, by_manager=by_manager)
        for by_manager, person, outcome in zip((False, True), people, done, strict=True):
            if isinstance(outcome, Refusal):
                # Refused before the other was done, or after.
                assert outcome.code in before | {self.told(lease, person, False, by_manager)}, outcome
        assert lease.state == "reassigned" or "ok" not in before

    def told(self, lease: Lease, to: UUID, over_capacity: bool, by_manager: bool) -> str:
        """What handing it on must say: a holder is not told why a colleague may not."""
        code = self.model.handed(lease, to, over_capacity)
        known = ("ok", "already_yours", "lease_lost", "lease_revoked")
        return code if by_manager or code in known else "cannot_take_over"

    def handed_on(
        self, lease: Lease, to: UUID, outcome: Any, *, over_capacity: bool, by_manager: bool
    ) -> None:
        """Compare and enter."""
        code = outcome.code if isinstance(outcome, Refusal) else "ok"
        assert code == self.told(lease, to, over_capacity, by_manager), outcome
        if code == "ok":
            (row,) = self.run(self.world.rows(OF_SLOT, lease.task, lease.slot))
            assert not by_manager or row["lease"] == outcome["lease"]
            self.look(self.model.moved(lease, row["lease"], to))

    @rule(n=pick)
    def take_away(self, n: int) -> None:
        """By a manager, with a reason."""
        if lease := self.some(n):
            outcome = self.run(revoke(self.world, lease.id, "wrong person"))
            if lease.state in ("held", "revoked"):
                assert outcome["status"] == "revoked"
                if lease.state == "held":
                    self.model.ended(lease, "revoked")
            else:
                assert outcome.code == "lease_lost"

    # --- at once

    @rule(n=pick, seconds=st.sampled_from([20, 301]))
    def open_while_sweeping(self, n: int, seconds: int) -> None:
        """The first sign of life and the end of the time to give it meet."""
        lease = self.some(n, "held")
        if lease is None or lease.place == "paused":
            return
        self.world.clock.moved += timedelta(seconds=seconds)
        over = self.model.over(self.now())
        sweep: Coroutine[Any, Any, Any] = self.world.system(holding.leases_expire, most=100)
        outcome, swept = self.at_once(beat(self.world, self.caller_of(lease), lease.id), sweep)
        if self.left_over(lease, over, swept["expired"]):
            self.look(lease)
            assert isinstance(outcome, dict), outcome
        else:
            # Beyond its hard limit a heartbeat is heard and changes nothing.
            assert isinstance(outcome, dict) or outcome.code == "lease_lost", outcome

    def left_over(self, lease: Lease, over: list[Lease], expired: int) -> bool:
        """Enter a sweep beside another act on the lease; whether that is held still. What somebody has under lock is
        left for the next sweep."""
        alive = bool(self.run(self.world.rows(PLACES, [lease.id])))
        done = [one for one in over if one is not lease or (lease.state == "held" and not alive)]
        assert expired == len(done)
        self.model.swept(done)
        return alive

    @rule(n=pick, to=who)
    def hand_on_while_sweeping(self, n: int, to: int) -> None:
        """It is over and handed on at the same time: one of both."""
        lease = self.some(n, "held")
        if lease is None:
            return
        self.world.clock.moved += timedelta(seconds=301)
        over, person = self.model.over(self.now()), self.callers[to].subject.id
        before = self.told(lease, person, True, True)
        moving = self.world.act(
            handing.lease_reassign,
            lease=lease.id,
            annotator=person,
            keep_draft=True,
            over_capacity=True,
            reason="",
        )
        outcome, swept = self.at_once(moving, self.world.system(holding.leases_expire, most=100))
        if isinstance(outcome, dict):
            self.handed_on(lease, person, outcome, over_capacity=True, by_manager=True)
        self.left_over(lease, over, swept["expired"])
        if isinstance(outcome, Refusal):
            assert outcome.code in {before, self.told(lease, person, True, True)}, outcome

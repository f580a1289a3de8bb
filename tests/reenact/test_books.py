"""Request keys, journal and ledger: what makes a broken run resumable and its figures trustworthy."""

from pathlib import Path

import pytest

from backend.reenact.journal import Ack, Journal, journal_file
from backend.reenact.keys import keys_of, request_key
from backend.reenact.ledger import Ledger
from backend.reenact.problems import UsageProblem
from backend.reenact.report import over_counted

ACK = Ack(worker="w1", task="t1", lease="l1", answer='"1"', ordinal=3)


def test_a_request_key_follows_from_what_is_meant() -> None:
    assert request_key("run", "w1", "t1", "submit") == keys_of("run")("w1", "t1", "submit")
    assert request_key("run", "w1") == "a5f25e17369490b8b5bffc8298b8a885242ceaf5c2b376d31130986d08fdf169"
    assert len(request_key("run", "ä")) == 64


def test_request_keys_of_different_meanings_differ() -> None:
    keys = {
        request_key("run", "a", "bc"),
        request_key("run", "ab", "c"),
        request_key("run", "abc"),
        request_key("run", "a", "b", "c"),
        request_key("other", "a", "bc"),
        request_key("run", "a", 1),
        request_key("run", "a", "1"),
    }
    assert len(keys) == 7


def test_a_journal_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "r.json"
    journal = Journal(file).begin({"seed": 1})
    journal.acknowledged(ACK)
    journal.close()
    again = Journal(file)
    assert (again.header, again.acks, again.answers) == ({"seed": 1}, [ACK], [ACK])
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_resumed_journal_keeps_its_options_and_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    journal = Journal(file).begin({"seed": 1})
    journal.acknowledged(ACK)
    journal.close()
    with file.open("a") as out:
        out.write('{"worker": "w2", "ta')
    again = Journal(file).begin({"seed": 2})
    again.acknowledged(ACK)
    again.close()
    last = Journal(file)
    assert (last.header, last.acks) == ({"seed": 1}, [ACK, ACK])


def test_verdicts_are_no_answers(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "r.json")
    journal.acknowledged(Ack(worker="x", task="t", lease="l", answer="accept", stage="review"))
    assert journal.answers == []


def test_a_file_that_is_no_journal_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("important\n")
    with pytest.raises(UsageProblem, match="line 1: expected the journal of a run"):
        Journal(file)
    assert file.read_text() == "important\n"


def test_journals_are_kept_where_the_person_wants_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert journal_file("r1") == Path("/state/muster/runs/r1.json")


def test_the_same_lease_seen_again_is_no_duplicate() -> None:
    ledger = Ledger()
    ledger.given("l1", "w1", "t1")
    ledger.given("l1", "w1", "t1")
    assert ledger.duplicates == 0


def test_an_item_given_again_while_held_or_after_its_answer_is_a_duplicate() -> None:
    ledger = Ledger()
    ledger.given("l1", "w1", "t1")
    ledger.given("l2", "w1", "t1")
    ledger.ended("l1", "submitted")
    ledger.given("l3", "w1", "t1")
    ledger.given("l4", "w2", "t1")
    assert ledger.duplicates == 2


def test_an_item_given_again_after_its_lease_was_lost_is_no_duplicate() -> None:
    ledger = Ledger()
    ledger.given("l1", "w1", "t1")
    ledger.ended("l1", "late")
    ledger.given("l2", "w1", "t1")
    assert (ledger.duplicates, ledger.late, ledger.open()) == (0, 1, ["l2"])


def test_an_item_with_too_many_answers_or_two_by_one_person_is_over_counted() -> None:
    one, two = {"annotator": "a"}, {"annotator": "b"}
    assert over_counted([[one, two], [one], []], 2) == 0
    assert over_counted([[one, two], [one, one]], 1) == 2
    assert over_counted([[one, one]], 2) == 1


def test_an_answer_that_was_never_acknowledged_counts_as_given_and_is_kept_in_the_journal(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "r.json").begin({})
    journal.acknowledged(Ack(worker="w1", task="", lease="l1", answer=None, ordinal=4))
    journal.close()
    (known,) = Journal(tmp_path / "r.json").answers
    assert (known.answer, known.ordinal) == (None, 4)

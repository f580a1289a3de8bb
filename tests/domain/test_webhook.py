"""Webhooks: who they tell what, when they are tried again, and how they are signed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from backend.domain.access import webhook as use
from backend.domain.access.webhook_retries import Told, backoff, over, retry_at
from backend.domain.access.webhook_signature import secret_bytes, secret_text, signed
from backend.domain.errors import Refusal
from backend.events import webhooks as ev
from backend.events.base import Secret
from backend.events.ids import KeyId, PrincipalId, ProjectId, WebhookId
from tests.domain.gwt import given

HOOK, PROJECT, WHO = WebhookId(UUID(int=1)), ProjectId(UUID(int=2)), PrincipalId(UUID(int=3))
KNOWN = frozenset({"task.decided", "task.opened"})
NOW = datetime(2030, 1, 1, tzinfo=UTC)
URL, NAME, SECRET = Secret(b"url"), Secret(b"name"), Secret(b"secret")


def register(**said: Any) -> use.Register:
    told: dict[str, Any] = {
        "webhook": HOOK,
        "project": PROJECT,
        "name": NAME,
        "url": URL,
        "secret": SECRET,
        "kinds": ("task.opened", "task.decided"),
        "known": KNOWN,
        "with_answers": False,
        "at_once": 1,
        "from_index": 7,
        "sponsor": WHO,
        "key": KeyId("k"),
    }
    return use.Register(**told | said)


def change(**said: Any) -> use.Change:
    told: dict[str, Any] = {
        "expected_version": 1,
        "name": NAME,
        "url": URL,
        "kinds": ("*",),
        "known": KNOWN,
        "at_once": 2,
    }
    return use.Change(**told | said)


LIVE = given(use.WEBHOOK).after(register())


def test_a_webhook_is_registered_for_kinds_that_are_told() -> None:
    (event,) = given(use.WEBHOOK).when(register()).events
    assert isinstance(event, ev.WebhookRegistered) and event.kinds == ("task.decided", "task.opened")
    given(use.WEBHOOK).when(register(kinds=("gold.added",))).then_refused("webhook_event_unknown", "invalid")
    given(use.WEBHOOK).when(register(kinds=())).then_refused("webhook_invalid", "invalid")
    given(use.WEBHOOK).when(register(at_once=17)).then_refused("webhook_invalid", "invalid")


def test_answers_are_told_of_one_project_only() -> None:
    refusal = given(use.WEBHOOK).when(register(project=None, with_answers=True))
    refusal.then_refused("webhook_answers_of_no_project", "invalid")


def test_a_change_is_the_next_version_for_who_read_the_last_one() -> None:
    LIVE.when(change()).then(
        ev.WebhookChanged(webhook=HOOK, version=2, name=NAME, url=URL, kinds=("*",), at_once=2)
    )
    LIVE.after(change()).when(change()).then_refused("webhook_changed", "stale")


def test_it_is_paused_once_and_resumed_on_the_key_of_who_resumes_it() -> None:
    paused = LIVE.after(use.Pause(why="gone"))
    paused.when(use.Pause(why="manager")).then()
    paused.when(use.Resume(sponsor=WHO, key=KeyId("new"))).then(
        ev.WebhookResumed(webhook=HOOK, sponsor=WHO, key=KeyId("new"))
    )
    LIVE.when(use.Resume(sponsor=WHO, key=None)).then()


def test_a_retired_one_is_nothing_any_more() -> None:
    retired = LIVE.after(use.Retire())
    retired.when(use.Retire()).then()
    for command in (change(), use.Pause(why="manager"), use.Rotate(secret=SECRET, previous_until=NOW)):
        retired.when(command).then_refused("webhook_retired", "conflict")
    given(use.WEBHOOK).when(use.Retire()).then_refused("not_found", "not_found")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "HTTPS://a.example/",
        "https://user:secret@a.example/",
        "https://",
        "https://a b/",
        "x" * 2_001,
    ],
)
def test_an_address_names_a_host_and_no_password(url: str) -> None:
    with pytest.raises(Refusal, match="webhook_url_invalid"):
        use.host_of(url)


def test_an_address_is_read() -> None:
    assert use.host_of("https://a.example:8443/in?x=1") == ("https", "a.example:8443")


def test_the_back_off_doubles_from_five_seconds_up_to_six_hours() -> None:
    seconds = [backoff(n, 0.5).total_seconds() for n in range(1, 30)]
    assert seconds[:4] == [5, 10, 20, 40] and seconds[-1] == 6 * 3600
    assert all(one <= two for one, two in pairwise(seconds))
    assert (backoff(1, 0.0), backoff(1, 1.0)) == (timedelta(seconds=4), timedelta(seconds=6))


def test_retry_after_is_obeyed_where_it_means_something() -> None:
    assert retry_at(Told(429, None, "120"), 1, NOW, 0.5) == NOW + timedelta(seconds=120)
    assert retry_at(Told(503, None, "Tue, 01 Jan 2030 00:10:00 GMT"), 1, NOW, 0.5) == NOW + timedelta(
        minutes=10
    )
    assert retry_at(Told(429, None, "9" * 30), 1, NOW, 0.5) == NOW + timedelta(hours=6)
    for told in (
        Told(500, None, "120"),
        Told(429, None, "soon"),
        Told(429, None, "1"),
        Told(None, "timeout"),
    ):
        assert retry_at(told, 1, NOW, 0.5) == NOW + timedelta(seconds=5)


def test_only_2xx_is_delivered_and_only_410_is_gone() -> None:
    what = {status: Told(status).what for status in (200, 204, 301, 400, 404, 410, 500)}
    assert what == {
        200: "delivered",
        204: "delivered",
        301: "failed",
        400: "failed",
        404: "failed",
        410: "gone",
        500: "failed",
    }
    assert (Told(None, "timeout").what, Told(None, "timeout").why, Told(502).why) == (
        "failed",
        "timeout",
        "http_502",
    )


def test_after_72_hours_it_is_given_up() -> None:
    assert over(NOW, NOW + timedelta(hours=72))
    assert not over(NOW, NOW + timedelta(hours=71, minutes=59))


def test_the_signature_is_the_standards_own_example() -> None:
    """The vector of the Standard Webhooks libraries."""
    headers = signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_read_as_it_was_shown() -> None:
    assert secret_bytes(secret_text(bytes(range(32)))) == bytes(range(32))
    with pytest.raises(ValueError, match="whsec_"):
        secret_bytes("secret")

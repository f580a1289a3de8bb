"""Evidence: the whole chain with its places in the log and the exact bytes; erased names are gone, the chain is not."""

import hashlib
import html
import re
from html.parser import HTMLParser
from typing import Any

from backend.usecases.agreements import agreements, evidence, signing
from backend.usecases.work import Caller
from backend.usecases.workforce import standing
from tests.support.nda import DAY, countersign, now, publish, revoke, sign, sweep
from tests.support.refused import refused
from tests.support.world import World

NASTY = 'Say <b>nothing</b> & "never";\n<script>alert(1)</script> ü'
WORDS = "I agree to sign electronically."


async def export(world: World, who: Caller, made: dict[str, Any], by: Caller | None = None) -> dict[str, Any]:
    return await world.act(
        evidence.agreement_evidence, by, agreement=made["id"], annotator=who.subject.id, format="json"
    )


async def go_through(world: World, who: Caller, made: dict[str, Any]) -> None:
    """Be shown, agree, sign, and be countersigned."""
    what = {"agreement": made["id"], "version": made["version"]}
    shown = await world.act(signing.agreement_present, who, **what, language=None)
    await world.act(signing.agreement_consent, who, **what, words=WORDS)
    await sign(world, who, made | {"sha256": shown["sha256"]})
    await countersign(world, who, made)


async def test_the_evidence_has_every_link_with_its_place_and_the_exact_bytes(world: World) -> None:
    nda, ann = await publish(world, NASTY, language="en"), await world.invite("ann")
    await go_through(world, ann, nda)
    until = await now(world) + DAY
    await publish(world, "v2", nda, resign_by=until)
    world.clock.moved += DAY
    await sweep(world)
    await world.decide()
    await sign(world, ann, {**nda, "version": 2, "sha256": hashlib.sha256(b"v2").hexdigest()})
    await revoke(world, ann, nda)
    await world.follow()
    told = await export(world, ann, nda)
    whats = [one["what"] for one in told["chain"]]
    assert (
        whats
        == "published presented consented signed countersigned published superseded enforced signed revoked".split()
    )
    assert [one["event"]["index"] for one in told["chain"]] == sorted(
        one["event"]["index"] for one in told["chain"]
    )
    link = {one["what"]: one for one in told["chain"][:6]}
    assert link["signed"]["typed_name"] == "Ann Example" and link["signed"]["address"] == "127.0.0.1"
    assert (link["signed"]["auth_method"], link["signed"]["credential"]) == ("api_key", ann.credential)
    assert link["signed"]["authenticated_at"] < link["signed"]["at"]
    assert link["signed"]["by"] == {"kind": "annotator", "id": ann.subject.id}
    assert link["consented"]["consent_sha256"] == hashlib.sha256(WORDS.encode()).hexdigest()
    assert (link["countersigned"]["countersigner"], link["countersigned"]["typed_name"]) == (
        world.admin.subject.id,
        "Boss",
    )
    assert told["chain"][-1]["reason"] == "broke it"
    assert [(one["version"], one["state"]) for one in told["signatures"]] == [
        (1, "superseded"),
        (2, "revoked"),
    ]
    first = told["texts"][0]
    assert (first["text"], first["intact"]) == (NASTY, True)
    assert hashlib.sha256(NASTY.encode()).hexdigest() == first["sha256"] == link["signed"]["sha256"]
    assert first["bytes"] == len(NASTY.encode())
    assert told["proof"]["anchor"] == "no external anchor"


async def test_a_signature_shows_when_it_really_ends_and_what_ended_it(world: World) -> None:
    nda = await publish(world)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    await sign(world, ann, nda)
    (before,) = (await export(world, ann, nda))["signatures"]
    assert (before["state"], before["until"]) == ("counts", None)
    until = await now(world) + DAY
    second = await publish(world, "v2", nda, resign_by=until, valid_days=7)
    await sign(world, ben, second)
    (doomed,) = (await export(world, ann, nda))["signatures"]
    assert (doomed["state"], doomed["until"]) == ("counts", until)
    assert f"in force until {until:%Y-%m-%d %H:%M:%S}" in (await page_of(world, ann, nda)).text
    world.clock.moved += DAY
    await sweep(world)
    (gone,) = (await export(world, ann, nda))["signatures"]
    assert (gone["state"], gone["until"], gone["superseded_by"]) == ("superseded", until, 2)
    assert "when version 2 had to be signed" in (await page_of(world, ann, nda)).text
    world.clock.moved += 7 * DAY
    await sweep(world)
    (own,) = (await export(world, ben, nda))["signatures"]
    assert (own["state"], own["superseded_by"]) == ("expired", None)
    assert own["until"] == own["signed_at"] + 7 * DAY


async def test_the_hash_of_each_link_is_over_the_bytes_in_the_log(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    await sign(world, ann, nda)
    told = await export(world, ann, nda)
    rows = await world.rows("SELECT stream, version, body FROM event WHERE tenant = $1")
    kept = {(row["stream"], row["version"]): hashlib.sha256(row["body"]).hexdigest() for row in rows}
    assert all(
        kept[one["event"]["stream"], one["event"]["version"]] == one["event_sha256"] for one in told["chain"]
    )
    assert all(one["event"]["index"] is None for one in told["chain"]), "not sequenced yet, and it says so"


async def test_what_was_shown_is_recorded_once_and_a_plain_read_leaves_no_fact(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    await world.act(agreements.agreement_get, ann, agreement=nda["id"])
    assert await world.facts("agreement.presented") == []
    for _ in range(2):
        shown = await world.act(signing.agreement_present, ann, agreement=nda["id"], version=1, language=None)
    assert shown["text"] == "v1" and len(await world.facts("agreement.presented")) == 1
    with refused("agreement_changed", "stale"):
        await world.act(signing.agreement_present, ann, agreement=nda["id"], version=2, language=None)


async def test_a_consent_is_words_or_their_hash(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    what = {"agreement": nda["id"], "version": 1}
    with refused("consent_invalid", "invalid"):
        await world.act(signing.agreement_consent, ann, **what)
    said = await world.act(signing.agreement_consent, ann, **what, words=WORDS)
    same = await world.act(signing.agreement_consent, ann, **what, sha256=said["consent_sha256"])
    assert same == said and len(await world.facts("agreement.consented")) == 1


async def test_a_person_reads_their_own_evidence_and_nobody_elses(world: World) -> None:
    nda, ann, ben = await publish(world), await world.invite("ann"), await world.invite("ben")
    await sign(world, ann, nda)
    own = await world.act(evidence.agreement_evidence, ann, agreement=nda["id"])
    assert own["chain"] == (await export(world, ann, nda))["chain"]
    with refused("forbidden"):
        await export(world, ann, nda, by=ben)
    assert (await export(world, ben, nda))["signatures"] == []


async def test_after_an_erasure_the_name_is_gone_and_the_chain_stays(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    await go_through(world, ann, nda)
    before = await export(world, ann, nda)
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for it")
    after = await export(world, ann, nda)
    assert (before["erased"], after["erased"]) == (False, True)
    (signed,) = [one for one in after["chain"] if one["what"] == "signed"]
    assert (signed["typed_name"], signed["address"]) == (None, None)
    assert [one["event_sha256"] for one in after["chain"]] == [one["event_sha256"] for one in before["chain"]]
    assert after["texts"] == before["texts"]
    answer = await world.answer(
        evidence.agreement_evidence, agreement=nda["id"], annotator=ann.subject.id, format="html"
    )
    assert answer.media is not None
    page = answer.media[1].decode()
    assert "Ann Example" not in page and ">ann<" not in page and "erased" in page and "Boss" in page


class Strict(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not [name for name, _ in attrs if name in ("src", "href") or name.startswith("on")]
        self.names.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


async def page_of(world: World, who: Caller, made: dict[str, Any]) -> Strict:
    """The certificate, read whole."""
    said = {"agreement": made["id"], "annotator": who.subject.id, "format": "html"}
    answer = await world.answer(evidence.agreement_evidence, **said)
    assert answer.media is not None
    page = Strict()
    page.feed(answer.media[1].decode())
    assert page.open == [] and "script" not in page.names
    return page


async def test_the_certificate_speaks_in_words(world: World) -> None:
    nda, ann = await publish(world, "Say nothing."), await world.invite("ann <i>of</i> here")
    await sign(world, ann, nda, typed_name="Ann & <b>Example</b>")
    text = (await page_of(world, ann, nda)).text
    for told in (
        "Ann & <b>Example</b>",
        "ann <i>of</i> here",
        str(ann.subject.id),
        "no language given",
        "in force, without an end",
        "Signed in by: an API key of their own",
        "There is no external anchor.",
    ):
        assert told in text
    assert text.count("UTC") == 1 and not re.search(r"\d:\d\d\.\d", text)
    assert not re.search(r"und\b|counts|api_key|`|event_sha256", text.split("What happened")[1])
    assert not re.search(r"\(und\)|counts", text)


async def test_the_certificate_says_what_was_not_recorded(world: World) -> None:
    nda, ann, ben = await publish(world), await world.invite("ann"), await world.invite("ben")
    await sign(world, ann, nda)
    await go_through(world, ben, nda)
    of_ann, of_ben = (await page_of(world, ann, nda)).text, (await page_of(world, ben, nda)).text
    for missing in (
        "not recorded that the text of version 1 was shown",
        "not recorded that the person agreed",
    ):
        assert missing in of_ann and missing not in of_ben


async def test_bytes_in_another_language_than_those_signed_were_not_shown(world: World) -> None:
    nda = await publish(world, language="en", texts=({"language": "de", "text": "eins"},))
    ann = await world.invite("ann")
    await world.act(signing.agreement_present, ann, agreement=nda["id"], version=1, language="de")
    await sign(world, ann, nda)
    assert "not recorded that the text of version 1 was shown" in (await page_of(world, ann, nda)).text


async def test_only_who_reads_the_page_is_noted_as_having_read_the_name(world: World) -> None:
    nda, ann = await publish(world), await world.invite("ann")
    await sign(world, ann, nda)
    await export(world, ann, nda)
    assert "name" not in (await world.entries())[-1]["fields_seen"]
    await page_of(world, ann, nda)
    assert "name" in (await world.entries())[-1]["fields_seen"]


async def test_the_certificate_is_a_page_of_its_own_that_names_the_exact_bytes(world: World) -> None:
    nda, ann = await publish(world, NASTY, language="en"), await world.invite("ann")
    await go_through(world, ann, nda)
    answer = await world.answer(
        evidence.agreement_evidence, agreement=nda["id"], annotator=ann.subject.id, format="html"
    )
    assert answer.media is not None
    kind, raw = answer.media
    assert kind == "text/html; charset=utf-8"
    page = Strict()
    page.feed(raw.decode())
    assert page.open == [] and "script" not in page.names
    assert NASTY in page.text and html.escape(NASTY) in raw.decode()
    for told in (
        nda["sha256"],
        f"{len(NASTY.encode())} bytes",
        "Ann Example",
        "127.0.0.1",
        ann.credential,
        "no external anchor",
    ):
        assert str(told) in page.text

"""The certificate: evidence as one page that people read, keep and print. Nothing in it is fetched or runs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from backend.usecases.agreements.agreements import NO_LANGUAGE

STYLE = """
body { font: 11pt/1.45 Georgia, serif; color: #111; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } code, pre { font: 9pt/1.4 monospace }
code { overflow-wrap: anywhere } pre { white-space: pre-wrap; border: 1px solid #999; padding: .8rem }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #999; padding: .3rem .5rem }
th, td { text-align: left; vertical-align: top } tr { break-inside: avoid } dt { font-weight: bold }
dd { margin: 0 0 .4rem } .erased { font-style: italic } .missing { border-left: 3px solid #111; padding-left: .6rem }
@page { margin: 2cm }
@media print { body { margin: 0; padding: 0; max-width: none } h2 { break-after: avoid } }
"""
WORDS = {
    "published": "The version was published",
    "enforced": "The time to sign this version again was over",
    "presented": "The text was shown to the person",
    "consented": "The person agreed to sign electronically",
    "signed": "The person signed",
    "countersigned": "The other side signed",
    "revoked": "The signature was revoked",
    "expired": "The signature's time was over",
    "superseded": "A later version had to be signed and was not",
}
DETAILS = {
    "title": "Title",
    "language": "Language",
    "sha256": "SHA-256 of the exact bytes",
    "consent_sha256": "SHA-256 of the words of consent",
    "typed_name": "Name as typed",
    "address": "Network address",
    "auth_method": "Signed in by",
    "credential": "Key",
    "authenticated_at": "Signed in since",
    "until": "Holds until",
    "countersigner": "By",
    "reason": "Reason",
    "superseded_by": "Superseded by version",
    "effective_at": "In force from",
    "resign_by": "To be signed again by",
}
PERSONAL = ("typed_name", "address")
AUTH = {"api_key": "an API key of their own", "delegated": "a service that acted for the person"}
LOG = (
    "Each row above is an event of an append-only log. Its log index is its place there, once it has one; its SHA-256"
    " is over its bytes as they are kept, in which typed names, addresses and reasons are encrypted."
)
NOT_SHOWN = "It was not recorded that the text of version {} was shown to the person before they signed it."
NOT_AGREED = "It was not recorded that the person agreed to sign version {} electronically."


def certificate(evidence: dict[str, Any], name: str | None) -> bytes:
    """A whole HTML document in UTF-8; every value is escaped, and `evidence` is what the JSON answer says.

    `name` is what the person is called now, None where that cannot be read any more.
    """
    title = f"Evidence of signature: {evidence['title']}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        _head(evidence, name),
        "<p>All times are in UTC.</p>",
        "<h2>What happened</h2>",
        _chain(evidence),
        *(f"<p class=missing>{escape(one)}</p>" for one in dict.fromkeys(_unseen(evidence["chain"]))),
        *(_text(one) for one in evidence["texts"]),
        "<h2>What this proves</h2>",
        f"<p>{escape(LOG)} There is {escape(evidence['proof']['anchor'])}.</p>",
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def _head(evidence: dict[str, Any], name: str | None) -> str:
    nothing = "erased" if evidence["erased"] else "none"
    signed = [one["typed_name"] or nothing for one in evidence["chain"] if one["what"] == "signed"]
    standing = [
        f"version {one['version']} ({_language(one['language'])}): {_stands(one, evidence['made_at'])}"
        for one in evidence["signatures"]
    ]
    pairs = [
        ("Agreement", str(evidence["agreement"])),
        ("Name as typed", "; ".join(dict.fromkeys(signed)) or "not signed"),
        ("Name today", name or nothing),
        ("Person", str(evidence["annotator"])),
        ("Signatures", "; ".join(standing) or "none"),
        ("Made at", _moment(evidence["made_at"])),
    ]
    listed = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in pairs)
    gone = "<p class=erased>The person's data was erased; name and address cannot be read any more.</p>"
    return f"<dl>{listed}</dl>" + (gone if evidence["erased"] else "")


def _stands(one: dict[str, Any], now: datetime) -> str:
    """How a signature stands, in words."""
    end, over = one["until"], one["ended_at"]
    match one["state"]:
        case "counts" if end is None:
            return "in force, without an end"
        case "counts":
            return f"in force until {_moment(end)}" if end > now else f"was in force until {_moment(end)}"
        case "awaiting":
            return "waits for the signature of the other side"
        case "replaced":
            return "replaced by the signature under a later version"
        case "superseded":
            return f"was in force until {_moment(end or over)}, when version {one['superseded_by']} had to be signed"
        case "expired":
            return f"was in force until {_moment(end or over)}"
        case _:
            return f"{one['state']} at {_moment(over)}" if over else str(one["state"])


def _language(tag: str) -> str:
    return "no language given" if tag == NO_LANGUAGE else tag


def _unseen(chain: list[dict[str, Any]]) -> Iterator[str]:
    """What is not recorded about a version that was signed: that it was shown, that signing so was agreed to."""
    for n, signed in enumerate(chain):
        if signed["what"] == "signed":
            about = [one for one in chain[:n] if one["version"] == signed["version"]]
            if not any(one["what"] == "presented" and one["sha256"] == signed["sha256"] for one in about):
                yield NOT_SHOWN.format(signed["version"])
            if not any(one["what"] == "consented" for one in about):
                yield NOT_AGREED.format(signed["version"])


def _chain(evidence: dict[str, Any]) -> str:
    rows = "".join(_row(one, evidence["erased"]) for one in evidence["chain"])
    return f"<table><thead><tr><th>When</th><th>What</th><th>Event</th></tr></thead><tbody>{rows}</tbody></table>"


def _row(one: dict[str, Any], erased: bool) -> str:
    event = one["event"]
    place = f"{event['stream']} / {event['version']}"
    index = f"log index {event['index']}" if event["index"] is not None else "no log index yet"
    details = "".join(
        f"<br>{escape(label)}: <code>{escape(_value(field, one[field], erased))}</code>"
        for field, label in DETAILS.items()
        if field in one and (one[field] is not None or field in PERSONAL)
    )
    return (
        f"<tr><td>{_moment(one['at'])}</td>"
        f"<td><b>{escape(WORDS[one['what']])}</b> (version {one['version']}){details}</td>"
        f"<td><code>{escape(place)}</code><br>{index}<br>SHA-256 <code>{escape(one['event_sha256'])}</code></td></tr>"
    )


def _value(field: str, value: Any, erased: bool) -> str:
    """A detail in words."""
    match field, value:
        case (("typed_name" | "address"), None):
            return "erased" if erased else "none"
        case "auth_method", _:
            return AUTH.get(value, str(value))
        case "language", _:
            return _language(value)
        case _, datetime():
            return _moment(value)
        case _:
            return str(value)


def _text(one: dict[str, Any]) -> str:
    state = "they have this hash still" if one["intact"] else "THEY NO LONGER HAVE THIS HASH"
    return (
        f"<h2>The exact bytes: version {one['version']} ({escape(_language(one['language']))})</h2>"
        f"<p>{one['bytes']} bytes of UTF-8, SHA-256 <code>{escape(one['sha256'])}</code>; {state}.</p>"
        f"<pre>\n{escape(one['text'])}</pre>"
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

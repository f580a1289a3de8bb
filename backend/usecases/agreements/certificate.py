"""The certificate: evidence as one page that people read, keep and print. Nothing in it is fetched or runs."""

from datetime import datetime
from html import escape
from typing import Any

STYLE = """
body { font: 11pt/1.45 Georgia, serif; color: #111; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } code, pre { font: 9pt/1.4 monospace }
code { overflow-wrap: anywhere } pre { white-space: pre-wrap; border: 1px solid #999; padding: .8rem }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #999; padding: .3rem .5rem }
th, td { text-align: left; vertical-align: top } tr { break-inside: avoid } dt { font-weight: bold }
dd { margin: 0 0 .4rem } .erased { font-style: italic } @media print { body { margin: 0; max-width: none } }
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


def certificate(evidence: dict[str, Any]) -> bytes:
    """A whole HTML document in UTF-8; every value is escaped, and `evidence` is what the JSON answer says."""
    title = f"Evidence of signature: {evidence['title']}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        _head(evidence),
        "<h2>What happened</h2>",
        _chain(evidence),
        *(_text(one) for one in evidence["texts"]),
        "<h2>What this proves</h2>",
        f"<p>{escape(evidence['proof']['says'])} There is {escape(evidence['proof']['anchor'])}.</p>",
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def _head(evidence: dict[str, Any]) -> str:
    standing = [
        f"version {one['version']} ({one['language']}): {one['state']}"
        + (f", until {_moment(one['until'])}" if one["until"] else "")
        for one in evidence["signatures"]
    ]
    pairs = [
        ("Agreement", str(evidence["agreement"])),
        ("Person", str(evidence["annotator"])),
        ("Signatures", "; ".join(standing) or "none"),
        ("Made at", _moment(evidence["made_at"])),
    ]
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs)
    gone = "<p class=erased>The person's data was erased; name and address cannot be read any more.</p>"
    return f"<dl>{listed}</dl>" + (gone if evidence["erased"] else "")


def _chain(evidence: dict[str, Any]) -> str:
    rows = "".join(_row(one, evidence["erased"]) for one in evidence["chain"])
    return f"<table><thead><tr><th>When (UTC)</th><th>What</th><th>Event</th></tr></thead><tbody>{rows}</tbody></table>"


def _row(one: dict[str, Any], erased: bool) -> str:
    event = one["event"]
    place = f"{event['stream']} / {event['version']}"
    index = f"log index {event['index']}" if event["index"] is not None else "no log index yet"
    details = "".join(
        f"<br>{escape(name)}: <code>{_value(field, one[field], erased)}</code>"
        for field, name in DETAILS.items()
        if field in one and (one[field] is not None or field in PERSONAL)
    )
    return (
        f"<tr><td>{_moment(one['at'])}</td>"
        f"<td><b>{escape(WORDS[one['what']])}</b> (version {one['version']}){details}</td>"
        f"<td><code>{escape(place)}</code><br>{index}<br>SHA-256 <code>{escape(one['event_sha256'])}</code></td></tr>"
    )


def _value(field: str, value: Any, erased: bool) -> str:
    if value is None and field in PERSONAL:
        return "erased" if erased else "none"
    return _moment(value) if isinstance(value, datetime) else escape(str(value))


def _text(one: dict[str, Any]) -> str:
    state = "they have this hash still" if one["intact"] else "THEY NO LONGER HAVE THIS HASH"
    return (
        f"<h2>The exact bytes: version {one['version']} ({escape(one['language'])})</h2>"
        f"<p>{one['bytes']} bytes of UTF-8, SHA-256 <code>{escape(one['sha256'])}</code>; {state}.</p>"
        f"<pre>\n{escape(one['text'])}</pre>"
    )


def _moment(at: datetime) -> str:
    return escape(at.strftime("%Y-%m-%d %H:%M:%S.%f UTC"))

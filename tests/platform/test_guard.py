"""Requests of ours go to public addresses, to allowed networks, and to the address that was looked at."""

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.platform.guard import AddressRefused, networks, permitted, pinned, resolve
from backend.platform.outgoing import ANSWER_BYTES_MAX, Outgoing
from tests.support.receiving import LOOPBACK, Got, Reply, receiving

CLOSED = """127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
    192.0.2.1 198.18.0.1 224.0.0.1 255.255.255.255 ::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
    ::127.0.0.1 fe80::1 fc00::1 fd12::1 ff02::1 64:ff9b::7f00:1 2002:7f00:1::1 2001::1 2001:db8::1""".split()
OPEN = "8.8.8.8 1.1.1.1 172.32.0.1 ::ffff:8.8.8.8 2606:4700::1111 2a00:1450::1".split()


@pytest.mark.parametrize("text", CLOSED)
def test_what_is_not_public_is_refused(text: str) -> None:
    assert not permitted(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_what_is_public_is_permitted(text: str) -> None:
    assert permitted(ipaddress.ip_address(text))
    assert not permitted(ipaddress.ip_address(text), only_allowed=True), "plain http asks for more"


def test_the_operator_opens_a_network_and_nothing_beside_it() -> None:
    allowed = networks("10.1.0.0/16, fd00::/8")
    assert permitted(ipaddress.ip_address("10.1.9.9"), allowed, only_allowed=True)
    assert permitted(ipaddress.ip_address("::ffff:10.1.9.9"), allowed)
    assert permitted(ipaddress.ip_address("fd00::1"), allowed)
    assert not permitted(ipaddress.ip_address("10.2.0.1"), allowed)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::1]", "0"]
)
async def test_however_loopback_is_written_it_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        await pinned(host, 80)


async def test_one_closed_address_of_several_is_enough_to_refuse() -> None:
    async def both(_: str, __: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(AddressRefused):
        await pinned("two.example", 443, resolver=both)


async def test_the_connection_goes_to_the_address_that_was_checked_whatever_the_name_says_later() -> None:
    """Rebinding: the resolver is asked once for a connection, and the name itself is never connected to."""
    asked: list[str] = []

    async def rebinding(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    outgoing = Outgoing(LOOPBACK, resolver=rebinding)
    async with receiving() as receiver:
        receiver.headers = {"connection": "close"}
        url = f"http://hooks.example:{receiver.port}/in"
        first = await outgoing.post(url, {}, b"{}")
        assert (first.status, asked) == (200, ["hooks.example"])
        assert receiver.got[0].headers["host"] == f"hooks.example:{receiver.port}"
        again = await outgoing.post(url, {}, b"{}")
        assert (again.status, again.error, len(receiver.got)) == (None, "address_refused", 1)
    await outgoing.close()


async def test_a_redirect_is_an_answer_like_any_other_and_long_answers_are_cut() -> None:
    outgoing = Outgoing(LOOPBACK)
    async with receiving() as receiver:
        receiver.says = lambda _: (302, {"location": "http://169.254.169.254/"}, b"x" * 100_000)
        told = await outgoing.post(receiver.url, {}, b"{}")
        assert (told.status, told.error, len(told.said)) == (302, None, ANSWER_BYTES_MAX)
        assert len(receiver.got) == 1
    await outgoing.close()


async def test_a_receiver_that_never_answers_is_given_up() -> None:
    outgoing = Outgoing(LOOPBACK, seconds_max=0.2)
    over = asyncio.Event()

    async def never(_: Got) -> Reply:
        await over.wait()
        return 200, {}, b""

    async with receiving() as receiver:
        receiver.says = never
        told = await outgoing.post(receiver.url, {}, b"{}")
        assert (told.status, told.error) == (None, "timeout")
        over.set()
    await outgoing.close()


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://127.0.0.1/", "https://[::1]/", "http://8.8.8.8/"]
)
def test_what_can_never_be_sent_to_is_said_at_once(url: str) -> None:
    assert Outgoing().problems(url)


def test_https_to_a_name_and_http_into_an_allowed_network_may_be_tried() -> None:
    assert Outgoing().problems("https://hooks.example/in?x=1") == []
    assert Outgoing(LOOPBACK).problems("http://127.0.0.1:8080/") == []
    assert Outgoing(LOOPBACK).problems("http://8.8.8.8/"), "plain http goes to allowed networks alone"


async def test_the_systems_resolver_is_asked_for_every_address() -> None:
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]


async def test_a_name_without_address_a_closed_port_and_tls_that_fails_have_codes_of_their_own() -> None:
    async def nowhere(_: str, __: int) -> Sequence[str]:
        raise OSError("no such name")

    nameless, outgoing = Outgoing(LOOPBACK, resolver=nowhere), Outgoing(LOOPBACK)
    assert (await nameless.post("https://gone.example/", {}, b"{}")).error == "no_address"

    def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Speak plainly\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    assert (await outgoing.post(url, {}, b"{}")).error == "tls_failed"
    server.close()
    await server.wait_closed()
    assert (await outgoing.post(url, {}, b"{}")).error == "cannot_connect"
    await nameless.close()
    await outgoing.close()


async def test_a_certificate_that_nobody_trusts_is_told_from_a_closed_port(tmp_path: Path) -> None:
    signed_by_itself(tmp_path / "both.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    outgoing = Outgoing(LOOPBACK)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    told = await outgoing.post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {}, b"{}")
    assert (told.status, told.error) == (None, "certificate_refused")
    server.close()
    await outgoing.close()


def signed_by_itself(place: Path) -> None:
    """A key and its certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    kept = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    place.write_bytes(kept + made.public_bytes(pem))

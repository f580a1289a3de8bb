"""Certificates that strict clients accept, renewed before they end."""

import shutil
import socket
import ssl
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.platform.tls import TlsFiles, days_left, ensure_tls, server_context

NOW = datetime.now(UTC)


def _handshake(files: TlsFiles, name: str, maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> str | None:
    """The TLS version that a strict client agrees on with our server under `name`."""
    context = ssl.create_default_context(cafile=str(files.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    context.maximum_version = maximum
    near, far = socket.socketpair()
    with near, far:
        server = threading.Thread(target=_serve_once, args=(files, far))
        server.start()
        try:
            with context.wrap_socket(near, server_hostname=name) as secured:
                return secured.version()
        finally:
            near.close()
            server.join()


def _serve_once(files: TlsFiles, connection: socket.socket) -> None:
    try:
        with server_context(files).wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)
    except OSError:
        connection.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "muster.example.org"])
def test_a_strict_client_accepts_every_name_we_answer_to(tmp_path: Path, name: str) -> None:
    assert _handshake(ensure_tls(tmp_path, "muster.example.org"), name) == "TLSv1.3"


def test_a_name_we_do_not_answer_to_is_refused(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, "127.0.0.1")
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(files, "elsewhere.example.org")


def test_tls_1_2_is_the_least_we_speak(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, "127.0.0.1")
    assert _handshake(files, "localhost", ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert server_context(files).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_openssl_finds_nothing_to_object_to_in_strict_mode(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, "127.0.0.1")
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"]
    told = subprocess.run(
        [*command, str(files.ca_file), str(files.cert_file)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_private_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    ensure_tls(tmp_path, "127.0.0.1")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"ca.pem": 0o644, "server.pem": 0o644, "ca-key.pem": 0o600, "server-key.pem": 0o600}


def test_certificates_that_are_good_are_left_alone(tmp_path: Path) -> None:
    before = [
        path.read_bytes() for path in sorted((ensure_tls(tmp_path, "127.0.0.1").ca_file.parent).iterdir())
    ]
    ensure_tls(tmp_path, "127.0.0.1", NOW + timedelta(days=360))
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_a_certificate_is_renewed_in_its_last_30_days_under_the_same_authority(tmp_path: Path) -> None:
    authority = ensure_tls(tmp_path, "127.0.0.1").ca_file.read_bytes()
    later = NOW + timedelta(days=370)
    files = ensure_tls(tmp_path, "127.0.0.1", later)
    assert days_left(files, later) == pytest.approx(397, abs=1)
    assert files.ca_file.read_bytes() == authority


def test_another_host_gets_another_certificate(tmp_path: Path) -> None:
    ensure_tls(tmp_path, "127.0.0.1")
    assert _handshake(ensure_tls(tmp_path, "new.example.org"), "new.example.org") == "TLSv1.3"


def test_an_authority_never_signs_beyond_its_own_end(tmp_path: Path) -> None:
    old = ensure_tls(tmp_path, "127.0.0.1").ca_file.read_bytes()
    late = NOW + timedelta(days=3400)
    files = ensure_tls(tmp_path, "127.0.0.1", late)
    assert files.ca_file.read_bytes() != old
    assert days_left(files, late) == pytest.approx(397, abs=1)

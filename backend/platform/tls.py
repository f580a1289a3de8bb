"""Certificates without asking: an own authority made on the first start, and a server certificate renewed in
time.
"""

import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.platform.folder import make_folder, write_private

_CA_LIFE = timedelta(days=3652)
_LEAF_LIFE = timedelta(days=397)  # the CA/Browser Forum's limit, which strict clients enforce
_RENEW_BEFORE = timedelta(days=30)
_CLOCK_SKEW = timedelta(minutes=5)
_WILDCARDS = {"", "0.0.0.0", "::"}


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the authority's certificate for clients; certificate and private key for the server."""

    ca_file: Path
    cert_file: Path
    key_file: Path


def ensure_tls(folder: Path, host: str, now: datetime | None = None) -> TlsFiles:
    """Make or renew what is missing, covers another host, or has less than 30 days left; keep everything
    else.

    `now` is a UTC time, for tests. Private keys are P-256, mode 0600. OSError if `folder` cannot be written.
    """
    moment = now or datetime.now(UTC)
    make_folder(folder)
    files = TlsFiles(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    ca_key_file = folder / "ca-key.pem"
    ca = _read_certificate(files.ca_file)
    if ca is None or not ca_key_file.exists() or ca.not_valid_after_utc - moment < _LEAF_LIFE:
        ca = _make_authority(files.ca_file, ca_key_file, moment)
    leaf = _read_certificate(files.cert_file)
    if leaf is None or not files.key_file.exists() or not _still_good(leaf, ca, host, moment):
        _make_leaf(files, ca, _read_key(ca_key_file), host, moment)
    return files


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 at least, 1.3 preferred. A later `load_cert_chain` on it renews the certificate without a
    restart.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.cert_file, files.key_file)
    return context


def days_left(files: TlsFiles, now: datetime | None = None) -> float:
    """Days until the server certificate ends; negative when it has. ValueError if it cannot be read."""
    leaf = _read_certificate(files.cert_file)
    if leaf is None:
        raise ValueError(f"no certificate in {files.cert_file}")
    return (leaf.not_valid_after_utc - (now or datetime.now(UTC))) / timedelta(days=1)


def _names_for(host: str) -> list[x509.GeneralName]:
    texts = ["localhost", "127.0.0.1", "::1", socket.gethostname() if host in _WILDCARDS else host]
    names: list[x509.GeneralName] = []
    for text in dict.fromkeys(texts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            names.append(x509.DNSName(text))
    return names


def _still_good(leaf: x509.Certificate, ca: x509.Certificate, host: str, moment: datetime) -> bool:
    try:
        leaf.verify_directly_issued_by(ca)
    except Exception:
        return False
    covered = set(leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    return leaf.not_valid_after_utc - moment >= _RENEW_BEFORE and set(_names_for(host)) <= covered


def _make_authority(cert_file: Path, key_file: Path, moment: datetime) -> x509.Certificate:
    """A fresh mark in the name: clients that know an older authority of ours must not mix the two up."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Muster local authority {os.urandom(4).hex()}")
    certificate = (
        _builder(name, name, key.public_key(), moment, _CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    _write_certificate(cert_file, certificate)
    return certificate


def _make_leaf(
    files: TlsFiles, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, host: str, moment: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name("Muster"), ca.subject, key.public_key(), moment, _LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names_for(host)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write_key(files.key_file, key)
    _write_certificate(files.cert_file, certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, moment: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _CLOCK_SKEW)
        .not_valid_after(moment - _CLOCK_SKEW + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Muster"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    write_private(
        path,
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    write_private(path, certificate.public_bytes(serialization.Encoding.PEM))
    path.chmod(0o644)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no elliptic-curve key")
    return key


def _read_certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None

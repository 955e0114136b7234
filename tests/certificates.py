"""Certificates for one test, made as it runs."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from cartback.domain.instant import Instant, datetime_of

MONTH = timedelta(days=30)


class Pair:
    """A certificate for 127.0.0.1, signed by itself, and its key, in files."""

    def __init__(
        self,
        folder: Path,
        now: Instant,
        *,
        begins: timedelta = -MONTH,
        ends: timedelta = 3 * MONTH,
        passphrase: bytes = b"",
    ) -> None:
        self.cert, self.key = folder / "shop.pem", folder / "shop.key"
        folder.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        sealing = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing))
        moment = datetime_of(now)
        made = _certificate(key, moment + begins, moment + ends)
        self.cert.write_bytes(made.public_bytes(Encoding.PEM))
        self.der = made.public_bytes(Encoding.DER)


def _certificate(
    key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )

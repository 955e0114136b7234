"""A certificate of one's own: looked at before it is used, and read anew when it was renewed."""

import logging
import ssl
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cartback.cli.errors import Refusal
from cartback.config import Config
from cartback.domain.instant import DAY, Instant, Milliseconds, instant_of, text_of

RENEW_BEFORE: Final[Milliseconds] = 14 * DAY

_log = logging.getLogger("cartback.up")


class Certificate(NamedTuple):
    """The two files, and until when the certificate is valid."""

    cert: Path
    key: Path
    until: Instant

    def ends_soon(self, now: Instant) -> bool:
        """Whether it is time to renew it."""
        return self.until - now < RENEW_BEFORE


def certificate_of(config: Config, now: Instant) -> Certificate | None:
    """The certificate that is configured, fit for use; None where there is none. Raises Refusal."""
    if config.tls_cert is None or config.tls_key is None:
        return None
    cert = _leaf(config.tls_cert)
    if cert.public_key() != _public_key(config.tls_key):
        raise Refusal(
            f"the key in {config.tls_key} is not that of the certificate in {config.tls_cert};"
            " give the two that were made together"
        )
    begins, until = instant_of(cert.not_valid_before_utc), instant_of(cert.not_valid_after_utc)
    if until <= now:
        raise Refusal(f"the certificate in {config.tls_cert} ended on {text_of(until)}; renew it")
    if begins > now:
        raise Refusal(
            f"the certificate in {config.tls_cert} is valid from {text_of(begins)} on;"
            " wait, or set this machine's clock"
        )
    return Certificate(config.tls_cert, config.tls_key, until)


def context_of(certificate: Certificate) -> ssl.SSLContext:
    """What a server needs for TLS 1.2 and 1.3. Raises Refusal."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load(context, certificate)
    return context


def load(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Use these files from the next connection on. Raises Refusal."""
    try:
        context.load_cert_chain(certificate.cert, certificate.key)
    except (ssl.SSLError, OSError) as error:
        raise Refusal(f"TLS with {certificate.cert} cannot be: {error}") from None


def renew(context: ssl.SSLContext, config: Config, now: Instant) -> None:
    """Read the files again; where they are of no use the present ones are kept, and it is said."""
    try:
        certificate = certificate_of(config, now)
        if certificate is not None:
            load(context, certificate)
            _log.info("certificate renewed", extra={"until": text_of(certificate.until)})
    except Refusal as refused:
        _log.error("certificate not renewed: %s", refused.message)


def _leaf(file: Path) -> x509.Certificate:
    """The server's own certificate, which stands first in its file (RFC 8446, 4.4.2)."""
    try:
        return x509.load_pem_x509_certificates(_read(file))[0]
    except ValueError:
        raise Refusal(f"{file} holds no certificate; it is to be in the form PEM") from None


def _public_key(file: Path) -> object:
    try:
        return load_pem_private_key(_read(file), password=None).public_key()
    except TypeError:
        raise Refusal(
            f"the key in {file} has a passphrase, which nobody could type at a restart; take it"
            f" off: openssl pkey -in {file} -out NEW-FILE"
        ) from None
    except ValueError:
        raise Refusal(f"{file} holds no private key; it is to be in the form PEM") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror or error}") from None

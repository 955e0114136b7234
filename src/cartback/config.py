"""How this installation is set up: one frozen object, read once from the environment.

Everything that is malformed is refused, and all of it at once. A secret may be given in a file:
`CARTBACK_DATABASE_FILE=/run/secrets/database` stands for what that file says.
"""

import difflib
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar

LogStyle: TypeAlias = Literal["text", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

PREFIX: Final = "CARTBACK_"
SECRETS: Final = (
    *("DATABASE", "SECRET_KEYS", "SMTP", "DKIM_KEY"),
    *("MAILGUN_KEY", "SENDGRID_KEY", "POSTMARK_HOOK"),
)
NAMES: Final = (
    *"DATABASE DATA HOST PORT LOG LOG_LEVEL TAPE PUBLIC_URL SECRET_KEYS TLS_CERT TLS_KEY".split(),
    *"SMTP DKIM_DOMAIN DKIM_SELECTOR DKIM_KEY".split(),
    *"BOUNCE_DOMAIN BOUNCE_HOST BOUNCE_PORT DNS_SERVER".split(),
    *"MAILGUN_KEY SENDGRID_KEY POSTMARK_HOOK SES_TOPICS WEBHOOK_NETWORKS".split(),
)
OURS: Final = (*NAMES, *(f"{name}_FILE" for name in SECRETS))
OF_TESTS: Final = ("CHROMIUM", "KILLS", "REAL_DATA")
OF_SERVICES: Final = re.compile(r"(^|_)(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))(_|$)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """What can be chosen. `data` is a folder for what is not in the database, such as the tape."""

    database: str = field(repr=False)  # it may hold a password
    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    log: LogStyle = "text"
    log_level: LogLevel = "info"
    tape: bool = True
    public_url: str = ""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    smtp: str = field(default="", repr=False)  # it may hold a password
    dkim_domain: str = ""
    dkim_selector: str = "cartback"
    dkim_key: str = field(default="", repr=False)
    bounce_domain: str = ""
    bounce_host: str = "0.0.0.0"  # noqa: S104  returned mail comes from anywhere
    bounce_port: int | None = None
    dns_server: tuple[str, int] | None = None
    mailgun_key: str = field(default="", repr=False)
    sendgrid_key: str = ""  # a public key
    postmark_hook: str = field(default="", repr=False)
    ses_topics: tuple[str, ...] = ()
    webhook_networks: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite file, None where the database is a server."""
        if not self.database.startswith("sqlite"):
            return None
        return Path(self.database.partition("///")[2].partition("?")[0])

    @property
    def hears_providers(self) -> bool:
        """Whether a provider may tell us what became of mails."""
        return bool(self.mailgun_key or self.sendgrid_key or self.postmark_hook or self.ses_topics)

    @property
    def tape_folder(self) -> Path:
        return self.data / "tape"

    @property
    def url(self) -> str:
        """Where it listens, for a person to open or to send to."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        scheme = "http" if self.tls_cert is None else "https"
        return (
            f"{scheme}://[{host}]:{self.port}" if ":" in host else f"{scheme}://{host}:{self.port}"
        )


class BadConfig(ValueError):
    """What was refused: each problem is a sentence that says what to write instead."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_config(environment: Mapping[str, str]) -> Config:
    """The configuration that the environment describes. Raises BadConfig with every problem."""
    reading = _Reading(environment)
    data = reading.value("DATA", _folder, Path("cartback-data"))
    config = Config(
        data=data,
        database=reading.value("DATABASE", _database, f"sqlite:///{data / 'cartback.db'}"),
        host=reading.value("HOST", _host, "127.0.0.1"),
        port=reading.value("PORT", _port, 8000),
        log=reading.value("LOG", _one_of("text", "json"), "text"),
        log_level=reading.value("LOG_LEVEL", _one_of("debug", "info", "warning", "error"), "info"),
        tape=reading.value("TAPE", _switch, True),
        public_url=reading.value("PUBLIC_URL", _url, ""),
        secret_keys=reading.value("SECRET_KEYS", _secret_keys, ()),
        smtp=reading.value("SMTP", _smtp, ""),
        dkim_domain=reading.value("DKIM_DOMAIN", _host, ""),
        dkim_selector=reading.value("DKIM_SELECTOR", _host, "cartback"),
        dkim_key=reading.value("DKIM_KEY", str, ""),
        bounce_domain=reading.value("BOUNCE_DOMAIN", _host, "").lower(),
        bounce_host=reading.value("BOUNCE_HOST", _host, "0.0.0.0"),  # noqa: S104  as above
        bounce_port=reading.value("BOUNCE_PORT", _port, None),
        dns_server=reading.value("DNS_SERVER", _dns_server, None),
        mailgun_key=reading.value("MAILGUN_KEY", str, ""),
        sendgrid_key=reading.value("SENDGRID_KEY", str, ""),
        postmark_hook=reading.value("POSTMARK_HOOK", _user_and_password, ""),
        ses_topics=reading.value("SES_TOPICS", _topics, ()),
        webhook_networks=reading.value("WEBHOOK_NETWORKS", _networks, ()),
        tls_cert=reading.value("TLS_CERT", _folder, None),
        tls_key=reading.value("TLS_KEY", _folder, None),
    )
    if bool(config.dkim_key) != bool(config.dkim_domain):
        reading.problems.append(f"{PREFIX}DKIM_KEY and {PREFIX}DKIM_DOMAIN belong together")
    if config.bounce_port is not None and not config.bounce_domain:
        reading.problems.append(f"{PREFIX}BOUNCE_PORT: set {PREFIX}BOUNCE_DOMAIN as well")
    problems = (*reading.problems, *_halves(config), *_misspelt(environment))
    if problems:
        raise BadConfig(problems)
    return config


def _halves(config: Config) -> tuple[str, ...]:
    if (config.tls_cert is None) == (config.tls_key is None):
        return ()
    given, missing = ("CERT", "KEY") if config.tls_key is None else ("KEY", "CERT")
    return (f"{PREFIX}TLS_{given}: set {PREFIX}TLS_{missing} as well, or neither",)


class _Reading:
    """Reads one variable after the other and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def value(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """The parsed value; the default where it is not set, empty or refused."""
        try:
            text = self._text(name)
            return parse(text) if text else default
        except ValueError as error:
            self.problems.append(f"{PREFIX}{name}: {error}")
            return default

    def _text(self, name: str) -> str:
        text = self._environment.get(PREFIX + name, "").strip()
        file = self._environment.get(f"{PREFIX}{name}_FILE", "") if name in SECRETS else ""
        if not file:
            return text
        if text:
            raise ValueError(f"set this or {PREFIX}{name}_FILE, not both")
        try:
            text = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"the file {file} cannot be read: {reason}") from None
        if not text:
            raise ValueError(f"the file {file} is empty")
        return text


def _folder(text: str) -> Path:
    if "\x00" in text:
        raise ValueError("a path has no NUL")
    return Path(text).expanduser()


_POSTGRES: Final = re.compile(r"postgres(ql)?(\+psycopg)?://.+")


def _database(text: str) -> str:
    if text.startswith("sqlite:///") and len(text) > len("sqlite:///"):
        if ":memory:" in text:
            raise ValueError("SQLite needs a file, for example sqlite:///cartback.db")
        return text
    if _POSTGRES.fullmatch(text):
        return text
    # Not repeated: it may hold a password.
    raise ValueError(
        "write sqlite:///path/to/cartback.db (four slashes for an absolute path)"
        " or postgresql://user:password@host/database"
    )


_HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def _host(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        looks_numeric = re.fullmatch(r"[\d.]+", bare)
        if _HOST_NAME.fullmatch(bare) and not looks_numeric:
            return bare
    raise ValueError(f"{text[:60]!r} is not a host; write 127.0.0.1, 0.0.0.0 or a name")


def _port(text: str) -> int:
    if text.startswith("tcp://"):
        raise ValueError(
            f"{text!r} was set by Kubernetes for a service named cartback;"
            " set enableServiceLinks: false in the pod, and this to a number"
        )
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65_535:
        raise ValueError(f"{text[:60]!r} is not a port; write a number from 0 to 65535")
    return int(text)


def _dns_server(text: str) -> tuple[str, int]:
    host, _, port = text.partition("#")
    try:
        return str(ipaddress.ip_address(host)), _port(port or "53")
    except ValueError:
        raise ValueError(
            f"{text[:60]!r} is no address of a name server; write 9.9.9.9, or 127.0.0.1#5353"
        ) from None


def _secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(text.split())
    if any(len(key) < 32 for key in keys):
        # Not repeated: it is a secret.
        raise ValueError("each key has at least 32 characters; make one with: openssl rand -hex 32")
    return keys


_URL: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+/?")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is not an address; write https://carts.example.com")
    return text.removesuffix("/")


_SMTP: Final = re.compile(r"(smtp|smtps|smtp\+plain)://([^\s/@]+@)?[^\s/@]+/?")


def _smtp(text: str) -> str:
    if not _SMTP.fullmatch(text):
        # Not repeated: it may hold a password.
        raise ValueError(
            "write smtp://user:password@host:587 (STARTTLS), smtps://… (TLS from the start)"
            " or smtp+plain://localhost:25 (no TLS, for this machine only)"
        )
    return text.removesuffix("/")


def _user_and_password(text: str) -> str:
    user, _, password = text.partition(":")
    if not user or len(password) < 16:
        # Not repeated: it is a secret.
        raise ValueError("write user:password, the password of at least 16 characters")
    return text


def _topics(text: str) -> tuple[str, ...]:
    topics = tuple(text.split())
    if any(not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+", one) for one in topics):
        raise ValueError("write the ARN of each topic: arn:aws:sns:eu-west-1:123456789012:mail")
    return topics


def _networks(text: str) -> tuple[str, ...]:
    found = []
    for one in text.split():
        try:
            found.append(str(ipaddress.ip_network(one)))
        except ValueError:
            raise ValueError(
                f"{one[:60]!r} is no network; write such as 10.0.0.0/8, with spaces between several"
            ) from None
    return tuple(found)


def _one_of(*words: Any) -> Callable[[str], Any]:  # noqa: ANN401  words of a Literal
    def parse(text: str) -> Any:  # noqa: ANN401  likewise
        if text.lower() not in words:
            raise ValueError(f"{text[:60]!r} is not known; write {' or '.join(words)}")
        return text.lower()

    return parse


def _switch(text: str) -> bool:
    match text.lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
    raise ValueError(f"{text[:60]!r} is neither on nor off")


def _misspelt(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names that begin like ours and are neither ours nor known to be somebody else's."""
    return tuple(
        f"{name} is not known; {_meant(name.removeprefix(PREFIX))}"
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX) and not _has_owner(name.removeprefix(PREFIX), value)
    )


def _has_owner(rest: str, value: str) -> bool:
    """Ours, our tests', or what Docker and Kubernetes say of a service called cartback…"""
    if rest in OURS or rest in OF_TESTS or OF_SERVICES.search(rest):
        return True
    return rest.endswith("PORT") and value.startswith(("tcp://", "udp://"))


def _meant(rest: str) -> str:
    names = OURS if "FILE" in rest.upper() else NAMES
    near = difflib.get_close_matches(rest.upper(), names, 1)
    if near:
        return f"did you mean {PREFIX}{near[0]}?"
    return "docs/operations.md has the names of all settings"

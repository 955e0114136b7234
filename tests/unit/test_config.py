"""Configuration from the environment: defaults, secrets in files, and every refusal at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartback.config import BadConfig, read_config


def refused(**environment: str) -> tuple[str, ...]:
    with pytest.raises(BadConfig) as caught:
        read_config({f"CARTBACK_{name}": value for name, value in environment.items()})
    return caught.value.problems


def test_nothing_need_be_set() -> None:
    config = read_config({})
    assert config.database == "sqlite:///cartback-data/cartback.db"
    assert config.sqlite_file == Path("cartback-data/cartback.db")
    assert config.tape_folder == Path("cartback-data/tape")
    assert (config.host, config.port, config.log, config.tape) == ("127.0.0.1", 8000, "text", True)


def test_an_empty_variable_is_as_if_it_were_not_set() -> None:
    assert read_config({"CARTBACK_PORT": "", "CARTBACK_DATABASE": " "}) == read_config({})


def test_the_database_is_in_the_folder_for_data_unless_said_otherwise() -> None:
    config = read_config({"CARTBACK_DATA": "/var/lib/cartback"})
    assert config.sqlite_file == Path("/var/lib/cartback/cartback.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@db/cartback",
        "postgres://db/cartback",
        "postgresql+psycopg://db/cartback?sslmode=require",
    ],
)
def test_a_server_is_a_database_and_no_file(url: str) -> None:
    assert read_config({"CARTBACK_DATABASE": url}).sqlite_file is None


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql://me:secret@db/cartback\n")
    config = read_config({"CARTBACK_DATABASE_FILE": str(secret)})
    assert config.database == "postgresql://me:secret@db/cartback"


def test_a_secret_is_not_in_what_is_printed() -> None:
    config = read_config({"CARTBACK_DATABASE": "postgresql://me:secret@db/cartback"})
    assert "secret" not in repr(config)
    [problem] = refused(DATABASE="mysql://me:secret@db/cartback")
    assert "secret" not in problem


def test_a_secret_is_in_one_place_and_its_file_can_be_read(tmp_path: Path) -> None:
    [twice] = refused(DATABASE="sqlite:///x.db", DATABASE_FILE="/run/secrets/database")
    assert "not both" in twice
    [missing] = refused(DATABASE_FILE="/nowhere/database")
    assert missing == (
        "CARTBACK_DATABASE: the file /nowhere/database cannot be read: No such file or directory"
    )
    empty = tmp_path / "empty"
    empty.touch()
    [nothing] = refused(DATABASE_FILE=str(empty))
    assert nothing.endswith("is empty")


def test_every_problem_is_said_at_once() -> None:
    assert refused(PORT="80a", LOG="xml", DATABASE="mysql://db", HOST="my shop") == (
        "CARTBACK_DATABASE: write sqlite:///path/to/cartback.db (four slashes for an absolute path)"
        " or postgresql://user:password@host/database",
        "CARTBACK_HOST: 'my shop' is not a host; write 127.0.0.1, 0.0.0.0 or a name",
        "CARTBACK_PORT: '80a' is not a port; write a number from 0 to 65535",
        "CARTBACK_LOG: 'xml' is not known; write text or json",
    )


@pytest.mark.parametrize("port", ["65536", "-1", "8000.0", "٨٠٠٠", "1e3"])
def test_a_port_is_a_number_from_0_to_65535(port: str) -> None:
    [problem] = refused(PORT=port)
    assert "is not a port" in problem


def test_what_kubernetes_puts_there_is_explained() -> None:
    [problem] = refused(PORT="tcp://10.96.0.7:8000")
    assert "enableServiceLinks" in problem


@pytest.mark.parametrize(
    "host, url",
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104  nothing listens in this test
        ("::", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:8000"),
        ("shop.example", "http://shop.example:8000"),
    ],
)
def test_a_host_is_an_address_or_a_name(host: str, url: str) -> None:
    assert read_config({"CARTBACK_HOST": host}).url == url


@pytest.mark.parametrize("host", ["256.1.1.1", "1.2.3", "a b", "-x", "http://shop"])
def test_what_is_no_host_is_refused(host: str) -> None:
    [problem] = refused(HOST=host)
    assert "is not a host" in problem


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "cartback.db"])
def test_sqlite_needs_a_file(url: str) -> None:
    [problem] = refused(DATABASE=url)
    assert "sqlite:///" in problem


def test_a_misspelt_name_is_refused_with_the_right_one() -> None:
    assert refused(DATABSE="x") == (
        "CARTBACK_DATABSE is not known; did you mean CARTBACK_DATABASE?",
    )


@pytest.mark.parametrize(
    "name, meant",
    [
        ("PROT", "PORT"),
        ("HSOT", "HOST"),
        ("SMPT", "SMTP"),
        ("port", "PORT"),
        ("DATABASE_URL", "DATABASE"),
        ("DKIM_KEYFILE", "DKIM_KEY_FILE"),
    ],
)
def test_even_a_short_name_is_answered_with_the_right_one(name: str, meant: str) -> None:
    assert refused(**{name: "x"}) == (
        f"CARTBACK_{name} is not known; did you mean CARTBACK_{meant}?",
    )


def test_a_name_that_is_like_none_is_answered_too() -> None:
    [problem] = refused(QQQ="x")
    assert problem == "CARTBACK_QQQ is not known; docs/operations.md has the names of all settings"


def test_all_that_is_told_of_a_service_of_this_name_is_left_alone() -> None:
    """As Docker's links and Kubernetes set them."""
    read_config(
        {
            "CARTBACK_WEB_SERVICE_HOST": "10.0.0.1",
            "CARTBACK_WEB_SERVICE_PORT_HTTP": "80",
            "CARTBACK_WEB_PORT": "tcp://10.0.0.1:80",
            "CARTBACK_WEB_PORT_80_TCP_ADDR": "10.0.0.1",
        }
    )


def test_names_of_others_are_left_alone() -> None:
    read_config(
        {"CARTBACK_REAL_DATA": "x", "CARTBACK_SERVICE_PORT": "1", "CARTBACK_PORT_8000_TCP": "x"}
    )


def test_a_certificate_and_its_key_belong_together() -> None:
    config = read_config({"CARTBACK_TLS_CERT": "shop.pem", "CARTBACK_TLS_KEY": "shop.key"})
    assert (config.tls_cert, config.tls_key) == (Path("shop.pem"), Path("shop.key"))
    assert config.url == "https://127.0.0.1:8000"
    assert "CARTBACK_TLS_KEY" in refused(TLS_CERT="shop.pem")[0]
    assert "CARTBACK_TLS_CERT" in refused(TLS_KEY="shop.key")[0]

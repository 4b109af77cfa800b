"""nginx in front of the API: what it lets through, what it says itself, and what it hides."""

import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stack import nginx
from tests import proxied
from tests.proxied import Asked, Upstream

MEBIBYTE = 1_048_576


@pytest.fixture(autouse=True)
def _nginx_is_here() -> None:
    if proxied.absent():
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is not here: `make system` installs it.")
        pytest.skip("nginx is not here: `make system` installs it.")


@pytest.fixture
def behind() -> Iterator[Upstream]:
    with proxied.upstream() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Upstream]:
    with proxied.upstream() as found:
        yield found


@pytest.fixture
def port(tmp_path: Path, behind: Upstream) -> Iterator[int]:
    with proxied.proxy(tmp_path / "nginx", [behind.address]) as found:
        yield found


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    """For localhost, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = builder.sign(key, hashes.SHA256())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem), key.private_bytes(pem, form, plain)


def call(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """End the connection without an answer, as a process does that is killed at work."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/requests", MEBIBYTE, 200),
        ("/requests", MEBIBYTE + 1, 413),
        ("/media", 10 * MEBIBYTE + 65_536, 200),
        ("/media", 11 * MEBIBYTE + 1, 413),
        ("/media/some-id", MEBIBYTE + 1, 413),
    ],
)
def test_a_body_is_taken_up_to_what_the_app_takes(
    port: int, behind: Upstream, path: str, size: int, status: int
) -> None:
    answer, body = call(port, "POST", path, bytes(size))

    assert answer.status == status
    assert [len(one.body) for one in behind.asked] == ([size] if status == 200 else [])
    if status == 413:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] == "too_large"


def test_nobody_forges_his_address(port: int, behind: Upstream) -> None:
    call(
        port,
        "GET",
        "/requests",
        X_Forwarded_For="203.0.113.7, 127.0.0.1",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        X_Real_IP="203.0.113.7",
        Forwarded="for=203.0.113.7",
    )

    (asked,) = behind.asked
    assert asked.headers["x-forwarded-for"] == "127.0.0.1"
    assert asked.headers["x-forwarded-proto"] == "http"
    assert not {"x-real-ip", "forwarded", "x-forwarded-host"} & asked.headers.keys()


def test_the_host_that_was_asked_for_is_passed_on(port: int, behind: Upstream) -> None:
    call(port, "GET", "/healthz")

    assert behind.asked[0].headers["host"] == f"127.0.0.1:{port}"


def test_an_id_of_a_call_is_passed_on_where_it_is_one(port: int, behind: Upstream) -> None:
    call(port, "GET", "/", X_Request_ID="phone_7-a")
    call(port, "GET", "/", X_Request_ID="a b; drop")
    call(port, "GET", "/")

    first, second, third = (one.headers["x-request-id"] for one in behind.asked)
    assert first == "phone_7-a"
    assert len({second, third} - {"a b; drop"}) == 2


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_an_api_that_is_down_is_not_noticed(tmp_path: Path, other: Upstream, method: str) -> None:
    with proxied.proxy(tmp_path / "nginx", [proxied.dead_address(), other.address]) as port:
        statuses = [call(port, method, f"/requests/{number}")[0].status for number in range(12)]

    assert statuses == [200] * 12
    assert [one.path for one in other.asked] == [f"/requests/{number}" for number in range(12)]


@pytest.mark.parametrize(("method", "status", "times"), [("GET", 200, 2), ("POST", 503, 1), ("PATCH", 503, 1)])
def test_only_what_can_have_had_no_effect_is_sent_again(
    tmp_path: Path, behind: Upstream, other: Upstream, method: str, status: int, times: int
) -> None:
    """Whichever is asked first hangs up; the other one would answer."""
    asked: list[Upstream] = []

    def first_hangs_up(found: Upstream) -> None:
        def act(handler: BaseHTTPRequestHandler) -> None:
            asked.append(found)
            if len(asked) == 1:
                hang_up(handler)
                return
            handler.send_response(200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        found.act = act

    first_hangs_up(behind)
    first_hangs_up(other)
    with proxied.proxy(tmp_path / "nginx", [behind.address, other.address]) as port:
        answer, body = call(port, method, "/requests", b"{}", Idempotency_Key="k-1")

    assert (answer.status, len(asked)) == (status, times)
    if status == 503:
        assert answer.headers["Retry-After"] == "2"
        assert json.loads(body)["code"] == "unavailable"


def test_an_answer_of_the_app_is_passed_on_as_it_is_whatever_it_says(
    tmp_path: Path, behind: Upstream, other: Upstream
) -> None:
    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(503)
        handler.send_header("Content-Length", "5")
        handler.send_header("Retry-After", "7")
        handler.end_headers()
        handler.wfile.write(b"store")

    behind.act = other.act = away
    with proxied.proxy(tmp_path / "nginx", [behind.address, other.address]) as port:
        answer, body = call(port, "GET", "/requests")

    assert (answer.status, answer.headers["Retry-After"], body) == (503, "7", b"store")
    assert len(behind.asked) + len(other.asked) == 1


def test_connections_to_the_api_are_kept(port: int, behind: Upstream) -> None:
    for _ in range(30):
        call(port, "GET", "/healthz")

    assert len(behind.asked) == 30
    assert behind.connections <= 2, "one for each of nginx's two workers"


def test_a_live_event_comes_while_the_answer_goes_on(port: int, behind: Upstream) -> None:
    enough = threading.Event()

    def stream(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b"data: 1\n\n")
        handler.wfile.flush()
        enough.wait(20)

    behind.act = stream
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/events?since=1")
        answer = connection.getresponse()
        assert answer.read1(100).endswith(b"data: 1\n\n")
    finally:
        enough.set()
        connection.close()


def test_the_log_holds_no_words_of_a_query(tmp_path: Path, behind: Upstream) -> None:
    with proxied.proxy(tmp_path / "nginx", [behind.address]) as port:
        call(port, "GET", "/requests?near=6.7,80.4&word=rope", X_Request_ID="call-1")

    (line,) = (tmp_path / "nginx" / "access.log").read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert (told["path"], told["call"], told["status"]) == ("/requests", "call-1", 200)
    assert "rope" not in line
    assert "80.4" not in line


def test_nginx_takes_the_configuration_of_the_stack(tmp_path: Path) -> None:
    config = nginx.write_config(
        tmp_path, port=18_080, upstreams=["127.0.0.1:1", "127.0.0.1:2"], access_log=tmp_path / "access.log"
    )

    said = proxied.checked(config)

    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


@pytest.mark.parametrize("server", ["server.conf.template", "plain.conf.template"])
def test_nginx_takes_the_configuration_of_production(
    tmp_path: Path, certificate: tuple[bytes, bytes], server: str
) -> None:
    made = proxied.production(tmp_path, ["127.0.0.1:1", "127.0.0.1:2"], certificate, server=server)

    said = proxied.checked(made.config)

    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


def test_production_speaks_https_only_and_holds_hsts_back(
    tmp_path: Path, behind: Upstream, certificate: tuple[bytes, bytes]
) -> None:
    made = proxied.production(tmp_path, [behind.address], certificate)
    context = ssl.create_default_context(cafile=str(made.certificate))
    with proxied.serving(made):
        plain, _ = call(made.http_port, "POST", "/requests?a=1", b"{}")
        connection = HTTPSConnection("localhost", made.https_port, timeout=10, context=context)
        connection.request("GET", "/requests")
        answer = connection.getresponse()
        answer.read()
        connection.close()

    assert (plain.status, plain.headers["Location"]) == (308, "https://127.0.0.1/requests?a=1")
    assert answer.status == 200
    assert "Strict-Transport-Security" not in answer.headers
    assert "nginx/" not in (answer.headers["Server"] or "")
    assert [_proto(one) for one in behind.asked] == ["https"]


def _proto(asked: Asked) -> str:
    return asked.headers["x-forwarded-proto"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_production_speaks_today_s_versions_of_tls(
    tmp_path: Path, behind: Upstream, certificate: tuple[bytes, bytes], version: ssl.TLSVersion
) -> None:
    made = proxied.production(tmp_path, [behind.address], certificate)
    context = ssl.create_default_context(cafile=str(made.certificate))
    context.minimum_version = context.maximum_version = version

    with (
        proxied.serving(made),
        socket.create_connection(("localhost", made.https_port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as secure,
    ):
        assert secure.version() == version.name.replace("_", ".")

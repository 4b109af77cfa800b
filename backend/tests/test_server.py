"""The server as an attacker meets it: bytes that come slowly, never, in floods, or in two meanings."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.intake import ApiIntake, Login
from app.core.server import GuardedProtocol
from app.core.settings import Settings
from app.schemas.request_bodies import RequestCreate
from tests.live import Live, answer_on, closed, serving

HEAD_SECONDS = 1.0
BODY_SECONDS = 1.0
HEAD_BYTES = 8_192
GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
SIGN_UP = b"/identitytoolkit.googleapis.com/v1/accounts:signUp"
JSON = b"Host: a\r\nContent-Type: application/json\r\n"
PATIENCE = 8.0
"""Seconds within which what takes one second has certainly happened."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("live"),
        head_seconds=HEAD_SECONDS,
        body_seconds=BODY_SECONDS,
        head_bytes=HEAD_BYTES,
        keep_alive_seconds=1,
    )
    with serving(settings) as found:
        yield found


@pytest.fixture(scope="module")
def post(live: Live) -> bytes:
    """The head of a help request of somebody who is signed in, up to where it says how long its body is."""
    answer = live.said(b"POST " + SIGN_UP + b" HTTP/1.1\r\n" + JSON + b"Content-Length: 2\r\n\r\n{}")
    assert answer is not None
    token = str(answer.json()["idToken"]).encode()
    return b"POST /requests HTTP/1.1\r\n" + JSON + b"Authorization: Bearer " + token + b"\r\n"


@pytest.fixture(autouse=True)
def _still_up(live: Live) -> Iterator[None]:
    """Whatever was done to it, the next caller is served."""
    yield
    answer = live.said(GET + b"\r\n")
    assert answer is not None
    assert answer.status == 200


def test_an_answer_does_not_say_what_the_server_is(live: Live) -> None:
    answer = live.said(GET + b"\r\n")

    assert answer is not None
    assert "server" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /healthz",
        GET,
        GET + b"X-Slow: a",
    ],
    ids=["nothing", "half a line", "no end", "half a header"],
)
def test_a_head_that_never_ends_is_given_up(live: Live, head: bytes) -> None:
    with live.connected() as connection:
        connection.sendall(head)
        since = time.monotonic()
        answer = answer_on(connection)

    assert time.monotonic() - since < PATIENCE
    assert answer is None if not head else answer is not None
    if answer is not None:
        assert answer.status == 408
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["connection"] == "close"


def test_bytes_that_trickle_do_not_keep_a_connection(live: Live) -> None:
    with live.connected() as connection:
        connection.sendall(GET)
        came = _trickled(connection, b"X-A: b\r\n")

    assert came.startswith(b"HTTP/1.1 408")


def test_empty_lines_between_requests_do_not_keep_a_connection(live: Live) -> None:
    with live.connected() as connection:
        connection.sendall(GET + b"\r\n")
        assert answer_on(connection) is not None
        connection.sendall(b"\r\n")
        since = time.monotonic()

        assert closed(connection)
    assert time.monotonic() - since < PATIENCE


def test_an_idle_connection_is_closed(live: Live) -> None:
    with live.connected() as connection:
        connection.sendall(GET + b"\r\n")
        assert answer_on(connection) is not None
        since = time.monotonic()

        assert closed(connection)
    assert time.monotonic() - since < PATIENCE


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        GET + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        GET + b"X: y\r\n" * 20_000 + b"\r\n",
        GET + b"Cookie: " + b"a=b; " * 20_000,
    ],
    ids=["a long address", "a long header", "many headers", "a header without end"],
)
def test_a_flood_of_headers_is_431_and_the_end(live: Live, head: bytes) -> None:
    with live.connected() as connection:
        try:
            for at in range(0, len(head), 4_096):
                connection.sendall(head[at : at + 4_096])
        except ConnectionError:
            pass
        try:
            answer = answer_on(connection)
        except ConnectionError:
            answer = None

    assert answer is None or answer.status == 431


def test_the_answer_to_a_long_head_is_a_problem_document(live: Live) -> None:
    answer = live.said(GET + b"X-Long: " + b"x" * HEAD_BYTES + b"\r\n\r\n")

    assert answer is not None
    assert answer.status == 431
    assert answer.json()["code"] == "request_header_fields_too_large"
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_head_of_ordinary_length_passes_with_a_large_body_in_one_piece(live: Live, post: bytes) -> None:
    body = b'{"description": "' + b"x" * 200_000 + b'"}'
    answer = live.said(post + b"X-Padding: %s\r\nContent-Length: %d\r\n\r\n" % (b"x" * 4_000, len(body)) + body)

    assert answer is not None
    assert answer.status == 422, "read, and found to be too many words"


def test_a_body_that_does_not_come_is_408_and_the_end(live: Live, post: bytes) -> None:
    with live.connected() as connection:
        connection.sendall(post + b'Content-Length: 30\r\n\r\n{"desc')
        since = time.monotonic()
        answer = answer_on(connection)

        assert answer is not None
        assert (answer.status, answer.json()["code"]) == (408, "too_slow")
        assert BODY_SECONDS * 0.5 < time.monotonic() - since < PATIENCE
        assert closed(connection)


def test_a_body_that_trickles_is_408(live: Live, post: bytes) -> None:
    with live.connected() as connection:
        connection.sendall(post + b"Content-Length: 1000\r\n\r\n")
        came = _trickled(connection, b"x")

    assert came.startswith(b"HTTP/1.1 408")


def _trickled(connection: socket.socket, piece: bytes) -> bytes:
    """What the server says to somebody who sends a piece every tenth of a second; nothing if it has no end."""
    connection.settimeout(0.1)
    since = time.monotonic()
    while time.monotonic() - since < PATIENCE:
        connection.sendall(piece)
        try:
            return connection.recv(65_536)
        except TimeoutError:
            continue
    return b""


def test_a_slow_uplink_that_keeps_sending_gets_through(live: Live, post: bytes) -> None:
    """Two seconds for a body, twice what is waited for a silent one: each piece buys the time for the next."""
    body = b'{"description": "' + b"x" * 4_000 + b'"}'
    with live.connected() as connection:
        connection.sendall(post + b"Content-Length: %d\r\n\r\n" % len(body))
        step = len(body) // 10 + 1
        for at in range(0, len(body), step):
            time.sleep(0.2)  # the uplink itself
            connection.sendall(body[at : at + step])
        answer = answer_on(connection)

    assert answer is not None
    assert answer.status == 201


def test_who_is_not_signed_in_is_told_before_any_body_is_read(live: Live) -> None:
    with live.connected() as connection:
        head = b"POST /requests HTTP/1.1\r\n" + JSON
        connection.sendall(head + b"Content-Length: 500000\r\nExpect: 100-continue\r\n\r\n")
        answer = answer_on(connection)

    assert answer is not None
    assert answer.status == 401


def test_a_body_announced_too_large_is_refused_before_any_of_it_is_sent(live: Live, post: bytes) -> None:
    with live.connected() as connection:
        connection.sendall(post + b"Content-Length: 10000000000\r\nExpect: 100-continue\r\n\r\n")
        answer = answer_on(connection)

    assert answer is not None
    assert answer.status == 413, "and not 100 Continue"


def test_a_body_in_chunks_ends_where_it_becomes_too_large(live: Live, post: bytes) -> None:
    with live.connected() as connection:
        connection.sendall(post + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        try:
            for _ in range(64):
                connection.sendall(chunk)
        except ConnectionError:
            pass
        answer = answer_on(connection)

    assert answer is None or answer.status == 413


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"X-Lf: a\nX: b\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 0x10\r\n\r\n",
        b"Content-Length : 0\r\n\r\n",
        b"X-A: b\r\n c\r\n\r\n",
        b"X-Null: a\x00b\r\n\r\n",
    ],
)
def test_a_request_with_two_ends_is_not_taken_for_two_requests(live: Live, framing: bytes) -> None:
    smuggled = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
    with live.connected() as connection:
        connection.sendall(b"POST /requests HTTP/1.1\r\nHost: a\r\n" + framing + smuggled)
        answer = answer_on(connection)

        assert answer is not None
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert closed(connection)


@pytest.mark.parametrize(
    "line",
    [
        b"GET /healthz HTTP/9.9",
        b"TRACE /healthz HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
        b"BREW /coffee HTTP/1.1",
        b"get /healthz HTTP/1.1",
        b"GET /\xff\xfe HTTP/1.1",
        b"GET /%ff%fe HTTP/1.1",
        b"GET /%c0%af%c0%ae%c0%ae HTTP/1.1",
        b"GET /%0d%0aX-Injected:%20yes HTTP/1.1",
        b"GET /a?b=%0d%0aX-Injected:%20yes HTTP/1.1",
        b"GET * HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET http://evil.example/users/me HTTP/1.1",
        b"GET //evil.example/users/me HTTP/1.1",
        b"GET /..;/requests HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0",
    ],
)
def test_an_odd_request_line_is_a_4xx_and_nothing_more(live: Live, line: bytes) -> None:
    answer = live.said(line + b"\r\nHost: a\r\n\r\n")

    assert answer is None or 400 <= answer.status < 500, answer
    if answer is not None:
        assert "x-injected" not in answer.headers
        assert b"evil.example" not in answer.body
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", [b"evil.example", b"[", b"a b", b"a:99999999", b"", b"\xff", b"a,b", b"a@b:c#d?e/f"])
def test_a_host_header_is_believed_nowhere(live: Live, host: bytes) -> None:
    for path in (b"/disasters?limit=1", b"/docs", b"/openapi.json", b"/nowhere"):
        answer = live.said(b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

        assert answer is None or answer.status in {200, 400, 404}
        assert answer is None or b"evil.example" not in answer.body + str(answer.headers).encode()


def test_who_does_not_read_an_answer_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of some MB to somebody who reads nothing fill every buffer on the way."""
    monkeypatch.setattr(GuardedProtocol, "read_seconds", 0.5)
    with serving(Settings(data_dir=tmp_path)) as live, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", live.port))
        with pytest.raises(ConnectionError):
            _ask_and_never_read(connection)


def _ask_and_never_read(connection: socket.socket) -> None:
    for _ in range(1_000):
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.02)  # what the other side has already sent does not wait for us


def test_many_silent_connections_keep_nobody_out(live: Live) -> None:
    waiting = [live.connected() for _ in range(200)]
    try:
        since = time.monotonic()
        answer = live.said(GET + b"\r\n")
        took = time.monotonic() - since
    finally:
        for connection in waiting:
            connection.close()

    assert answer is not None
    assert answer.status == 200
    assert took < PATIENCE


def test_forwarded_headers_count_from_a_trusted_proxy_only(live: Live) -> None:
    """127.0.0.1 is trusted by default: it says https, and so the answer speaks of it."""
    plain = live.said(GET + b"\r\n")
    https = live.said(GET + b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")

    assert plain is not None
    assert https is not None
    assert "strict-transport-security" not in plain.headers
    assert https.headers["strict-transport-security"].startswith("max-age=")


async def test_an_import_that_is_told_to_wait_waits_and_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, rate_intake="2 per 1 second", rate_refused="1/hour")
    with serving(settings) as live:
        async with ApiIntake(
            f"http://127.0.0.1:{live.port}", Login(email="a@example.org", password="long enough")
        ) as api:
            since = time.monotonic()
            sent = [await api.submit(RequestCreate(description=f"We need water, {n}"), f"key-{n}") for n in range(5)]

    assert all(one.new for one in sent)
    assert len({one.id for one in sent}) == 5
    assert time.monotonic() - since > 1

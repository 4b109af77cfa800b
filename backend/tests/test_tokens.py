"""Which tokens are taken, with which keys, and what happens when the keys' address does not answer."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace

import httpx2
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from app.core.errors import AppError, Transient
from app.core.security.bearer import SignedIn, SignedInOrNot
from app.core.security.firebase import FirebaseTokenVerifier, VerifiedTokens
from app.core.security.keys import CertificateKeys
from app.core.security.local import SigningKey
from app.core.security.tokens import Claims, TokenExpired, TokenRefused, claims_of, payload_of

PROJECT = "demo-resq"
START = 1_800_000_000


@dataclass
class Hands:
    """A clock that stands still until a test moves it."""

    now: float = float(START)

    def __call__(self) -> float:
        return self.now


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def certificate(name: str) -> str:
    key, subject = private_key(name), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    valid = builder.not_valid_before(start).not_valid_after(start + timedelta(days=3650))
    return valid.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@dataclass
class KeyServer:
    """An address on loopback that serves certificates as Google's does, and counts who asks."""

    certificates: dict[str, str]
    max_age: int = 3_600
    up: bool = True
    body: bytes | None = None
    served: int = 0
    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    open_gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open_gate.set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.served += 1
        self.asked.set()
        await self.open_gate.wait()
        body = self.body if self.body is not None else json.dumps(self.certificates).encode()
        status = "200 OK" if self.up else "503 Service Unavailable"
        head = (
            f"HTTP/1.1 {status}\r\nCache-Control: public, max-age={self.max_age}, must-revalidate\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def server() -> AsyncIterator[KeyServer]:
    server = KeyServer({"k1": certificate("k1")})
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/certificates"
    async with listening:
        yield server
        server.open_gate.set()


@pytest.fixture
async def keys(server: KeyServer, hands: Hands) -> AsyncIterator[CertificateKeys]:
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        keys = CertificateKeys(server.url, client=client, clock=hands)
        yield keys
        await keys.aclose()


@pytest.fixture
def verifier(keys: CertificateKeys, hands: Hands) -> FirebaseTokenVerifier:
    return FirebaseTokenVerifier(PROJECT, keys, clock=hands)


def payload(**changes: object) -> dict[str, object]:
    whole: dict[str, object] = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "asha",
        "iat": START - 5,
        "exp": START + 3_600,
        "auth_time": START - 60,
        "email": "asha@example.org",
        "email_verified": True,
        "name": "Asha",
        "firebase": {"sign_in_provider": "password", "identities": {}},
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def signed(*, by: str = "k1", kid: str | None = None, **changes: object) -> str:
    return signed_as(payload(**changes), by=by, kid=kid)


def signed_as(whole: dict[str, object], *, by: str = "k1", kid: str | None = None) -> str:
    return jwt.encode(whole, private_key(by), algorithm="RS256", headers={"kid": kid or by})


def encoded(part: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_what_was_signed_is_what_is_read_back() -> None:
    at = datetime.fromtimestamp(START, UTC)
    claims = Claims(
        "u1", "a@b.org", True, "Asha", "https://x.org/a.png", None, "password", at, at, at + timedelta(hours=1)
    )

    assert claims_of(payload_of(claims, project_id=PROJECT), project_id=PROJECT, now=START) == claims


async def test_a_token_of_the_project_gives_its_claims(verifier: FirebaseTokenVerifier) -> None:
    claims = await verifier.verify(signed())

    assert (claims.uid, claims.email, claims.email_verified, claims.name) == ("asha", "asha@example.org", True, "Asha")
    assert claims.provider == "password"
    assert claims.expires_at == datetime.fromtimestamp(START + 3_600, UTC)
    assert (claims.picture, claims.phone) == (None, None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aud": "another"}, "another project"),
        ({"aud": [PROJECT]}, "another project"),
        ({"aud": None}, "another project"),
        ({"iss": "https://securetoken.google.com/another"}, "another issuer"),
        ({"iss": f"https://accounts.google.com/{PROJECT}"}, "another issuer"),
        ({"exp": START - 11}, "expired"),
        ({"exp": None}, "no usable `exp`"),
        ({"exp": 10**30}, "no usable `exp`"),
        ({"exp": "soon"}, "no usable `exp`"),
        ({"exp": True}, "no usable `exp`"),
        ({"iat": START + 11}, "from the future"),
        ({"iat": None}, "no usable `iat`"),
        ({"auth_time": START + 11}, "from the future"),
        ({"auth_time": None}, "no usable `auth_time`"),
        ({"sub": ""}, "names no user"),
        ({"sub": None}, "names no user"),
        ({"sub": "u" * 129}, "names no user"),
    ],
)
async def test_a_token_that_breaks_a_rule_is_refused_with_the_reason(
    verifier: FirebaseTokenVerifier, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(TokenRefused, match=says):
        await verifier.verify(signed_as(payload(**changes)))


async def test_clocks_may_differ_by_ten_seconds(verifier: FirebaseTokenVerifier) -> None:
    assert (await verifier.verify(signed(iat=START + 9, auth_time=START + 9))).uid == "asha"
    assert (await verifier.verify(signed(exp=START - 9))).uid == "asha"


async def test_an_unsigned_token_is_refused(verifier: FirebaseTokenVerifier) -> None:
    token = f"{encoded({'alg': 'none', 'kid': 'k1'})}.{encoded(payload())}."

    with pytest.raises(TokenRefused, match="RS256"):
        await verifier.verify(token)


async def test_the_public_key_does_not_pass_for_a_shared_secret(verifier: FirebaseTokenVerifier) -> None:
    public = private_key("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    message = f"{encoded({'alg': 'HS256', 'kid': 'k1'})}.{encoded(payload())}"
    mac = hmac.digest(public, message.encode(), hashlib.sha256)
    token = f"{message}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    with pytest.raises(TokenRefused, match="RS256"):
        await verifier.verify(token)


async def test_a_signature_by_another_key_under_a_known_id_is_refused(verifier: FirebaseTokenVerifier) -> None:
    with pytest.raises(TokenRefused, match="signature"):
        await verifier.verify(signed(by="k2", kid="k1"))


async def test_changed_claims_under_an_old_signature_are_refused(verifier: FirebaseTokenVerifier) -> None:
    header, _, signature = signed().split(".")

    with pytest.raises(TokenRefused, match="signature"):
        await verifier.verify(f"{header}.{encoded(payload(sub='somebody-else'))}.{signature}")


HOSTILE = [
    "",
    ".",
    "..",
    "...",
    "a.b.c",
    "." * 5_000,
    "x" * 100_000,
    f"{encoded({'alg': 'RS256', 'kid': 'k1'})}.{'A' * 20_000}.AAAA",
    "ශ්‍රී.ලංකා.x",
    "\udcff.\udcff.\udcff",
    f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.e30.AAAA",
    f"{encoded({'alg': 'RS256'})}.e30.AAAA",
    f"{encoded({'alg': 'RS256', 'kid': 7})}.e30.AAAA",
    f"{encoded({'alg': 'RS256', 'kid': 'k' * 2_000})}.e30.AAAA",
    f"{encoded({'alg': ['RS256'], 'kid': 'k1'})}.e30.AAAA",
    f"{encoded({'alg': 'RS256', 'kid': 'k1', 'b64': False, 'crit': ['b64']})}..AAAA",
    f"{base64.urlsafe_b64encode(b'7').decode().rstrip('=')}.e30.AAAA",
]


@pytest.mark.parametrize("token", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_is_no_token_is_refused_and_never_repeated(verifier: FirebaseTokenVerifier, token: str) -> None:
    with pytest.raises(TokenRefused) as refusal:
        await verifier.verify(token)

    assert len(refusal.value.detail) < 100
    assert not token or len(token) < 4 or token not in refusal.value.detail


@pytest.mark.parametrize("body", [b"7", b'"x"', b"[]", b"null", b"\xff", b"{", b"[" * 3_000])
async def test_a_signed_token_whose_payload_is_no_object_is_refused(
    verifier: FirebaseTokenVerifier, body: bytes
) -> None:
    token = jwt.api_jws.encode(body, private_key("k1"), algorithm="RS256", headers={"kid": "k1"})

    with pytest.raises(TokenRefused):
        await verifier.verify(token)


async def test_a_known_token_is_not_known_beyond_its_end(verifier: FirebaseTokenVerifier, hands: Hands) -> None:
    token = signed(exp=START + 30)
    await verifier.verify(token)

    hands.now = START + 41

    with pytest.raises(TokenExpired):
        await verifier.verify(token)


async def test_a_known_token_needs_no_keys_for_five_minutes(
    verifier: FirebaseTokenVerifier, keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    server.max_age = 60
    token = signed()
    claims = await verifier.verify(token)
    server.up = False
    hands.now += 299

    assert await verifier.verify(token) is claims
    assert server.served == 1


def test_the_memory_of_known_tokens_is_bounded() -> None:
    known = VerifiedTokens(size=2)
    claims = claims_of(payload(), project_id=PROJECT, now=START)
    for digest in (b"1", b"2"):
        known.put(digest, claims, START)
    known.get(b"1", START)
    known.put(b"3", claims, START)

    assert len(known) == 2
    assert [known.get(digest, START) for digest in (b"1", b"2", b"3")] == [claims, None, claims]


async def test_many_callers_at_once_fetch_the_keys_once(verifier: FirebaseTokenVerifier, server: KeyServer) -> None:
    await asyncio.gather(*(verifier.verify(signed(sub=f"u{n}")) for n in range(20)))

    assert server.served == 1


async def test_a_caller_who_hangs_up_does_not_take_the_keys_from_the_others(
    keys: CertificateKeys, server: KeyServer
) -> None:
    server.open_gate.clear()
    impatient, patient = asyncio.create_task(keys.key("k1")), asyncio.create_task(keys.key("k1"))
    await server.asked.wait()
    impatient.cancel()
    server.open_gate.set()

    assert await patient == private_key("k1").public_key()
    assert server.served == 1


async def test_keys_are_renewed_behind_the_caller_before_they_are_over(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    await keys.key("k1")
    server.certificates["k2"] = certificate("k2")
    server.open_gate.clear()
    server.asked.clear()
    hands.now += 3_000

    await keys.key("k1")  # answered while the fetch is still held back

    async with asyncio.timeout(10):
        await server.asked.wait()
    server.open_gate.set()
    assert await keys.key("k2") == private_key("k2").public_key()
    assert server.served == 2


async def test_keys_that_are_fresh_are_not_fetched_again(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    await keys.key("k1")
    hands.now += 2_800
    await keys.key("k1")

    assert server.served == 1


async def test_a_new_key_is_found_when_a_token_names_it(
    verifier: FirebaseTokenVerifier, server: KeyServer, hands: Hands
) -> None:
    await verifier.verify(signed())
    server.certificates = {"k2": certificate("k2")}
    hands.now += 61

    assert (await verifier.verify(signed(by="k2"))).uid == "asha"
    with pytest.raises(TokenRefused, match="not known"):
        await verifier.verify(signed(sub="bela"))


async def test_unknown_key_ids_fetch_once_a_minute_at_most(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    await keys.key("k1")
    for second in range(0, 120, 5):
        hands.now = START + second
        with pytest.raises(TokenRefused):
            await keys.key(f"made-up-{second}")

    assert server.served == 2


async def test_old_keys_serve_on_while_the_address_is_down(
    verifier: FirebaseTokenVerifier, server: KeyServer, hands: Hands
) -> None:
    await verifier.verify(signed())
    server.up = False
    hands.now += 20 * 3_600

    claims = await verifier.verify(signed(exp=int(hands.now) + 60))

    assert claims.uid == "asha"


async def test_a_key_id_that_cannot_be_looked_up_is_a_passing_fault_not_a_bad_token(
    verifier: FirebaseTokenVerifier, server: KeyServer, hands: Hands
) -> None:
    await verifier.verify(signed())
    server.up = False
    hands.now += 3_700

    with pytest.raises(Transient):
        await verifier.verify(signed(by="k2", exp=int(hands.now) + 60))


async def test_keys_are_not_used_for_more_than_a_day_after_they_are_over(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    await keys.key("k1")
    server.up = False
    hands.now += 3_600 + 86_400

    with pytest.raises(Transient):
        await keys.key("k1")


@pytest.mark.parametrize("body", [b"{}", b"[]", b"nonsense", b'{"k1": 7}', b'{"k1": "nonsense"}', b"\xff\xfe"])
async def test_nonsense_from_the_address_is_a_passing_fault(
    keys: CertificateKeys, server: KeyServer, body: bytes
) -> None:
    server.body = body

    with pytest.raises(Transient):
        await keys.key("k1")


async def test_nonsense_from_the_address_does_not_replace_good_keys(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    await keys.key("k1")
    server.body = b"{}"
    hands.now += 61
    with pytest.raises(TokenRefused):
        await keys.key("k2")

    assert await keys.key("k1") == private_key("k1").public_key()


async def test_an_address_that_is_down_is_not_asked_by_every_caller(
    keys: CertificateKeys, server: KeyServer, hands: Hands
) -> None:
    server.up = False
    for _ in range(10):
        with pytest.raises(Transient):
            await keys.key("k1")
    assert server.served == 1

    server.up = True
    hands.now += 2
    assert await keys.key("k1") == private_key("k1").public_key()


async def test_keys_can_be_had_before_the_first_caller(keys: CertificateKeys, server: KeyServer) -> None:
    assert await keys.warm()
    await keys.key("k1")

    assert server.served == 1


async def test_warming_without_an_answer_says_so(keys: CertificateKeys, server: KeyServer) -> None:
    server.up = False

    assert not await keys.warm()


def weak_certificate() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)  # noqa: S505 - too short on purpose
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "weak")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


async def test_a_key_that_is_too_short_is_not_taken(keys: CertificateKeys, server: KeyServer) -> None:
    server.certificates = {"k1": weak_certificate()}

    with pytest.raises(Transient):
        await keys.key("k1")


async def test_the_same_verifier_takes_the_tokens_of_a_local_key(hands: Hands) -> None:
    key = SigningKey.of(private_key("k1"))
    verifier = FirebaseTokenVerifier(PROJECT, key, clock=hands)

    assert (await verifier.verify(signed(kid=key.kid))).uid == "asha"
    with pytest.raises(TokenRefused, match="not known"):
        await verifier.verify(signed(kid="k1"))


async def problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return JSONResponse({"detail": error.detail}, error.status, headers=dict(getattr(error, "headers", {})))


@pytest.fixture
async def client(hands: Hands) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.services = SimpleNamespace(
        verifier=FirebaseTokenVerifier(PROJECT, SigningKey(private_key("k1"), "k1"), clock=hands)
    )
    app.add_exception_handler(AppError, problem)

    @app.get("/me")
    async def me(caller: SignedIn) -> str:
        return caller.uid

    @app.get("/open")
    async def anyone(caller: SignedInOrNot) -> str:
        return caller.uid if caller else "nobody"

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://resq") as client:
        yield client


async def test_a_bearer_token_names_the_caller(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/me", headers={"Authorization": f"bearer {signed()}"})

    assert (answer.status_code, answer.json()) == (200, "asha")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", signed()])
async def test_no_bearer_token_is_401_and_says_how_to_come(client: httpx2.AsyncClient, header: str | None) -> None:
    answer = await client.get("/me", headers={} if header is None else {"Authorization": header})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "credentials",
    [b"x", b"\xff\xfe\x80", "ආයුබෝවන්".encode(), b"." * 6_000, b"A" * 60_000, b"a b c", b"a,b", b"null", b"undefined"],
    ids=range(9),
)
@pytest.mark.parametrize("path", ["/me", "/open"])
async def test_a_hostile_authorization_is_401(client: httpx2.AsyncClient, path: str, credentials: bytes) -> None:
    answer = await client.get(path, headers={b"Authorization": b"Bearer " + credentials})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_route_open_to_all_needs_no_token(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/open")).json() == "nobody"

"""How the store calls Google itself: over TLS, with the credentials of the machine. A gRPC server stands in for it."""

import asyncio
import datetime
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import grpc
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud.firestore_v1 import types

CALLER = """
import asyncio, sys
from app.crud.store.firestore import FirestoreStore
from app.crud.store.port import Key

async def main():
    store = FirestoreStore("relief", database="field", host=sys.argv[1])
    print((await store.get(Key("things", "a"))).data)
    await store.close()

asyncio.run(main())
"""
PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Google(grpc.GenericRpcHandler):  # type: ignore[misc] # gRPC has no types
    """Has one document, and remembers with what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        async def answer(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
            wanted = types.GetDocumentRequest.deserialize(request)
            metadata: Sequence[tuple[str, str]] = context.invocation_metadata()
            self.asked.append({**dict(metadata), "name": wanted.name})
            return bytes(types.Document.serialize(types.Document(name=wanted.name, fields={"n": {"integer_value": 1}})))

        if handler_call_details.method == "/google.firestore.v1.Firestore/GetDocument":
            return grpc.unary_unary_rpc_method_handler(answer)
        return None


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.fixture
def environment(tmp_path: Path, key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Of a machine that trusts the server, and has a service account."""
    (tmp_path / "roots.pem").write_bytes(certificate(key))
    account = {
        "type": "service_account",
        "project_id": "relief",
        "private_key_id": "k1",
        "private_key": key.private_bytes(*PEM).decode(),
        "client_email": "api@relief.example",
        "token_uri": "http://127.0.0.1:9/never",
    }
    (tmp_path / "account.json").write_text(json.dumps(account))
    kept = {name: value for name, value in os.environ.items() if name != "FIRESTORE_EMULATOR_HOST"}
    return kept | {
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tmp_path / "roots.pem"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "account.json"),
    }


async def test_google_is_asked_over_tls_with_the_token_of_the_service_account_for_its_database(
    key: rsa.RSAPrivateKey, environment: dict[str, str]
) -> None:
    google, server = Google(), grpc.aio.server()
    server.add_generic_rpc_handlers((google,))
    port = server.add_secure_port(
        "localhost:0", grpc.ssl_server_credentials([(key.private_bytes(*PEM), certificate(key))])
    )
    await server.start()
    caller = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CALLER, f"localhost:{port}", env=environment, stdout=-1, stderr=-1
    )
    said, complained = await caller.communicate()
    await server.stop(None)

    assert (said, caller.returncode) == (b"{'n': 1}\n", 0), complained.decode()[-2_000:]
    [asked] = google.asked
    assert asked["name"] == "projects/relief/databases/field/documents/things/a"
    assert asked["google-cloud-resource-prefix"] == "projects/relief/databases/field"
    assert asked["x-goog-request-params"] == "name=projects/relief/databases/field/documents/things/a"
    token = asked["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, key.public_key(), algorithms=["RS256"], audience="https://firestore.googleapis.com/")
    assert claims["iss"] == "api@relief.example"

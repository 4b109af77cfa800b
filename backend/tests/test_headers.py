"""What answers say about themselves: security headers, our origin, how long they keep, how they are packed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from tests.fixtures_small import JSON, OURS, SECRET, THEIRS
from tests.serving import client
from tests.test_bodies import GZIPPED


@pytest.fixture
def patience() -> float:
    return 0.5


@asynccontextmanager
async def every_kind_of_answer(app: FastAPI, headers: dict[str, str]) -> AsyncIterator[dict[str, httpx2.Response]]:
    async with client(app, "owner") as http, client(app) as nobody:
        yield {
            "200": await http.get("/users/me", headers=headers),
            "204": await http.options("/requests", headers=headers),
            "400": await http.post("/requests", content=b"x", headers={**GZIPPED, **headers}),
            "401": await nobody.get("/users/me", headers=headers),
            "403": await http.get("/workflow-outputs", headers=headers),
            "404": await http.get("/nowhere", headers=headers),
            "404 odd": await http.get("/requests/me%0a", headers=headers),
            "405": await http.put("/requests", json={}, headers=headers),
            "413": await http.post("/requests", content=b"x" * 5_000, headers={**JSON, **headers}),
            "415": await http.post("/requests", content=b"x", headers={**JSON, "Content-Encoding": "br", **headers}),
            "422": await http.post("/requests", json={}, headers=headers),
            "422 json": await http.post("/requests", content=b'{"a":1,"a":1}', headers={**JSON, **headers}),
            "500": await http.get("/broken", headers=headers),
            "503": await http.get("/forever", headers=headers),
        }


async def test_every_answer_has_the_security_headers(small: FastAPI) -> None:
    async with every_kind_of_answer(small, {}) as answers:
        for name, answer in answers.items():
            assert str(answer.status_code) == name[:3], name
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", name
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert headers["cross-origin-resource-policy"] == "cross-origin"
            assert "camera=()" in headers["permissions-policy"]
            assert headers["cache-control"] == "no-store"
            assert "strict-transport-security" not in headers
            assert "server" not in headers
            assert re.fullmatch(r"[a-z0-9]{16,64}", headers["x-request-id"])
            assert not answer.is_error or headers["content-type"] == "application/problem+json"
            assert SECRET not in answer.text


async def test_every_answer_is_readable_for_our_origin_and_for_no_other(small: FastAPI) -> None:
    async with every_kind_of_answer(small, OURS) as answers:
        for name, answer in answers.items():
            assert answer.headers["access-control-allow-origin"] == OURS["Origin"], name
            assert "Origin" in answer.headers["vary"]
            shown = answer.headers["access-control-expose-headers"]
            assert {"Link", "Retry-After", "Idempotency-Replayed", "X-Request-ID"} <= set(shown.split(", "))
    for headers in (THEIRS, {"Origin": "null"}, {"Origin": "http://localhost:3000.evil.example"}, {"Origin": "*"}, {}):
        async with every_kind_of_answer(small, headers) as answers:
            for name, answer in answers.items():
                assert not [one for one in answer.headers if one.startswith("access-control")], name
                assert "Origin" in answer.headers["vary"], "so that no cache gives one origin's answer to another"


async def test_a_preflight_needs_no_token_and_tells_only_our_origin_what_is_taken(api: FastAPI) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with client(api) as browser:
        for path in ("/requests", "/nowhere", "/identitytoolkit.googleapis.com/v1/accounts:signUp"):
            ours = await browser.options(path, headers={**OURS, **asked})
            theirs = await browser.options(path, headers={**THEIRS, **asked})
            assert ours.status_code == 204
            taken = ours.headers["access-control-allow-headers"].lower().split(", ")
            assert {"authorization", "content-type", "content-encoding", "idempotency-key"} <= set(taken)
            assert "PATCH" in ours.headers["access-control-allow-methods"]
            assert int(ours.headers["access-control-max-age"]) > 0
            assert "access-control-allow-credentials" not in ours.headers
            assert theirs.status_code == 403
            assert not [one for one in theirs.headers if one.startswith("access-control")]


async def test_the_pages_of_the_docs_work_and_nothing_else_does(api: FastAPI) -> None:
    async with client(api) as http:
        for page in ("/docs", "/redoc"):
            answer = await http.get(page)
            policy = answer.headers["content-security-policy"]
            directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
            assert answer.status_code == 200
            for tag, url in re.findall(r"<(script|link)[^>]+(?:src|href)=\"(https://[^\"]+)\"", answer.text):
                source = directives["script-src" if tag == "script" else "style-src"]
                origin = "/".join(url.split("/")[:3])
                assert origin in source + directives["img-src"], url
            assert "'unsafe-inline'" in directives["script-src"]
            assert directives["connect-src"] == "'self'", "for /openapi.json and for trying things out"
            assert directives["frame-ancestors"] == "'none'"
        assert "unsafe-inline" not in (await http.get("/openapi.json")).headers["content-security-policy"]


async def test_https_is_told_to_stay_and_http_is_not(api: FastAPI) -> None:
    for scheme, told in (("http", False), ("https", True)):
        transport = httpx2.ASGITransport(app=api)
        async with httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://api.test") as http:
            assert ("strict-transport-security" in (await http.get("/healthz")).headers) is told


async def test_a_handler_may_say_how_long_its_answer_keeps(small: FastAPI) -> None:
    async with client(small) as http:
        assert (await http.get("/kept")).headers["cache-control"] == "public, max-age=60"


async def test_large_answers_are_packed_for_who_takes_it(small: FastAPI) -> None:
    async with client(small, "owner") as http:
        large = await http.get("/large", headers={"Accept-Encoding": "gzip, br"})
        tiny = await http.get("/healthz", headers={"Accept-Encoding": "gzip"})
        picture = await http.get("/large?kind=image/jpeg", headers={"Accept-Encoding": "gzip"})
        plain = await http.get("/large", headers={"Accept-Encoding": "identity"})
        refused = await http.get("/large", headers={"Accept-Encoding": "br, gzip;q=0"})

    assert large.headers["content-encoding"] == "gzip"
    assert int(large.headers["content-length"]) < 2_000
    assert large.text == "water " * 10_000
    assert "Accept-Encoding" in large.headers["vary"]
    for answer in (tiny, picture, plain, refused):
        assert "content-encoding" not in answer.headers

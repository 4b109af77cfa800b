"""Whatever is sent to the API, no input is a fault of ours."""

import json
from urllib.parse import quote

from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import FEATURES
from tests.serving import client


@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    path=st.one_of(
        st.sampled_from([route.path for feature in FEATURES for route in feature.router.routes]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(lambda text: f"/{text}"),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda text: f"/requests/{text}"),
    ),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    headers=st.dictionaries(
        st.sampled_from(
            ["Content-Type", "Content-Encoding", "Accept-Encoding", "Origin", "X-Request-ID", "Idempotency-Key"]
        ),
        st.one_of(
            st.sampled_from(["application/json", "gzip", "text/plain", "http://localhost:3000"]),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        ),
        max_size=4,
    ),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_nothing_at_all_is_a_fault_of_ours(
    api: FastAPI, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    async with client(api, "fuzzer") as http:
        answer = await http.request(method, quote(path), content=body, headers=headers)

    assert answer.status_code < 500, answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"

"""A page of the web client in a browser: its origin, its preflights, its token, and what it makes of an error."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

ORIGIN = "http://localhost:3000"
_UNSET: Any = object()


@dataclass
class ClientError(Exception):
    """An error as `normalize-api-error` hands it to the pages: `message`, `status`, `data`.

    The admin's toasts and the track tab normalise it a second time and then show "Something went wrong. Please try
    again." whatever the server said, so nothing can be asked of it there.
    """

    message: Any
    status: int
    data: Any

    @property
    def toast(self) -> Any:
        """What most pages show."""
        return self.message

    @property
    def form(self) -> Any:
        """What the sign-up and request forms show: each field's message where there are several."""
        detail = self.data.get("detail") if isinstance(self.data, Mapping) else None
        if isinstance(detail, list):
            return "; ".join(str(one["msg"]) for one in detail)
        return self.message


def normalised(answer: httpx2.Response) -> ClientError:
    """`body.message`, else `body.detail`, else what axios says."""
    body = _body(answer)
    said = body if isinstance(body, Mapping) else {}
    message = said.get("message") or said.get("detail") or f"Request failed with status code {answer.status_code}"
    return ClientError(message, answer.status_code, body)


def _body(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except json.JSONDecodeError:
        return answer.text


@dataclass(frozen=True)
class Page:
    """Somebody's open page. Every call is made as axios in a browser makes it, and answered as a browser allows."""

    http: httpx2.AsyncClient
    token: str | None = None

    async def get(self, path: str, **params: Any) -> Any:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any = _UNSET) -> Any:
        return await self.call("POST", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        return await self.call("PATCH", path, body)

    async def delete(self, path: str) -> Any:
        return await self.call("DELETE", path)

    async def call(self, method: str, path: str, body: Any = _UNSET, *, params: Mapping[str, Any] | None = None) -> Any:
        """The body of a 2xx answer; `ClientError` for every other."""
        answer = await self.send(method, path, body, params=params)
        if not 200 <= answer.status_code < 300:
            raise normalised(answer)
        return _body(answer)

    async def send(
        self, method: str, path: str, body: Any = _UNSET, *, params: Mapping[str, Any] | None = None
    ) -> httpx2.Response:
        headers = {"Origin": ORIGIN, "Accept": "application/json, text/plain, */*"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None
        if body is not _UNSET:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        asked = sorted({name.lower() for name in headers} & {"authorization", "content-type"})
        if asked or method not in ("GET", "POST"):
            await self._preflight(method, path, asked)
        answer = await self.http.request(method, path, headers=headers, content=content, params=params)
        assert not 300 <= answer.status_code < 400, f"{method} {path} is sent elsewhere, which may lose the token"
        assert answer.headers["access-control-allow-origin"] in (ORIGIN, "*"), "the browser would hide this answer"
        return answer

    async def _preflight(self, method: str, path: str, asked: list[str]) -> None:
        headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
        if asked:
            headers["Access-Control-Request-Headers"] = ",".join(asked)
        answer = await self.http.request("OPTIONS", path, headers=headers)
        assert answer.status_code in (200, 204), f"the browser would not send {method} {path}"
        assert answer.headers["access-control-allow-origin"] in (ORIGIN, "*")
        assert method in _listed(answer, "access-control-allow-methods")
        assert set(asked) <= {name.lower() for name in _listed(answer, "access-control-allow-headers")}


def _listed(answer: httpx2.Response, header: str) -> list[str]:
    return [word.strip() for word in answer.headers.get(header, "").split(",")]

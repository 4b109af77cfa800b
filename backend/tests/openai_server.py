"""A language model on this machine that says what a test tells it to, over real HTTP as OpenAI's API does.

    with scripted() as model:                       # a thread with a socket; other processes may call it as well
        settings = Settings(**model.settings())     # OPENAI_API_KEY, OPENAI_BASE_URL, RESQ_MODEL, RESQ_MODEL_VISION
        model.answers["assess"] = lambda asked: {"needs": [...], ...}   # by `Prompt.name`; a dict, a model or a text
        model.manner = Manner.GOOD                  # of all calls; or a function of what was asked
        model.script(Manner.FAULT, Manner.LIMITED)  # of the next calls only, in this order
        ...
        assert [one.name for one in model.asked] == ["assess"]

Where nothing is said about a name, the answer is the emptiest one that its schema allows (`emptiest`). `Manner.OBEYS`
follows whatever the data says, so far as a schema lets it (`obedient`): the worst model that there can be.
`POST /v1/chat/completions`, `/v1/responses` and `/v1/embeddings` are answered; what was asked lies in `model.asked`,
embeddings in `model.embedded`. In a process of its own: `python -m tests.openai_server --port 9100 --manner obeys`.
"""

import argparse
import base64
import gzip
import json
import math
import re
import socket
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from pydantic import BaseModel

from tests.openai_answers import emptiest, obedient

KEY = "sk-loopback-secret"
MODEL, VISION = "scripted-1", "scripted-sees"
DIMENSIONS = 256
REFUSAL = "I cannot help with that."


class Manner(StrEnum):
    """How a call is answered."""

    GOOD = "good"
    OBEYS = "obeys"
    """Does what the data says, in the shape asked for."""
    FENCED = "fenced"
    """A good answer in a Markdown fence, after some thinking aloud, as small models give it."""
    REFUSES = "refuses"
    FILTERED = "filtered"
    """Ended by a content filter."""
    TRUNCATED = "truncated"
    NONSENSE = "nonsense"
    """No JSON at all."""
    WRONG_SHAPE = "wrong_shape"
    """JSON of another schema."""
    WRONG_COUNT = "wrong_count"
    """The right shape with a thousand items in every list."""
    EMPTY = "empty"
    """No choice, no output."""
    PAGE = "page"
    """200 and a web page, as a proxy's login has it."""
    BROKEN_BODY = "broken_body"
    """200, said to be JSON, and is none."""
    FLOODS = "floods"
    """200, and what comes has no end."""
    PACKED = "packed"
    """200, packed by gzip though nobody asked for it: few bytes that unpack to many."""
    SLOW = "slow"
    """No word for `slow_seconds`."""
    DRIPS = "drips"
    """A byte now and then, for as long."""
    LIMITED = "limited"
    """429 without a word on when to come back."""
    LIMITED_FOR = "limited_for"
    """429 with Retry-After: `retry_after`."""
    FAULT = "fault"
    """500."""
    OVERLOADED = "overloaded"
    """503."""
    HANGS_UP = "hangs_up"
    """Before a word."""
    HANGS_UP_MIDWAY = "hangs_up_midway"
    REJECTS = "rejects"
    """400: something in the call is not understood."""
    FORBIDS = "forbids"
    """401: the key is not taken."""
    MISSING = "missing"
    """404: there is no such model."""


BAD = tuple(one for one in Manner if one not in (Manner.GOOD, Manner.OBEYS, Manner.FENCED))


@dataclass(frozen=True)
class Asked:
    """One call of a mind, read the same way whichever of the two APIs it came by."""

    path: str
    model: str
    name: str
    """`Prompt.name`: the name of the schema."""
    instructions: str
    data: str
    images: tuple[str, ...]
    """As `data:` addresses."""
    schema: dict[str, Any]
    most_tokens: int | None
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    def obeyed(self, *, items: int = 1) -> Any:
        """The answer of a model that lets the data order what it likes."""
        return obedient(self.schema, instructions=self.instructions, data=self.data, items=items)


Answer: TypeAlias = "str | BaseModel | Mapping[str, Any]"
Answering: TypeAlias = Callable[[Asked], Answer]


@dataclass
class ScriptedModel:
    """What the server says, and what it was asked."""

    url: str = ""
    """With `/v1` at its end, as OPENAI_BASE_URL."""
    manner: Manner | Callable[[Asked], Manner] = Manner.GOOD
    answers: dict[str, Answering] = field(default_factory=dict)
    usage: tuple[int, int] = (120, 30)
    """Tokens read and written that each answer says it took."""
    slow_seconds: float = 30.0
    delay_seconds: float = 0.0
    """Before every answer, also a good one."""
    retry_after: str = "1"
    asked: list[Asked] = field(default_factory=list)
    embedded: list[list[str]] = field(default_factory=list)
    calls: int = 0
    flooded: int = 0
    """Bytes of answers without an end that were taken off it."""
    _next: deque[Manner] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def script(self, *manners: Manner) -> None:
        """How the next calls are answered; those after them by `manner` again."""
        self._next.extend(manners)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Fields of `Settings` that lead here."""
        return {
            "openai_api_key": KEY,
            "openai_base_url": self.url,
            "model": MODEL,
            "model_vision": VISION,
            **more,
        }

    def environment(self, **more: str) -> dict[str, str]:
        """The same as variables, for another process."""
        return {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": self.url,
            "RESQ_MODEL": MODEL,
            "RESQ_MODEL_VISION": VISION,
            **more,
        }

    def named(self, name: str) -> list[Asked]:
        return [one for one in self.asked if one.name == name]

    def taken(self, asked: Asked) -> Manner:
        with self._lock:
            self.calls += 1
            self.asked.append(asked)
            if self._next:
                return self._next.popleft()
        return self.manner if isinstance(self.manner, Manner) else self.manner(asked)

    def text(self, asked: Asked, manner: Manner) -> str:
        """What the model writes."""
        if manner is Manner.NONSENSE:
            return "As you can see, {this is no JSON"
        if manner is Manner.WRONG_SHAPE:
            return json.dumps({"mood": "cheerful", "severity": 7, "needs": "all of them"})
        if manner is Manner.WRONG_COUNT:
            return json.dumps(asked.obeyed(items=1_000), ensure_ascii=False)
        if manner is Manner.OBEYS:
            return json.dumps(asked.obeyed(), ensure_ascii=False)
        given = self.answers.get(asked.name)
        answer = given(asked) if given else emptiest(asked.schema)
        if isinstance(answer, BaseModel):
            return answer.model_dump_json()
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        if manner is Manner.FENCED:
            return f"<think>What do they want?</think>\n```json\n{text}\n```"
        return text[: len(text) // 2] if manner is Manner.TRUNCATED else text


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A row of length 1; texts that share words lie nearer to each other, and the same text is always the same."""
    row = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or [text]:
        row[zlib.crc32(word.encode()) % dimensions] += 1.0
    length = math.sqrt(sum(one * one for one in row))
    return [one / length for one in row]


def _parts(content: Any) -> tuple[str, list[str]]:
    if isinstance(content, str):
        return content, []
    texts = [one["text"] for one in content if "text" in one]
    urls = [one["image_url"] for one in content if "image_url" in one]
    return "\n".join(texts), [one if isinstance(one, str) else one["url"] for one in urls]


def _asked(path: str, headers: Mapping[str, str], body: dict[str, Any]) -> Asked:
    chat = path.endswith("/chat/completions")
    messages = body["messages"] if chat else body["input"]
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    form = (body.get("response_format") or {}).get("json_schema") if chat else (body.get("text") or {}).get("format")
    read = [(one["role"], *_parts(one["content"])) for one in messages]
    ours = [text for role, text, _ in read if role in ("system", "developer")]
    return Asked(
        path=path,
        model=body["model"],
        name=(form or {}).get("name", ""),
        instructions="\n".join([body.get("instructions") or "", *ours]).strip(),
        data="\n".join(text for role, text, _ in read if role == "user"),
        images=tuple(url for *_, urls in read for url in urls),
        schema=(form or {}).get("schema", {}),
        most_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or body.get("max_output_tokens"),
        headers=headers,
        body=body,
    )


def _chat(model: ScriptedModel, asked: Asked, manner: Manner, text: str) -> dict[str, Any]:
    read, written = model.usage
    reason = {Manner.TRUNCATED: "length", Manner.FILTERED: "content_filter"}.get(manner, "stop")
    refused = manner is Manner.REFUSES
    message = {"role": "assistant", "content": None if refused else text, "refusal": REFUSAL if refused else None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": []
        if manner is Manner.EMPTY
        else [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": 0},
    }


def _responses(model: ScriptedModel, asked: Asked, manner: Manner, text: str) -> dict[str, Any]:
    read, written = model.usage
    reason = {Manner.TRUNCATED: "max_output_tokens", Manner.FILTERED: "content_filter"}.get(manner)
    content: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if manner is Manner.REFUSES:
        content = {"type": "refusal", "refusal": REFUSAL}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": int(time.time()),
        "model": asked.model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": [] if manner is Manner.EMPTY else [{"type": "reasoning", "id": "rs_1", "summary": []}, message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 0,
        },
    }


def _embeddings(model: ScriptedModel, body: Mapping[str, Any]) -> dict[str, Any]:
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    model.embedded.append(texts)
    rows = [vector(text, body.get("dimensions") or DIMENSIONS) for text in texts]
    packed = body.get("encoding_format") == "base64"
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {
                "object": "embedding",
                "index": number,
                "embedding": base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() if packed else row,
            }
            for number, row in enumerate(rows)
        ],
        "usage": {"prompt_tokens": model.usage[0], "total_tokens": model.usage[0]},
    }


_STATUS = {
    Manner.LIMITED: (429, "rate_limit_exceeded"),
    Manner.LIMITED_FOR: (429, "rate_limit_exceeded"),
    Manner.FAULT: (500, "server_error"),
    Manner.OVERLOADED: (503, "overloaded"),
    Manner.REJECTS: (400, "invalid_request_error"),
    Manner.FORBIDS: (401, "invalid_api_key"),
    Manner.MISSING: (404, "model_not_found"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    model: ScriptedModel

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}, {"id": VISION}]})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw)
            if self.path.endswith("/embeddings"):
                asked = Asked(self.path, body["model"], "embeddings", "", "", (), {}, None, headers, body)
            else:
                asked = _asked(self.path, headers, body)
        except (KeyError, ValueError, TypeError) as error:
            self._json(400, {"error": {"message": f"not understood: {error!r}", "code": "invalid_request_error"}})
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            self._answer(asked, self.model.taken(asked), body)

    def _answer(self, asked: Asked, manner: Manner, body: Mapping[str, Any]) -> None:
        if self.model.delay_seconds:
            self.model.stopping.wait(self.model.delay_seconds)
        if manner is Manner.SLOW:
            self.model.stopping.wait(self.model.slow_seconds)
        if manner is Manner.HANGS_UP:
            self._hang_up()
        elif manner in _STATUS:
            status, code = _STATUS[manner]
            more = {"Retry-After": self.model.retry_after} if manner is Manner.LIMITED_FOR else {}
            error = {"message": f"no: {code}", "type": code, "param": None, "code": code}
            self._json(status, {"error": error}, more)
        elif manner is Manner.PAGE:
            self._send(200, b"<html><title>Please sign in</title></html>", {"Content-Type": "text/html"})
        elif manner is Manner.FLOODS:
            self._flood()
        elif manner is Manner.PACKED:
            packed = gzip.compress(b" " * 50_000_000, 1)
            self._send(200, packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        elif manner is Manner.BROKEN_BODY:
            self._send(200, b'{"id": "chatcmpl-1", "choices": [{', {"Content-Type": "application/json"})
        elif asked.name == "embeddings":
            self._json(200, _embeddings(self.model, body))
        else:
            shape = _chat if asked.path.endswith("/chat/completions") else _responses
            said = shape(self.model, asked, manner, self.model.text(asked, manner))
            self._said(json.dumps(said, ensure_ascii=False).encode(), manner)

    def _said(self, data: bytes, manner: Manner) -> None:
        if manner not in (Manner.HANGS_UP_MIDWAY, Manner.DRIPS):
            self._send(200, data, {"Content-Type": "application/json"})
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if manner is Manner.HANGS_UP_MIDWAY:
            self.wfile.write(data[: len(data) // 2])
            self._hang_up()
            return
        ends = time.monotonic() + self.model.slow_seconds
        for place in range(len(data)):
            if time.monotonic() > ends or self.model.stopping.wait(0.05):
                self._hang_up()
                return
            self.wfile.write(data[place : place + 1])

    def _flood(self) -> None:
        """For ever, if it is let."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.close_connection = True
        while not self.model.stopping.is_set():
            self.model.flooded += self.connection.send(b" " * 65_536)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, status: int, value: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(value, ensure_ascii=False).encode()
        self._send(status, data, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data)), "x-request-id": "req_1"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that has gone is no error here."""


@contextmanager
def scripted(port: int = 0, *, manner: Manner = Manner.GOOD) -> Iterator[ScriptedModel]:
    """The server, listening on this machine until the block ends."""
    model = ScriptedModel(manner=manner)
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"model": model}))
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="scripted-model", daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serve until this process is ended; the first line says where."""
    parser = argparse.ArgumentParser(description="A scripted model on this machine.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--manner", type=Manner, choices=list(Manner), default=Manner.GOOD)
    given = parser.parse_args()
    with scripted(given.port, manner=given.manner) as model:
        print(model.url, flush=True)  # noqa: T201 - whoever started it reads it
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()

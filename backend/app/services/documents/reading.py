"""Files as headings and text, read in a process of their own: what a hostile file can use up is bounded.

python -m app.services.documents.reading FILE    # prints one JSON object
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from app.services.documents.cutting import Section

MOST_BYTES = 20_000_000
MOST_PAGES = 1_000
MOST_CHARACTERS = 5_000_000
SECONDS = 60
_MEMORY = 1_500_000_000

_HEADINGS = ("h1", "h2", "h3", "h4")
_NOT_READ = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "svg", "iframe")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "code", "em", "i", "mark", "q", "s", "small", "span", "strong", "sub", "u"}
)


class Unreadable(Exception):
    """A file that cannot be read; the message says why, in one sentence."""


def read_file(path: Path) -> list[Section]:
    """What stands in a file, by its headings; `Unreadable` with a sentence about what is wrong."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(f"{path.name} is none of {', '.join(sorted(_READERS))}.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None
    if size > MOST_BYTES:
        raise Unreadable(f"{path.name} has {size:,} bytes; {MOST_BYTES:,} are the most.")
    found: list[Section] = []
    characters = 0
    for heading, text in reader(path):
        characters += len(heading) + len(text)
        if characters > MOST_CHARACTERS:
            raise Unreadable(f"{path.name} holds more than {MOST_CHARACTERS:,} characters of text.")
        found.append((heading, text))
    if not any(text.strip() for _, text in found):
        raise Unreadable(f"{path.name} holds no text; of a scan there is nothing to read.")
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is not UTF-8 text.") from None


def _markdown(path: Path) -> Iterator[Section]:
    heading, body, fenced = "", [""], False
    for line in _text(path).splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and line.startswith("#") and line.lstrip("#").startswith((" ", "\t")):
            yield heading, "\n".join(body)
            heading, body = line.strip("# \t"), []
        else:
            body.append(line.lstrip(" \t*+->|"))
    yield heading, "\n".join(body)


def _lines(path: Path) -> Iterator[Section]:
    """JSON lines, each with `text` and perhaps a `title`."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise Unreadable(f"Line {number} of {path.name} is not JSON.") from None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise Unreadable(f"Line {number} of {path.name} has no `text`.")
        yield str(row.get("title") or row.get("heading") or ""), row["text"]


def _html(path: Path) -> Iterator[Section]:
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString, Tag

    tree = BeautifulSoup(path.read_bytes(), "html.parser")
    for part in tree.find_all(_NOT_READ):
        part.decompose()
    heading = tree.title.get_text(" ", strip=True) if tree.title else ""
    if tree.title:
        tree.title.decompose()
    body: list[str] = []
    told: set[int] = set()
    for piece in tree.descendants:
        if isinstance(piece, Tag):
            if piece.name in _HEADINGS:
                yield heading, "".join(body)
                heading, body = " ".join(piece.get_text(" ", strip=True).split()), []
                told.update(id(one) for one in piece.descendants)
            elif piece.name not in _INLINE:
                body.append("\n")
        elif type(piece) is NavigableString and id(piece) not in told:  # its subclasses are comments and declarations
            body.append(" ".join(["", *piece.split(), ""]) if piece.strip() else " ")
    yield heading, "".join(body)


def _pdf(path: Path) -> Iterator[Section]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"{path.name} is encrypted; save it without a password first.")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise Unreadable(f"{path.name} has {pages:,} pages; {MOST_PAGES:,} are the most.")
        for page in reader.pages:
            yield "", page.extract_text()
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError) as error:
        raise Unreadable(f"{path.name} is not a PDF that can be read ({type(error).__name__}).") from None


_READERS: Mapping[str, Callable[[Path], Iterator[Section]]] = {
    ".jsonl": _lines,
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _markdown,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
}


def _bounded() -> None:
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    _bounded()
    try:
        print(json.dumps({"sections": read_file(Path(sys.argv[1]))}))  # noqa: T201 - this is how it answers
    except Unreadable as error:
        print(json.dumps({"unreadable": str(error)}))  # noqa: T201
    except (MemoryError, RecursionError):
        print(json.dumps({"unreadable": f"{Path(sys.argv[1]).name} unpacks to more than can be read."}))  # noqa: T201

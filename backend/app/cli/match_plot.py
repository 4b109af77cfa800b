"""A matching as a map."""

from collections.abc import Callable
from math import cos, radians

from PIL import Image, ImageDraw, ImageFont

from app.schemas.vocabulary import Severity
from app.services.matching import Matching, Point, Problem

_SIZE, _MARGIN = 1200, 60
_COLOURS = {
    Severity.CRITICAL: (190, 20, 40),
    Severity.HIGH: (225, 120, 20),
    Severity.MEDIUM: (200, 180, 30),
    Severity.LOW: (70, 140, 70),
}
_PERSON, _DEPOT, _LINE, _GOODS, _INK = (150, 160, 175), (60, 80, 150), (120, 120, 120), (130, 150, 215), (30, 30, 30)

Pixel = tuple[float, float]


def plotted(problem: Problem, matching: Matching) -> Image.Image:
    """Tasks by severity, filled where the whole team is found; people grey, depots blue, lines who goes where."""
    image = Image.new("RGB", (_SIZE, _SIZE), "white")
    draw = ImageDraw.Draw(image)
    at = _projection([p for p in _places(problem) if p is not None])
    people = {one.id: one.position for one in problem.workers}
    places = {one.id: one.position for one in problem.supplies} | {one.id: one.position for one in problem.tasks}
    stocks = {one.id: one.position for one in problem.stocks}
    for goods in matching.allocations:
        _line(draw, at, stocks[goods.stock_id], places[goods.need_id], _GOODS)
    for sent in matching.assignments:
        _line(draw, at, people[sent.worker_id], places[sent.task_id], _LINE)
    for place in filter(None, people.values()):
        _dot(draw, at(place), 2, _PERSON, filled=True)
    for place in filter(None, stocks.values()):
        x, y = at(place)
        draw.rectangle((x - 4, y - 4, x + 4, y + 4), fill=_DEPOT)
    short = {gap.need_id for gap in matching.shortfalls}
    for task in problem.tasks:
        if task.position is not None:
            _dot(draw, at(task.position), 5, _COLOURS[task.severity], filled=task.id not in short)
    _legend(draw, problem, matching)
    return image


def _places(problem: Problem) -> list[Point | None]:
    people, depots = [one.position for one in problem.workers], [one.position for one in problem.stocks]
    return [*people, *depots, *(one.position for one in problem.tasks), *(one.position for one in problem.supplies)]


def _projection(points: list[Point]) -> Callable[[Point], Pixel]:
    """Degrees to pixels, a kilometre as long to the east as to the north."""
    south, north = min((p.lat for p in points), default=0.0), max((p.lat for p in points), default=0.0)
    west, east = min((p.lng for p in points), default=0.0), max((p.lng for p in points), default=0.0)
    narrow = cos(radians((south + north) / 2))
    scale = (_SIZE - 2 * _MARGIN) / max(north - south, (east - west) * narrow, 1e-6)

    def at(point: Point) -> Pixel:
        return _MARGIN + (point.lng - west) * narrow * scale, _SIZE - _MARGIN - (point.lat - south) * scale

    return at


def _line(
    draw: ImageDraw.ImageDraw,
    at: Callable[[Point], Pixel],
    a: Point | None,
    b: Point | None,
    colour: tuple[int, int, int],
) -> None:
    if a is not None and b is not None:
        draw.line((*at(a), *at(b)), fill=colour, width=1)


def _dot(draw: ImageDraw.ImageDraw, at: Pixel, radius: int, colour: tuple[int, int, int], *, filled: bool) -> None:
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse(box, fill=colour if filled else "white", outline=colour, width=2)


def _legend(draw: ImageDraw.ImageDraw, problem: Problem, matching: Matching) -> None:
    font = ImageFont.load_default(16)
    sent, wanted = sum(one.sent for one in matching.tallies), sum(one.wanted for one in matching.tallies)
    words = f"{sent} of {wanted} places filled for {len(problem.tasks)} tasks (hollow: short)"
    draw.text((_MARGIN, 12), words, fill=_INK, font=font)
    for place, (severity, colour) in enumerate(_COLOURS.items()):
        _dot(draw, (_MARGIN + 6 + place * 110, 44), 5, colour, filled=True)
        draw.text((_MARGIN + 18 + place * 110, 34), severity.value, fill=_INK, font=font)

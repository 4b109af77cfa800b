"""What is told about one's own things: from the store, by rules, in words that promise nothing."""

from app.agent_v2.answering.asker import Asker
from app.agent_v2.answering.guard import allowed
from app.agent_v2.answering.own_words import DISASTERS, OF_OWN, REQUESTS, TASKS
from app.agent_v2.answering.reading import Reading
from app.schemas.chatbot import OwnRequest
from app.schemas.knowledge import Wording
from app.schemas.request_states import Status
from app.schemas.task_states import TaskStatus

_AT_WORK = frozenset({TaskStatus.ON_ROUTE, TaskStatus.ON_SITE})


def asks_of_own(reading: Reading) -> bool:
    """Whether the question is about the asker's own request, task or whereabouts of help."""
    return not reading.asked.isdisjoint(OF_OWN)


def own_lines(reading: Reading, asker: Asker, wording: Wording) -> list[str]:
    """How the asker's own things stand, where they asked. That a team has set out is said of one that has, never when
    it will be there."""
    asked = reading.asked
    about_requests = REQUESTS in asked or ("times" in asked and bool(asker.requests))
    if not (about_requests or TASKS in asked or DISASTERS in asked):
        return []
    says = wording.texts
    if not asker.signed_in and (about_requests or TASKS in asked):
        return [says["own_sign_in" if asker.looked_up else "own_unknown"]]
    if not asker.looked_up:
        return [says["own_unknown"]]
    lines: list[str] = []
    if about_requests:
        lines += _told(
            says["own_requests"], [_request(one, wording) for one in asker.requests], says["own_no_requests"]
        )
    if TASKS in asked:
        lines += _tasks(asker, wording)
    if DISASTERS in asked:
        lines += _told(
            says["own_disasters"],
            [f"- {name}" for name in asker.disasters if allowed(name, frozenset())],
            says["own_no_disasters"],
        )
    return lines


def _told(heading: str, rows: list[str], none: str) -> list[str]:
    return [heading, *rows] if rows else [none]


def _tasks(asker: Asker, wording: Wording) -> list[str]:
    says = wording.texts
    rows = [
        says["own_task"].format(kind=says[f"kind_{one.kind}"], status=says[f"task_{one.status}"]) for one in asker.tasks
    ]
    return [says["own_tasks"], *rows, says["own_task_more"]] if rows else [says["own_no_tasks"]]


def _request(request: OwnRequest, wording: Wording) -> str:
    says = wording.texts
    needs = ", ".join(says[f"need_{need}"] for need in request.needs) or says["need_other"]
    sent = f"{request.sent:%Y-%m-%d %H:%M} UTC"
    return says["own_request"].format(sent=sent, needs=needs, status=says[f"request_{_state(request)}"])


def _state(request: OwnRequest) -> str:
    if request.status is Status.IN_PROGRESS and request.team in _AT_WORK:
        return str(request.team)
    return str(request.status)

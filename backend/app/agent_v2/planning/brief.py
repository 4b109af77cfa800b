"""What a model is given to plan from: the finding, the draft and the passages, short."""

import json

from app.agent_v2.planning.wording import NEED_NAMES
from app.schemas.assessment import Finding
from app.schemas.chatbot import Passage
from app.schemas.plan import PlanDraft

_MOST_PASSAGE = 900
_MOST_SIGNS = 12


def question_of(finding: Finding) -> str:
    """What to look up for a plan, in our words and not in the stranger's."""
    needs = [NEED_NAMES[need.category] for need in finding.needs]
    signs = [
        one.rule for one in (*finding.severity_evidence, *(one for need in finding.needs for one in need.evidence))
    ]
    dangers = [sign.removeprefix("danger.").replace("_", " ") for sign in signs if sign.startswith("danger.")]
    groups = [group.replace("_", " ") for group in finding.vulnerable]
    return " ".join(dict.fromkeys([*needs, *dangers[:_MOST_SIGNS], *groups]))


def finding_text(finding: Finding) -> str:
    return json.dumps(
        {
            "severity": finding.severity,
            "needs": {need.category: [one.quote for one in need.evidence] for need in finding.needs},
            "people": finding.people.count,
            "people_known_from": finding.people.source,
            "injured": finding.people.injured,
            "vulnerable": finding.vulnerable,
            "without_a_roof": finding.displaced,
            "english": finding.translation,
            "language": finding.language,
            "to_clear_up": finding.review_reasons,
        },
        ensure_ascii=False,
    )


def draft_text(plan: PlanDraft) -> str:
    tasks = [
        {
            "ref": task.ref,
            "kind": task.kind,
            "needs": task.needs,
            "step": task.step,
            "priority": task.priority,
            "role": task.role,
            "people": task.people,
            "supplies": [
                {"item": one.item, "quantity": one.quantity}
                for one in plan.supplies
                if task.ref in {share.task_ref for share in one.breakdown}
            ],
            "passages": task.passages,
        }
        for task in plan.tasks
    ]
    return json.dumps({"tasks": tasks, "people": plan.people, "days": plan.days}, ensure_ascii=False)


def passage_text(passage: Passage) -> str:
    return f"[{passage.id}] {passage.title} ({passage.source}, {passage.date})\n{passage.text[:_MOST_PASSAGE]}"

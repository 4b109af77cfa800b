"""Measuring plans: our own set, a planner that is worse, and files that are not as they should be."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.agent_v2.assess import assess_text
from app.agent_v2.plan import ModelPlanner, RulesPlanner
from app.cli.evaluate import eval_app
from app.schemas.assessment import Finding
from app.schemas.measured import Measured
from app.schemas.plan import PlanDraft
from app.schemas.vocabulary import RoleId
from app.services.evaluating.plan import Case, measure_plans, read_cases
from tests.test_plan_model import MODEL, Scripted, good, obeying

CASES = read_cases()
runner = CliRunner()


def values(measured: Measured) -> dict[str, float | None]:
    return {one.name: one.value for one in measured.figures}


async def measured(planner: object, cases: list[Case] = CASES, *, by: str = "rules") -> Measured:
    return await measure_plans(cases, assess_text, planner, by=by, telephones=frozenset({"117"}))  # type: ignore[arg-type]


async def test_by_rules_every_goal_is_met_and_nothing_of_safety_is_lost() -> None:
    found = await measured(RulesPlanner())

    assert len(CASES) >= 60
    assert [one.name for one in found.figures if not one.met] == []
    assert {one.value for one in found.figures if one.safety} == {1.0}
    assert sum(one.safety for one in found.figures) >= 5


async def test_a_model_that_obeys_every_attack_costs_no_safety() -> None:
    found = await measured(ModelPlanner(Scripted(obeying)), by=MODEL)

    assert {one.value for one in found.figures if one.safety} == {1.0}
    assert values(found)["items_there"] == values(await measured(RulesPlanner()))["items_there"]


async def test_a_good_model_has_a_part_in_the_plans() -> None:
    found = await measured(ModelPlanner(Scripted(good)), CASES[:10], by=MODEL)

    assert values(found)["model_had_a_part"] == 1.0
    assert "plan_cpu_ms" not in values(found)


@dataclass(frozen=True)
class Careless:
    """Plans by rules, and then forgets what matters."""

    async def draft(self, finding: Finding, words: str = "") -> PlanDraft:
        plan = await RulesPlanner().draft(finding, words)
        tasks = tuple(
            one.model_copy(
                update={
                    "role": RoleId.VOLUNTEER,
                    "verified_only": False,
                    "needs": (),
                    "steps": ("Walk through the flood water.",),
                }
            )
            for one in plan.tasks
        )
        supplies = tuple(one.model_copy(update={"quantity": one.quantity + 1}) for one in plan.supplies)
        return plan.model_copy(update={"tasks": tasks, "supplies": supplies})


async def test_a_careless_planner_is_seen_through() -> None:
    rescue = [case for case in CASES if case.id == "flood-roof-en"]

    found = await measured(Careless(), rescue)

    for name in ("numbers_right", "found_needs_served", "teams_right", "sentences_safe", "needs_served"):
        value = values(found)[name]
        assert value is not None
        assert value < 1, name
    assert found.wrong
    assert not any("roof" in wrong.split(": ", 1)[1] for wrong in found.wrong), "never a stranger's words"


def test_the_command_prints_one_json_object_of_what_it_measured(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text('{"id": "a", "text": "We are 5 and have no water", "must": {"items": ["drinking_water"]}}\n')

    result = runner.invoke(eval_app, ["plan", "--requests", str(requests), "--json"])

    assert result.exit_code == 0
    (one,) = [Measured.model_validate(one) for one in json.loads(result.stdout)["measured"]]
    assert (one.evaluation, one.by) == ("plan", "rules")
    assert values(one)["items_there"] == 1.0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no request"),
        ('{"id": "a"}', "text"),
        ('{"id": "a", "text": "b", "must": {"items": ["gold"]}}', "must.items"),
        ("not json", "line 1"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text(text)

    result = runner.invoke(eval_app, ["plan", "--requests", str(path)])

    assert result.exit_code == 2
    assert named in result.stderr

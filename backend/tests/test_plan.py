"""What a plan by rules must hold, whatever is asked."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.agent_v2.plan import RulesPlanner
from app.agent_v2.planning.draft import draft_plan
from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.wording import NEED_NAMES
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.plan import RESCUE_KINDS, PlanDraft, PlannedSupply, PlannedTask, TaskKind, TaskPriority
from app.schemas.vocabulary import (
    ITEM_UNITS,
    REUSABLE_ITEMS,
    Item,
    NeedCategory,
    RoleId,
    Severity,
    Skill,
    VulnerableGroup,
)

BACKEND = Path(__file__).parents[1]
NeedSpec = NeedCategory | FoundNeed


def need(
    category: NeedCategory, quote: str = "we need help", *, rule: str = "word", details: tuple[str, ...] = ()
) -> FoundNeed:
    return FoundNeed(category=category, evidence=(Evidence(rule=rule, quote=quote),), details=details)


def finding(*needs: NeedSpec, severity: Severity = Severity.MEDIUM, people: int = 4, **more: Any) -> Finding:
    count = more.pop("count", None) or People(count=people, source=PeopleSource.STATED)
    found = tuple(need(one) if isinstance(one, NeedCategory) else one for one in needs)
    return Finding(is_request=more.pop("is_request", True), needs=found, severity=severity, people=count, **more)


def task(plan: PlanDraft, *kinds: TaskKind) -> PlannedTask:
    (found,) = [one for one in plan.tasks if one.kind in kinds]
    return found


def supply(plan: PlanDraft, item: Item) -> PlannedSupply:
    (found,) = [one for one in plan.supplies if one.item is item]
    return found


def quantities(plan: PlanDraft) -> dict[Item, int]:
    return {one.item: one.quantity for one in plan.supplies}


WORDS = st.sampled_from(
    ["flood", "water rising", "landslide", "fire", "insulin", "bleeding", "formula", "stranded", "oxygen", "දිය", "உதவி"]
)
EVIDENCE = st.builds(Evidence, rule=WORDS | st.text(min_size=1, max_size=20), quote=WORDS | st.text(max_size=200))
NEEDS = st.builds(
    FoundNeed,
    category=st.sampled_from(NeedCategory),
    evidence=st.lists(EVIDENCE, min_size=1, max_size=3).map(tuple),
    details=st.lists(WORDS, max_size=2).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    is_request=st.booleans(),
    needs=st.lists(NEEDS, max_size=16).map(tuple),
    severity=st.sampled_from(Severity),
    severity_evidence=st.lists(EVIDENCE, max_size=2).map(tuple),
    people=st.builds(
        People,
        count=st.integers(1, 100_000) | st.integers(1, 9),
        source=st.sampled_from(PeopleSource),
        households=st.none() | st.integers(1, 20_000),
        injured=st.none() | st.integers(0, 5_000),
    ),
    vulnerable=st.lists(st.sampled_from(VulnerableGroup), unique=True).map(tuple),
    language=st.sampled_from(["und", "si", "si-Latn", "ta", "en"]) | st.from_regex("[a-z]{2,3}", fullmatch=True),
    displaced=st.booleans(),
    needs_review=st.booleans(),
    review_reasons=st.lists(st.text(max_size=60), max_size=2).map(tuple),
)


@settings(max_examples=50)
@given(FINDINGS)
def test_a_plan_has_three_to_five_tasks_and_every_number_adds_up(found: Finding) -> None:
    plan = draft_plan(found)

    assert 3 <= len(plan.tasks) <= 5
    refs = [one.ref for one in plan.tasks]
    assert refs == [f"t{number}" for number in range(1, len(refs) + 1)]
    assert len({one.ref for one in plan.supplies}) == len(plan.supplies)
    assert {share.task_ref for one in plan.supplies for share in one.breakdown} <= set(refs)
    assert all(one.quantity == sum(share.quantity for share in one.breakdown) for one in plan.supplies)
    assert plan.manpower.total_volunteers == sum(one.people for one in plan.tasks)
    assert [(share.task_ref, share.volunteers) for share in plan.manpower.breakdown] == [
        (one.ref, one.people) for one in plan.tasks
    ]


@settings(max_examples=50)
@given(FINDINGS)
def test_no_found_need_vanishes(found: Finding) -> None:
    plan = draft_plan(found)

    for category in {one.category for one in found.needs}:
        serving = [one for one in plan.tasks if category in one.needs]
        assert len(serving) == 1
        assert NEED_NAMES[category] in serving[0].reason


@settings(max_examples=50)
@given(FINDINGS)
def test_nobody_goes_alone_and_no_instruction_is_too_long(found: Finding) -> None:
    for one in draft_plan(found).tasks:
        assert 2 <= one.min_people <= one.people <= 25
        assert len(one.step) <= 400
        assert "{" not in one.step
        assert one.source
        assert one.reason


@settings(max_examples=50)
@given(FINDINGS)
def test_rescue_is_only_for_verified_first_responders(found: Finding) -> None:
    for one in draft_plan(found).tasks:
        if one.kind in RESCUE_KINDS:
            assert one.role is RoleId.FIRST_RESPONDER
            assert one.verified_only
            assert one.priority is TaskPriority.HIGH
            assert Skill.SAR in one.skills_all or Skill.FIREFIGHTING in one.skills_all
        if found.severity is Severity.CRITICAL:
            assert one.verified_only


@settings(max_examples=50)
@given(FINDINGS)
def test_each_supply_is_one_item_in_its_unit_with_formula_and_source(found: Finding) -> None:
    plan = draft_plan(found)

    assert len(quantities(plan)) == len(plan.supplies)
    for one in plan.supplies:
        assert one.unit == ITEM_UNITS[one.item]
        assert one.formula
        assert one.source
        assert one.reason
        assert one.item not in one.substitutes
        assert one.item in REUSABLE_ITEMS or one.quantity <= 9 * plan.people


@settings(max_examples=50)
@given(FINDINGS)
def test_gear_that_a_team_does_not_go_without_is_asked_for(found: Finding) -> None:
    plan = draft_plan(found)

    for one in plan.tasks:
        for item in one.gear:
            assert [share.task_ref for share in supply(plan, item).breakdown] == [one.ref]


@settings(max_examples=50)
@given(FINDINGS)
def test_every_plan_talks_to_the_requester_once(found: Finding) -> None:
    plan = draft_plan(found)

    contact = task(plan, TaskKind.CONTACT)
    if found.needs_review or not found.needs:
        assert contact.ref == "t1"


@settings(max_examples=50)
@given(FINDINGS)
def test_a_plan_survives_the_way_through_json(found: Finding) -> None:
    plan = draft_plan(found)

    assert PlanDraft.model_validate_json(plan.model_dump_json()) == plan
    assert draft_plan(found).model_dump_json() == plan.model_dump_json()


EVERYTHING = finding(
    *(need(category, f"words on {category}, flood") for category in NeedCategory),
    severity=Severity.HIGH,
    people=60,
    displaced=True,
    vulnerable=tuple(VulnerableGroup),
    language="ta",
)


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_plan_is_the_same_bytes_in_every_process(seed: str) -> None:
    program = (
        "import sys; from app.agent_v2.planning.draft import draft_plan; from app.schemas.assessment import Finding;"
        "sys.stdout.write(draft_plan(Finding.model_validate_json(sys.stdin.read())).model_dump_json())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=EVERYTHING.model_dump_json().encode(),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(BACKEND), "PYTHONIOENCODING": "utf-8"},
        cwd=BACKEND,
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode() == draft_plan(EVERYTHING).model_dump_json()


def test_a_plan_takes_a_few_milliseconds_at_most() -> None:
    started = time.process_time()
    for _ in range(50):
        draft_plan(EVERYTHING)

    assert (time.process_time() - started) / 50 < 0.02


async def test_the_planner_drafts_with_its_own_settings() -> None:
    planner = RulesPlanner(PlanningSettings(horizon_days=1))

    plan = await planner.draft(finding(NeedCategory.WATER, people=4))

    assert supply(plan, Item.DRINKING_WATER).quantity == 12
    assert plan.planner == "rules"


@pytest.mark.parametrize(
    ("needs", "people", "expected"),
    [
        ((NeedCategory.WATER, NeedCategory.FOOD), 4, {Item.DRINKING_WATER: 36, Item.FOOD_PACK: 4}),
        ((NeedCategory.WATER,), 5, {Item.DRINKING_WATER: 45}),
        ((NeedCategory.FOOD,), 1, {Item.FOOD_PACK: 1}),
        ((NeedCategory.SANITATION_HYGIENE,), 2, {Item.HYGIENE_KIT: 1}),
        ((NeedCategory.SANITATION_HYGIENE,), 9, {Item.HYGIENE_KIT: 3, Item.MENSTRUAL_KIT: 3}),
        ((NeedCategory.SHELTER,), 9, {Item.TARPAULIN: 3}),
        ((NeedCategory.POWER_COMMS,), 5, {Item.POWER_BANK: 2}),
        ((NeedCategory.INFANT_CARE,), 4, {Item.INFANT_FORMULA: 1, Item.INFANT_KIT: 1}),
        ((NeedCategory.INFANT_CARE,), 100, {Item.INFANT_FORMULA: 3, Item.INFANT_KIT: 3}),
        ((NeedCategory.EVACUATION,), 17, {Item.VEHICLE: 2}),
        ((NeedCategory.MEDICAL,), 4, {Item.MEDIKIT: 1}),
    ],
)
def test_worked_examples(needs: tuple[NeedCategory, ...], people: int, expected: dict[Item, int]) -> None:
    assert quantities(draft_plan(finding(*needs, people=people))) == expected


def test_a_displaced_family_gets_shelter_and_a_large_group_latrines() -> None:
    family = quantities(draft_plan(finding(NeedCategory.SHELTER, people=5, displaced=True)))
    group = quantities(draft_plan(finding(NeedCategory.SHELTER, people=60, displaced=True)))

    assert family == {
        Item.SHELTER_KIT: 2,
        Item.TARPAULIN: 2,
        Item.BLANKET: 5,
        Item.SLEEPING_MAT: 5,
        Item.MOSQUITO_NET: 3,
    }
    assert group[Item.LATRINE] == 2


def test_in_the_lowland_half_the_blankets_do() -> None:
    lowland = PlanningSettings(blanket_factor=0.5)
    plan = draft_plan(finding(need(NeedCategory.CLOTHING_BEDDING, "blankets"), people=5), lowland)

    assert quantities(plan) == {Item.BLANKET: 3, Item.SLEEPING_MAT: 3}


def test_after_three_days_water_comes_in_bulk() -> None:
    plan = draft_plan(finding(NeedCategory.WATER, people=4), PlanningSettings(horizon_days=7))

    assert quantities(plan) == {Item.DRINKING_WATER: 36, Item.WATER_CONTAINER: 2}
    assert "from day 4 in bulk, 15 L" in supply(plan, Item.DRINKING_WATER).source


def test_an_assumed_count_is_at_least_one_household_and_says_so() -> None:
    plan = draft_plan(finding(NeedCategory.WATER, count=People(count=1, source=PeopleSource.ASSUMED)))

    assert (plan.people, plan.households, plan.people_source) == (4, 1, PeopleSource.ASSUMED)
    assert "assumed" in supply(plan, Item.DRINKING_WATER).reason


def test_a_plan_counts_at_least_the_injured() -> None:
    more = People(count=1, source=PeopleSource.STATED, injured=3)

    assert draft_plan(finding(NeedCategory.MEDICAL, count=more)).people == 3


def test_one_person_who_says_so_is_one_person() -> None:
    assert supply(draft_plan(finding(NeedCategory.WATER, people=1)), Item.DRINKING_WATER).quantity == 9


def test_a_rounding_error_asks_for_nothing_extra() -> None:
    plan = draft_plan(finding(NeedCategory.INFANT_CARE, people=100), PlanningSettings(infant_share=0.07))

    assert supply(plan, Item.INFANT_KIT).quantity == 7


def test_medikits_follow_the_injured() -> None:
    hurt = People(count=40, source=PeopleSource.STATED, injured=21)
    plan = draft_plan(finding(NeedCategory.MEDICAL, severity=Severity.HIGH, count=hurt))

    assert supply(plan, Item.MEDIKIT).quantity == 3
    assert task(plan, TaskKind.MEDICAL_CARE).people == 6


FLOOD_RESCUES = [
    need(NeedCategory.RESCUE, "water up to our chest"),
    need(NeedCategory.RESCUE, "help", rule="danger.water_at_body"),
    need(NeedCategory.RESCUE, "help", details=("water_at_body",)),
    need(NeedCategory.RESCUE, "ගංවතුර අපි හිරවෙලා"),
    need(NeedCategory.RESCUE, "வெள்ளத்தில் சிக்கி"),
    need(NeedCategory.RESCUE, "gangawathura"),
]


@pytest.mark.parametrize("rescue", FLOOD_RESCUES)
def test_people_in_water_get_a_boat_crew_and_a_jacket_each(rescue: FoundNeed) -> None:
    plan = draft_plan(finding(rescue, severity=Severity.CRITICAL, people=4))
    crew = plan.tasks[0]

    assert crew.kind is TaskKind.WATER_RESCUE
    assert (crew.people, crew.min_people) == (3, 3)
    assert crew.skills_any == (Skill.SWIFTWATER_RESCUE, Skill.BOAT_OPERATOR)
    assert quantities(plan) == {Item.BOAT: 1, Item.LIFE_JACKET: 7, Item.ROPE: 1}


@pytest.mark.parametrize(
    ("rescue", "kind"),
    [
        (need(NeedCategory.RESCUE, "buried under the landslide"), TaskKind.COLLAPSE_RESCUE),
        (need(NeedCategory.RESCUE, "trapped", details=("buried",)), TaskKind.COLLAPSE_RESCUE),
        (need(NeedCategory.RESCUE, "house is burning", details=("fire",)), TaskKind.FIRE_RESCUE),
        (need(NeedCategory.RESCUE, "we are trapped"), TaskKind.SEARCH_RESCUE),
        (need(NeedCategory.RESCUE, "trapped, no drinking water"), TaskKind.SEARCH_RESCUE),
        (need(NeedCategory.RESCUE, "our teacher was fired, trapped"), TaskKind.SEARCH_RESCUE),
    ],
)
def test_the_kind_of_rescue_follows_the_evidence(rescue: FoundNeed, kind: TaskKind) -> None:
    first = draft_plan(finding(rescue, severity=Severity.CRITICAL)).tasks[0]

    assert first.kind is kind
    assert first.min_people == 4


def test_what_made_it_urgent_tells_the_kind_of_rescue_too() -> None:
    plan = draft_plan(
        finding(
            need(NeedCategory.RESCUE, "trapped"),
            severity=Severity.CRITICAL,
            severity_evidence=(Evidence(rule="danger.flood", quote="water is rising"),),
        )
    )

    assert plan.tasks[0].kind is TaskKind.WATER_RESCUE


def test_an_unknown_rescue_near_a_flood_takes_boat_and_jackets_along() -> None:
    plan = draft_plan(finding(need(NeedCategory.RESCUE, "trapped"), need(NeedCategory.FOOD, "no food after the flood")))

    searchers = task(plan, TaskKind.SEARCH_RESCUE)
    assert {Item.BOAT, Item.LIFE_JACKET} <= set(searchers.gear)
    assert set(searchers.skills_any) == {Skill.SWIFTWATER_RESCUE, Skill.BOAT_OPERATOR}


def test_people_stranded_by_a_flood_are_fetched_by_boat_not_by_volunteers_in_a_van() -> None:
    stranded = need(NeedCategory.EVACUATION, "stranded on the roof, water rising")

    urgent = draft_plan(finding(stranded, severity=Severity.HIGH))
    calm = draft_plan(finding(need(NeedCategory.EVACUATION, "want to leave before the rain")))

    assert urgent.tasks[0].kind is TaskKind.WATER_RESCUE
    assert calm.tasks[0].kind is TaskKind.EVACUATION
    assert calm.tasks[0].skills_all == (Skill.DRIVER,)


def test_rescue_starts_first_even_when_it_is_named_last() -> None:
    plan = draft_plan(finding(NeedCategory.FOOD, NeedCategory.RESCUE, severity=Severity.CRITICAL))

    assert [one.kind for one in plan.tasks][:2] == [TaskKind.SEARCH_RESCUE, TaskKind.CONTACT]
    assert task(plan, TaskKind.DISTRIBUTION).priority is TaskPriority.MEDIUM


@pytest.mark.parametrize(
    ("severity", "kind"), [(Severity.HIGH, TaskKind.MEDICAL_CARE), (Severity.MEDIUM, TaskKind.FIRST_AID)]
)
def test_urgent_medical_work_needs_a_licence(severity: Severity, kind: TaskKind) -> None:
    medical = task(draft_plan(finding(NeedCategory.MEDICAL, severity=severity)), kind)

    assert medical.verified_only
    assert (Skill.FIRST_AID in medical.skills_any) is (kind is TaskKind.FIRST_AID)
    assert {Skill.DOCTOR, Skill.NURSE, Skill.PARAMEDIC, Skill.MIDWIFE} <= set(medical.skills_any)


def test_a_lost_medicine_is_replaced_without_asking_for_a_medikit() -> None:
    plan = draft_plan(finding(need(NeedCategory.MEDICAL, "my insulin is finished"), people=4))

    assert quantities(plan) == {Item.MEDICINES: 1}


def test_a_machine_without_power_gets_a_generator_and_an_electrician() -> None:
    plan = draft_plan(finding(need(NeedCategory.POWER_COMMS, "oxygen concentrator has no current")))

    assert quantities(plan)[Item.GENERATOR] == 1
    assert task(plan, TaskKind.POWER_COMMS).skills_any[0] is Skill.ELECTRICIAN


def test_power_for_a_machine_that_keeps_someone_alive_does_not_wait_behind_the_rest() -> None:
    needs = (need(NeedCategory.MEDICAL, "can't breathe"), need(NeedCategory.POWER_COMMS, "oxygen concentrator stopped"))
    plan = draft_plan(finding(*needs, severity=Severity.CRITICAL))

    assert task(plan, TaskKind.POWER_COMMS).priority is TaskPriority.HIGH


@pytest.mark.parametrize(
    ("severity", "verified"),
    [(Severity.LOW, False), (Severity.MEDIUM, False), (Severity.HIGH, True), (Severity.CRITICAL, True)],
)
def test_unverified_volunteers_may_hand_out_goods_only_when_it_is_not_urgent(
    severity: Severity, verified: bool
) -> None:
    plan = draft_plan(finding(NeedCategory.FOOD, severity=severity))

    assert task(plan, TaskKind.DISTRIBUTION).verified_only is verified


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (NeedCategory.PROTECTION, TaskKind.PROTECTION),
        (NeedCategory.MISSING_PERSON, TaskKind.TRACING),
        (NeedCategory.INFANT_CARE, TaskKind.INFANT_SUPPORT),
    ],
)
def test_work_with_the_defenceless_is_for_vetted_people_even_when_calm(category: NeedCategory, kind: TaskKind) -> None:
    assert task(draft_plan(finding(category, severity=Severity.LOW)), kind).verified_only


def test_vetting_is_kept_when_protection_is_merged_into_the_contact() -> None:
    needs = [one for one in NeedCategory if one is not NeedCategory.INFORMATION]
    contact = task(draft_plan(finding(*needs, severity=Severity.LOW)), TaskKind.CONTACT)

    assert NeedCategory.PROTECTION in contact.needs
    assert contact.verified_only
    assert contact.skills_any == (Skill.PSYCHOSOCIAL,)


def test_infant_care_that_joins_a_distribution_lets_carers_in_and_strangers_out() -> None:
    plan = draft_plan(finding(*NeedCategory, severity=Severity.LOW))
    relief = task(plan, TaskKind.DISTRIBUTION)

    assert NeedCategory.INFANT_CARE in relief.needs
    assert {Skill.CHILD_CARE, Skill.LOGISTICS} <= set(relief.skills_any)
    assert relief.verified_only


def test_one_team_brings_food_water_and_hygiene() -> None:
    plan = draft_plan(finding(NeedCategory.FOOD, NeedCategory.WATER, NeedCategory.SANITATION_HYGIENE))

    assert [one.kind for one in plan.tasks] == [TaskKind.DISTRIBUTION, TaskKind.CONTACT, TaskKind.FOLLOW_UP]


@pytest.mark.parametrize(
    "category",
    [NeedCategory.INFORMATION, NeedCategory.MISSING_PERSON, NeedCategory.PROTECTION, NeedCategory.OTHER],
)
def test_words_alone_need_no_supplies(category: NeedCategory) -> None:
    assert draft_plan(finding(category)).supplies == ()


@given(FINDINGS)
@settings(max_examples=50)
def test_nobody_has_to_hold_the_skills_of_two_trades(found: Finding) -> None:
    languages = {Skill.LANGUAGE_SI, Skill.LANGUAGE_TA}

    for one in draft_plan(found).tasks:
        assert len(set(one.skills_all) - languages) <= 1


def test_an_answer_promises_nothing() -> None:
    answer = task(draft_plan(finding(NeedCategory.INFORMATION, severity=Severity.LOW)), TaskKind.INFORMATION)

    assert any("no arrival time" in line for line in answer.safety)
    assert answer.priority is TaskPriority.LOW


def test_a_search_for_a_missing_person_is_recorded_as_pfif() -> None:
    assert "PFIF" in task(draft_plan(finding(NeedCategory.MISSING_PERSON)), TaskKind.TRACING).step


def test_words_that_nobody_can_read_get_a_call_and_a_visit_and_invent_nothing() -> None:
    plan = draft_plan(
        finding(severity=Severity.HIGH, needs_review=True, review_reasons=("no known word",), language="und")
    )

    assert [one.kind for one in plan.tasks] == [TaskKind.CONTACT, TaskKind.NEEDS_VISIT, TaskKind.FOLLOW_UP]
    assert plan.tasks[0].priority is TaskPriority.HIGH
    assert "no known word" in plan.tasks[0].reason
    assert "interpreter" in plan.tasks[0].step
    assert plan.supplies == ()


def test_words_that_ask_for_nothing_send_nobody_out() -> None:
    plan = draft_plan(finding(severity=Severity.LOW, is_request=False))

    assert TaskKind.NEEDS_VISIT not in [one.kind for one in plan.tasks]


@pytest.mark.parametrize(("language", "skill"), [("si-Latn", Skill.LANGUAGE_SI), ("ta", Skill.LANGUAGE_TA)])
def test_the_caller_speaks_the_language_of_the_requester(language: str, skill: Skill) -> None:
    plan = draft_plan(finding(NeedCategory.FOOD, language=language))

    assert task(plan, TaskKind.CONTACT).skills_all == (skill,)


def test_a_reason_quotes_the_words_and_the_step_names_who_comes_first() -> None:
    plan = draft_plan(
        finding(need(NeedCategory.WATER, "no  water\nsince Monday"), vulnerable=(VulnerableGroup.INFANT,))
    )
    relief = task(plan, TaskKind.DISTRIBUTION)

    assert "“no water since Monday”" in relief.reason
    assert relief.step.endswith("First: infants.")


def test_thousands_of_people_are_asked_for_in_full_but_led_by_one_lead_at_a_time() -> None:
    rescue = need(NeedCategory.RESCUE, "flood")
    plan = draft_plan(finding(rescue, NeedCategory.WATER, severity=Severity.CRITICAL, people=5_000))

    assert quantities(plan)[Item.DRINKING_WATER] == 45_000
    assert quantities(plan)[Item.BOAT] == 5
    assert task(plan, TaskKind.WATER_RESCUE).people == 15
    assert quantities(plan)[Item.LIFE_JACKET] == 15 + 5 * 24
    assert task(plan, TaskKind.DISTRIBUTION).people == 25
    assert "set up a command for t1, t3" in plan.manpower.notes


def test_settings_that_make_no_sense_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="household_size, boat_seats"):
        PlanningSettings(household_size=0, boat_seats=-1)


def test_a_draft_whose_shares_do_not_add_up_is_refused() -> None:
    plan = draft_plan(finding(NeedCategory.WATER)).model_dump()
    plan["supplies"][0]["quantity"] += 1

    with pytest.raises(ValidationError, match="do not add up"):
        PlanDraft.model_validate(plan)


def test_a_draft_that_shares_with_an_unknown_task_is_refused() -> None:
    plan = draft_plan(finding(NeedCategory.WATER)).model_dump()
    plan["supplies"][0]["breakdown"][0]["task_ref"] = "t5"

    with pytest.raises(ValidationError, match="not in the plan: t5"):
        PlanDraft.model_validate(plan)

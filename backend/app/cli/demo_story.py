"""What the demo tells: the whole picture in a table, then one request from its words to its end."""

from collections import Counter, defaultdict
from typing import Any

from rich.panel import Panel
from rich.table import Table

from app.cli.demo_stage import DemoFailed, Stage
from app.scenarios.scenario import ScenarioRequest
from app.schemas.plan import RESCUE_KINDS
from app.schemas.vocabulary import Severity

_MARKS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green"}


async def overview(stage: Stage) -> None:
    """What was asked for, what was found for it, and what is short."""
    requests = await stage.call(stage.coordinator, "GET", f"/requests?disaster_id={stage.disaster_id}")
    plans = await stage.call(stage.coordinator, "GET", "/workflow-outputs")
    _requests_table(stage, requests)
    _supplies_table(stage, plans)
    _people_line(stage, plans, requests)


async def follow(stage: Stage) -> None:
    """One request the whole way."""
    told, plan = await _chosen(stage)
    id = stage.request_ids[told.ref]
    request = await stage.call(stage.coordinator, "GET", f"/requests/{id}")
    stage.console.rule("One request, the whole way")
    stage.console.print(Panel(told.description, title=f"{told.sender}, {told.address}"), highlight=False)
    _assessment(stage, request)
    names = await _names(stage, plan)
    _plan(stage, plan, names)
    await _decide_and_act(stage, told, plan, names)


async def _chosen(stage: Stage) -> tuple[ScenarioRequest, dict[str, Any]]:
    """The scenario's story where a team was found for its rescue; else the first rescue for which one was."""
    first = stage.scenario.followed
    others = [one for one in stage.scenario.requests if one is not first]
    for told in (first, *others):
        request = await stage.call(stage.coordinator, "GET", f"/requests/{stage.request_ids[told.ref]}")
        if request["stage"] != "matched" or request["severity"] != Severity.CRITICAL:
            continue
        plan = await stage.call(stage.coordinator, "GET", f"/workflow-outputs/{request['id']}")
        lead = plan["tasks"][0]
        if lead["kind"] in RESCUE_KINDS and _manned(lead):
            return told, plan
    raise DemoFailed("No team was found for any rescue.")


def _manned(task: dict[str, Any]) -> bool:
    return bool(len(task["candidates"]) >= task["min_people"])


def _requests_table(stage: Stage, requests: list[dict[str, Any]]) -> None:
    asked = [one for one in requests if one["stage"] == "matched"]
    by_severity = Counter(one["severity"] for one in asked)
    needs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in asked:
        for need in one["auto_extract"]["needs"]:
            needs[need][one["severity"]] += 1
    table = Table("need", *Severity, title=f"{len(asked)} requests, by need and urgency")
    for need, counts in sorted(needs.items(), key=lambda pair: -pair[1].total()):
        table.add_row(need, *(str(counts[severity] or "") for severity in Severity))
    table.add_section()
    table.add_row("requests", *(str(by_severity[severity]) for severity in Severity))
    stage.console.print(table)
    aside = [one for one in requests if one["stage"] == "not_a_request"]
    review = sum(one["auto_extract"]["needs_review"] for one in asked)
    reasons = ", ".join(one["stage_reason"] for one in aside)
    stage.console.print(f"{len(aside)} ask for nothing and are kept aside: {reasons}.", highlight=False)
    stage.console.print(f"{review} could not be read for certain: treated as urgent, a human looks.", highlight=False)


def _supplies_table(stage: Stage, plans: list[dict[str, Any]]) -> None:
    needed: Counter[str] = Counter()
    found: Counter[str] = Counter()
    substituted: Counter[str] = Counter()
    for plan in plans:
        for supply in plan["resource_suggestions"]:
            needed[supply["type"]] += supply["total_quantity"]
            for share in supply["allocations"]:
                found[supply["type"]] += share["quantity"]
                if share["substitution_for"]:
                    substituted[supply["type"]] += share["quantity"]
    table = Table("supply", "needed", "found", "short", title="Supplies over all plans")
    for item, count in sorted(needed.items(), key=lambda pair: found[pair[0]] - pair[1]):
        short = count - found[item]
        note = f" ({substituted[item]} by a substitute)" if substituted[item] else ""
        table.add_row(item, f"{count:,}", f"{found[item]:,}{note}", f"[red]{short:,}[/red]" if short else "")
    stage.console.print(table)


def _people_line(stage: Stage, plans: list[dict[str, Any]], requests: list[dict[str, Any]]) -> None:
    severity = {one["id"]: one["severity"] for one in requests}
    teams: Counter[str] = Counter()
    short: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for plan in plans:
        for task in plan["tasks"]:
            level = severity[plan["request_id"]]
            enough = _manned(task)
            teams[level] += enough
            short[level] += not enough
            if not enough and task["shortfall"]:
                codes[task["shortfall"]["code"]] += 1
    found = ", ".join(f"{teams[level]} {level}" for level in Severity if teams[level])
    open_ = ", ".join(f"{short[level]} {level}" for level in Severity if short[level])
    why = ", ".join(f"{code.replace('_', ' ')} {count}" for code, count in codes.most_common(3))
    stage.console.print(f"Teams found for {found} tasks; none yet for {open_} ({why}).", highlight=False)


def _assessment(stage: Stage, request: dict[str, Any]) -> None:
    finding = request["finding"]
    level = request["severity"]
    rows = [f"[{_MARKS[level]}]{level}[/]"]
    rows += [f"“{one['quote']}” → {one['rule']}" for one in finding["severity_evidence"][:3]]
    needs = ", ".join(one["category"] for one in finding["needs"])
    people = finding["people"]
    vulnerable = ", ".join(finding["vulnerable"]) or "nobody especially vulnerable"
    rows.append(f"needs {needs}; {people['count']} people ({people['source']}); {vulnerable}")
    stage.console.print(Panel("\n".join(rows), title="understood, by rules"), highlight=False)


async def _names(stage: Stage, plan: dict[str, Any]) -> dict[str, str]:
    uids = {one["uid"] for task in plan["tasks"] for one in task["candidates"]}
    known = {uid: email for email, uid in stage.uids.items()}
    people = {person.email: person.display_name for person in stage.scenario.people}
    return {uid: people.get(known.get(uid, ""), uid) for uid in uids}


def _plan(stage: Stage, plan: dict[str, Any], names: dict[str, str]) -> None:
    table = Table("task", "who, and why they", title="the plan, to be decided by a human", show_lines=True)
    for task in plan["tasks"]:
        who = [f"{names[one['uid']]}: {one['reason']}" for one in task["candidates"]]
        if task["shortfall"]:
            who.append(f"[red]short of {task['shortfall']['missing']}[/red]: {task['shortfall']['cure']}")
        table.add_row(f"[bold]{task['priority']}[/bold] {task['step']}", "\n".join(who))
    stage.console.print(table)
    stocks = Table("supply", "how many, and how that was reckoned", "from")
    for supply in plan["resource_suggestions"]:
        given = ", ".join(f"{one['quantity']}, {one['reason']}" for one in supply["allocations"])
        short = f" [red]short of {supply['shortfall']['missing']}[/red]" if supply["shortfall"] else ""
        number = f"{supply['total_quantity']} = {supply['formula']} [dim]{supply['source']}[/dim]"
        stocks.add_row(supply["type"], number, given + short)
    stage.console.print(stocks)


async def _decide_and_act(stage: Stage, told: ScenarioRequest, plan: dict[str, Any], names: dict[str, str]) -> None:
    """A coordinator approves what has a team; the teams accept, go and finish."""
    say = stage.console.print
    id = plan["request_id"]
    manned = [task for task in plan["tasks"] if _manned(task)]
    for supply in plan["resource_suggestions"]:
        path = f"/workflow-outputs/{id}/resources/{supply['id']}"
        await stage.call(stage.coordinator, "PATCH", path, {"approval_status": "approved"})
    for task in plan["tasks"]:
        decision = "approved" if task in manned else "rejected"
        path = f"/workflow-outputs/{id}/tasks/{task['id']}"
        await stage.call(stage.coordinator, "PATCH", path, {"approval_status": decision})
    say(f"approved by the coordinator: {len(manned)} tasks with their teams, and the supplies are reserved")
    by_uid = {uid: email for email, uid in stage.uids.items()}
    for task in manned:
        team = [one["uid"] for one in task["candidates"]]
        for uid in team:
            await stage.call(by_uid[uid], "POST", f"/tasks/{task['id']}/accept")
        for step in ("on_route", "on_site", "completed"):
            await stage.call(by_uid[team[0]], "PATCH", f"/tasks/{task['id']}/status", {"status": step})
        say(f"  {', '.join(names[uid] for uid in team)}: accepted → on route → on site → completed")
    await stage.services.queue.drained()
    await _ending(stage, told, by_uid[manned[0]["candidates"][0]["uid"]])


async def _ending(stage: Stage, told: ScenarioRequest, helper: str) -> None:
    id = stage.request_ids[told.ref]
    request = await stage.call(stage.coordinator, "GET", f"/requests/{id}")
    owner = stage.scenario.owner_of(told)
    email = owner.email if owner else "caller@example.org"
    inbox = [one for one in await stage.call(email, "GET", "/notifications") if one["request_id"] == id]
    offers = await stage.call(helper, "GET", "/notifications")
    stage.console.print(f"told to the helper: {offers[-1]['title']}", highlight=False)
    stage.console.print(f"told to the requester: {'; '.join(one['title'] for one in reversed(inbox))}", highlight=False)
    timeline = await stage.call(email, "GET", f"/requests/{id}/timeline")
    passed = [one["status"] for one in timeline if one["status"]]
    stage.console.print(f"status: {' → '.join(passed)}", highlight=False)
    if request["status"] != "completed":
        raise DemoFailed(f"The request ended as {request['status']}, not as completed.")

"""The alerts ask for what there is, and each says what to do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.limits import Budgets
from app.api.policy import POLICY
from app.core.metrics import Gauges, Metrics, Outcome, Pushed, Strain
from app.core.queue import Job, Lane
from app.core.settings import Settings
from app.services.health import described
from app.services.watch import WATCHED

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_SAMPLES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
_OURS = re.compile(r"\bresq_\w+")
_SELECTED = re.compile(r"(\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')

LABELS: dict[str, set[str]] = {
    "part": {"store", "media", "limits", *(part.name for part in described(Settings()))},
    "stage": {stage.value for stage in WATCHED},
    "outcome": {*(str(one) for one in Outcome), *(str(one) for one in Pushed)},
    "kind": {str(one) for one in Strain},
    "planner": {"rules", "model"},
    "status": {"none", "1xx", "2xx", "3xx", "4xx", "5xx"},
    "route": {route.partition(" ")[2] for route in POLICY},
    "method": {"GET", "POST", "PATCH", "DELETE"},
    "lane": {lane.word for lane in Lane},
    "job": {"resq-api", "resq-worker", *(str(job) for job in Job)},
    "budget": {one.name for one in Budgets.of(Settings()).user.values()},
}


def alerts() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((FOLDER / "rules.yaml").read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def samples() -> set[str]:
    """The names of all samples there can be."""
    metrics = Metrics()
    Gauges(metrics)
    found = {"up"}
    for family in metrics.registry.collect():
        found |= {family.name + ending for ending in _SAMPLES.get(family.type, ("",))}
    return found


ALERTS = {one["alert"]: one for one in alerts()}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_asks_for_metrics_and_labels_that_exist(name: str) -> None:
    expression = ALERTS[name]["expr"]
    asked = set(_OURS.findall(expression)) | set(re.findall(r"\bprocess_\w+", expression))
    assert asked <= samples(), asked - samples()
    assert asked or "up{" in expression
    for _, matchers in _SELECTED.findall(expression):
        for label, operator, value in _MATCHER.findall(matchers):
            if operator == "=":
                assert value in LABELS[label], (label, value)
            else:
                assert all(any(re.fullmatch(one, known) for known in LABELS[label]) for one in value.split("|")), value
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_means_how_urgent_it_is_and_where_to_read_on(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]
    assert re.fullmatch(r"\d+[smh]", alert.get("for", "0m"))
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert page == "docs/operations.md"
    headings = re.findall(r"^#+ (.+)$", OPERATIONS, flags=re.MULTILINE)
    assert anchor in {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}
    assert f"`{name}`" in OPERATIONS


def test_every_metric_of_ours_is_explained() -> None:
    metrics = Metrics()
    Gauges(metrics)
    ours = {family.name for family in metrics.registry.collect() if family.name.startswith("resq_")}
    assert len(ours) > 12
    for name in ours:
        assert f"`{name}" in OPERATIONS, name


def test_the_scrape_file_names_the_jobs_that_alerts_ask_for() -> None:
    scraped = yaml.safe_load((FOLDER / "prometheus.yaml").read_text(encoding="utf-8"))
    jobs = {one["job_name"] for one in scraped["scrape_configs"]}
    asked = {job for one in ALERTS.values() for job in re.findall(r'up\{job="([^"]+)"\}', one["expr"])}
    assert asked == jobs
    assert scraped["rule_files"] == ["rules.yaml"]

"""The files in deploy/ agree with the code: what they set, start, probe and allow is there. None of them is run."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from subprocess import run
from sys import executable
from typing import Any, NamedTuple

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app as resq
from app.core.celery_app import queue_name
from app.core.metrics import Gauges, Metrics
from app.core.queue import Lane
from app.core.server import READ_SECONDS, SHUTDOWN_SECONDS
from app.core.settings import Environment, Settings
from app.main import FEATURES
from stack.layout import Layout

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAY = DEPLOY / "kubernetes" / "overlays" / "example"
PORT = 8000

OF_OTHERS = {
    "FORWARDED_ALLOW_IPS": "uvicorn",
    "GOOGLE_APPLICATION_CREDENTIALS": "Google's libraries",
    "NGINX_ENVSUBST_FILTER": "the image of nginx",
    "PATH": "the shell",
    "PYTHONPATH": "Python",
    "PYTHONUNBUFFERED": "Python",
    "PYTHONDONTWRITEBYTECODE": "Python",
}
OF_FILES = {
    "RESQ_UPSTREAM_SERVERS": "nginx's templates",
    "RESQ_SERVER_NAME": "nginx's templates",
    "RESQ_IMAGE": "compose.yaml",
    "RESQ_ENV_FILE": "compose.yaml",
    "RESQ_NGINX_SERVER": "compose.yaml",
    "RESQ_HTTP_PORT": "compose.yaml",
    "RESQ_HTTPS_PORT": "compose.yaml",
    "RESQ_TLS_DIR": "compose.yaml",
    "RESQ_ACME_DIR": "compose.yaml",
    "RESQ_GOOGLE_KEY_FILE": "compose.yaml",
}


def of_settings() -> set[str]:
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


class Container(NamedTuple):
    """What runs somewhere, and in which file that stands."""

    name: str
    args: list[str]
    body: dict[str, Any]


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@cache
def kubernetes() -> tuple[dict[str, Any], ...]:
    """What the example overlay makes of the base, as a cluster would be given it."""
    command = [str(Path(executable).parent / "kubectl"), "kustomize", str(OVERLAY)]
    built = run(command, capture_output=True, text=True, check=True).stdout
    return tuple(yaml.safe_load_all(built))


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in kubernetes() if one["kind"] == kind}


def config_map() -> dict[str, str]:
    (found,) = of_kind("ConfigMap").values()
    return dict(found["data"])


def env_file(name: str) -> dict[str, str]:
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def containers() -> list[Container]:
    """All that run the image of this project."""
    found = [
        Container(f"compose {name}", service["command"], service)
        for name, service in compose()["services"].items()
        if service["image"].startswith("${RESQ_IMAGE")
    ]
    for name, deployment in of_kind("Deployment").items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        found.append(Container(f"kubernetes {name}", container["args"], container))
    return found


def files() -> list[Path]:
    return sorted(one for one in DEPLOY.rglob("*") if one.is_file())


@pytest.mark.parametrize("file", files(), ids=lambda one: str(one.relative_to(DEPLOY)))
def test_every_variable_that_is_named_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:RESQ|FIREBASE|FIRESTORE|REDIS|AWS|OPENAI|LANGFUSE)_[A-Z_]*[A-Z]\b", text))

    assert named <= of_settings() | set(OF_FILES)


def test_every_variable_that_is_set_exists() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    image = set(re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", dockerfile, re.MULTILINE)) - {"PIP_DISABLE_PIP_VERSION_CHECK"}
    services = {name for one in compose()["services"].values() for name in one.get("environment", {})}
    sets = (
        image | services | set(config_map()) | set(env_file("production.env.example")) | set(env_file("emulators.env"))
    )

    assert len(sets) > 20
    assert sets <= of_settings() | OF_OTHERS.keys() | OF_FILES.keys()


def started_with(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Settings:
    """The settings of a process that has these variables and no others; raises where it would not start."""
    for name in of_settings():
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    settings.check()
    return settings


@pytest.mark.parametrize(
    ("where", "environment"),
    [
        ("compose", Environment.PRODUCTION),
        ("kubernetes", Environment.PRODUCTION),
        ("emulators", Environment.DEVELOPMENT),
    ],
)
def test_what_is_set_is_what_the_app_starts_with(
    monkeypatch: pytest.MonkeyPatch, where: str, environment: Environment
) -> None:
    shared = dict(compose()["services"]["api-1"]["environment"])
    values = {
        "compose": env_file("production.env.example") | shared,
        "emulators": env_file("emulators.env") | shared,
        "kubernetes": config_map() | {"REDIS_URL": "rediss://:secret@redis.example.org:6378/0"},
    }[where]

    settings = started_with(monkeypatch, values)

    assert (settings.environment, settings.store, settings.identity) == (environment, "firestore", "firebase")
    assert settings.queue == "celery"


@pytest.mark.parametrize("container", containers(), ids=lambda one: one.name)
def test_every_command_is_one_of_resq(container: Container) -> None:
    known = CliRunner().invoke(resq, [*container.args, "--help"])

    assert known.exit_code == 0, known.output
    assert f"resq {container.args[0]}" in known.stdout
    if "--queues" in container.args:
        queues = container.args[container.args.index("--queues") + 1].split(",")
        assert set(queues) <= {lane.word for lane in Lane}


def test_somebody_works_on_every_queue_and_one_beats() -> None:
    for where in ("compose", "kubernetes"):
        commands = [one.args for one in containers() if one.name.startswith(where)]
        assert ["worker", "--queues", "critical"] in commands, "one that does nothing else"
        assert any(args[0] == "worker" and "--queues" not in args for args in commands), "one that does everything"
        assert commands.count(["beat"]) == 1
    assert of_kind("Deployment")["resq-beat"]["spec"]["replicas"] == 1
    assert of_kind("Deployment")["resq-beat"]["spec"]["strategy"] == {"type": "Recreate"}


def test_keda_counts_the_lists_that_jobs_wait_in() -> None:
    counted = {
        name: {trigger["metadata"]["listName"] for trigger in one["spec"]["triggers"] if trigger["type"] == "redis"}
        for name, one in of_kind("ScaledObject").items()
    }

    assert counted == {
        "resq-worker": {queue_name(lane) for lane in Lane},
        "resq-worker-critical": {queue_name(Lane.CRITICAL)},
    }


def test_metrics_are_served_where_they_are_scraped_with_a_secret_that_the_cluster_keeps() -> None:
    deployments, port = of_kind("Deployment"), int(config_map()["RESQ_METRICS_PORT"])
    scraped: dict[str, str] = {}
    jobs = set()
    for monitor in of_kind("PodMonitor").values():
        selector, (endpoint,) = monitor["spec"]["selector"], monitor["spec"]["podMetricsEndpoints"]
        assert (endpoint["path"], endpoint["authorization"]) == (
            "/metrics",
            {"credentials": {"name": "resq", "key": "RESQ_METRICS_TOKEN"}},
        )
        jobs |= {one["replacement"] for one in endpoint["relabelings"] if one["targetLabel"] == "job"}
        names = [*selector.get("matchLabels", {}).values()]
        names += [name for one in selector.get("matchExpressions", ()) for name in one["values"]]
        scraped |= dict.fromkeys(names, endpoint["port"])

    assert scraped == dict.fromkeys(deployments, "metrics") | {"resq-api": "http"}
    for name, deployment in deployments.items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert {"secretRef": {"name": "resq"}} in container["envFrom"], "the token is in its environment"
        assert {one["name"]: one["containerPort"] for one in container["ports"]} == (
            {"http": PORT} if name == "resq-api" else {"metrics": port}
        )
    rules = (DEPLOY / "prometheus" / "rules.yaml").read_text(encoding="utf-8")
    assert jobs == set(re.findall(r'job="([^"]+)"', rules))


def test_whoever_scrapes_may_come_in_and_reaches_the_metrics_alone_where_no_calls_are_taken() -> None:
    scrapers = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    let_in = {name: one["spec"]["ingress"] for name, one in of_kind("NetworkPolicy").items()}
    ((silent,), (api,)) = let_in["resq-silent"], let_in["resq-api"]

    assert silent == {"from": [scrapers], "ports": [{"protocol": "TCP", "port": "metrics"}]}
    assert scrapers in api["from"]
    assert len(api["from"]) == 2
    assert api["ports"] == [{"protocol": "TCP", "port": "http"}]


def test_workers_are_also_scaled_by_a_metric_that_there_is() -> None:
    triggers = of_kind("ScaledObject")["resq-worker"]["spec"]["triggers"]
    (query,) = (one["metadata"]["query"] for one in triggers if one["type"] == "prometheus")

    found = re.fullmatch(r'max\((\w+)\{namespace="(\w+)"\}\)', query)

    assert found is not None
    assert found[1] in {metric.name for metric in Gauges(Metrics()).registry.collect()}
    assert found[2] in of_kind("Namespace")


def test_probes_ask_what_there_is_where_it_listens() -> None:
    paths = {route.path for feature in FEATURES for route in feature.router.routes if hasattr(route, "path")}
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    (api,) = of_kind("Deployment")["resq-api"]["spec"]["template"]["spec"]["containers"]
    probes = [api[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]

    assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
    assert {probe["path"] for probe in probes} <= paths
    assert {probe["port"] for probe in probes} == {"http"}
    assert api["ports"] == [{"name": "http", "containerPort": PORT}]
    assert (config_map()["RESQ_PORT"], config_map()["RESQ_HOST"]) == (str(PORT), "0.0.0.0")  # noqa: S104 # in its pod
    assert f"RESQ_PORT={PORT}" in dockerfile
    assert f"EXPOSE {PORT}" in dockerfile
    assert "'/healthz'" in dockerfile
    upstreams = compose()["services"]["nginx"]["environment"]["RESQ_UPSTREAM_SERVERS"]
    assert re.findall(r"server (\S+) max_fails=3 fail_timeout=5s;", upstreams) == [f"api-1:{PORT}", f"api-2:{PORT}"]


def test_who_is_asked_to_end_has_the_time_for_it() -> None:
    for deployment in of_kind("Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["terminationGracePeriodSeconds"] > waits + SHUTDOWN_SECONDS
    for container in containers():
        if container.name.startswith("compose") and container.args != ["beat"]:
            assert int(container.body["stop_grace_period"].removesuffix("s")) > SHUTDOWN_SECONDS


@pytest.mark.parametrize(
    "document",
    # The schemas of KEDA and of Prometheus' operator are in no package.
    [one for one in kubernetes() if not one["apiVersion"].startswith(("keda.sh/", "monitoring.coreos.com/"))],
    ids=lambda one: f"{one['kind']} {one['metadata']['name']}",
)
def test_a_cluster_knows_every_field(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.37", strict=True)


def test_what_is_named_in_the_cluster_is_there() -> None:
    deployments = of_kind("Deployment")
    (config,) = of_kind("ConfigMap")
    for name, deployment in deployments.items():
        pod = deployment["spec"]["template"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        (container,) = pod["spec"]["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": config}}, {"secretRef": {"name": "resq"}}]
        assert container["image"] == "registry.example.org/resq:0.1.0"
        assert pod["spec"]["serviceAccountName"] in of_kind("ServiceAccount")
        assert (name in of_kind("PodDisruptionBudget")) == (name != "resq-beat")
    scaled = [
        one["spec"]["scaleTargetRef"]["name"]
        for kind in ("HorizontalPodAutoscaler", "ScaledObject")
        for one in of_kind(kind).values()
    ]
    assert sorted(scaled) == ["resq-api", "resq-worker", "resq-worker-critical"]
    assert all("replicas" not in deployments[name]["spec"] for name in scaled), "who scales says how many"
    assert of_kind("Service")["resq-api"]["spec"]["selector"] == {"app.kubernetes.io/name": "resq-api"}
    selected = {
        label
        for policy in of_kind("NetworkPolicy").values()
        for label in (
            policy["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/name"),
            *(value for one in policy["spec"]["podSelector"].get("matchExpressions", ()) for value in one["values"]),
        )
        if label
    }
    assert selected == deployments.keys(), "nobody is left open"


def test_pods_may_do_nothing_that_they_need_not() -> None:
    for deployment in of_kind("Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert {one["mountPath"] for one in container["volumeMounts"]} == {"/var/lib/resq", "/tmp"}  # noqa: S108
    for name, service in compose()["services"].items():
        if "profiles" not in service:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name


def test_no_secret_stands_in_a_file() -> None:
    assert of_kind("Secret") == {}
    secret = {
        str(field.validation_alias) for field in Settings.model_fields.values() if "Secret" in str(field.annotation)
    }
    for values in (config_map(), env_file("production.env.example"), env_file("emulators.env")):
        assert not {name for name, value in values.items() if name in secret and value}


@pytest.mark.parametrize("dockerfile", ["deploy/Dockerfile", "deploy/emulators/Dockerfile"])
def test_an_image_is_made_of_what_is_there_and_let_through(dockerfile: str) -> None:
    text = (ROOT / dockerfile).read_text(encoding="utf-8")
    ignored = (ROOT / f"{dockerfile}.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    }

    assert copied == {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert all((ROOT / source).exists() for source in copied)
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)


def test_both_lists_of_what_an_image_is_not_made_of_are_the_same() -> None:
    def rules(path: Path) -> list[str]:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert rules(ROOT / ".dockerignore") == rules(DEPLOY / "Dockerfile.dockerignore")


class Nginx:
    """The numbers of nginx's files."""

    def __init__(self) -> None:
        text = (DEPLOY / "nginx" / "resq.conf.template").read_text(encoding="utf-8")
        self.common = dict(re.findall(r"^(\w+) (.+?);", text, re.MULTILINE))
        self.upstream = dict(re.findall(r"^    (\w+) (.+?);", text, re.MULTILINE))
        self.locations = (DEPLOY / "nginx" / "resq.locations").read_text(encoding="utf-8")

    def seconds(self, name: str) -> float:
        return float(self.common[name].removesuffix("s"))


def test_compose_lays_every_file_of_nginx_where_it_is_read() -> None:
    volumes = [one.rsplit(":", 2) for one in compose()["services"]["nginx"]["volumes"]]
    laid = {Path(inside).name: Path(inside) for _, inside, _ in volumes if inside.startswith("/etc/nginx/")}
    both = {"server.conf.template", "plain.conf.template"}

    assert laid.keys() - {"tls"} | both == {one.name for one in (DEPLOY / "nginx").iterdir()}
    assert laid["resq.conf.template"].parent == laid["server.conf.template"].parent == Path("/etc/nginx/templates")
    assert laid["resq.locations"].parent == laid["nginx.conf"].parent == Path("/etc/nginx")
    assert env_file("emulators.env")["RESQ_NGINX_SERVER"] in both


def test_nginx_and_the_app_have_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    said, app = Nginx(), started_with(monkeypatch, {})
    count, each = said.common["large_client_header_buffers"].split()
    media = re.search(r"location = /media \{\s+client_max_body_size (\d+)m;", said.locations)

    assert said.common["client_max_body_size"] == "1m"
    assert app.max_body_bytes == 2**20
    assert media is not None
    assert int(media[1]) * 2**20 >= app.media_max_bytes + 65_536 > (int(media[1]) - 1) * 2**20
    assert int(count) * int(each.removesuffix("k")) * 1024 == app.head_bytes
    assert said.seconds("client_header_timeout") == app.head_seconds
    assert said.seconds("client_body_timeout") == app.body_seconds
    assert said.seconds("send_timeout") == READ_SECONDS
    assert said.seconds("proxy_read_timeout") > app.request_seconds, "the app is the one to say that it took too long"
    assert float(said.upstream["keepalive_timeout"].removesuffix("s")) < app.keep_alive_seconds, "nginx closes first"


def test_the_stack_on_one_machine_is_put_together_as_in_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    layout = Layout(folder=tmp_path, ports=dict.fromkeys(("firestore", "auth", "redis", "api-1", "api-2"), 1))
    of_stack = {*layout.api_names, *layout.worker_names, "beat"}

    settings = started_with(monkeypatch, layout.environment)

    assert layout.environment.keys() <= of_settings() | OF_OTHERS.keys()
    assert {name.replace("worker-1", "worker") for name in of_stack} <= compose()["services"].keys()
    assert (settings.store, settings.identity, settings.queue) == ("firestore", "firebase", "celery")
    assert settings.public_url == layout.url

"""The files of deploy/: what their schemas say, and what the service relies on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from jsonschema import Draft202012Validator, validators

from cdshooks.settings import Settings, read_settings
from cdshooks.telemetry import METRICS, READY

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.34"


def documents(path: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML file."""
    return [each for each in yaml.safe_load_all((DEPLOY / path).read_text(encoding="utf-8")) if each]


MANIFESTS = documents("kubernetes/ros1-cds.yaml") + documents("kubernetes/secret.example.yaml")
BY_KIND = {each["kind"]: each for each in MANIFESTS}
COMPOSE = documents("compose/compose.yaml")[0]
POD = BY_KIND["Deployment"]["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: each["kind"])
def test_a_manifest_is_what_kubernetes_takes(manifest: dict[str, Any]) -> None:
    """Each fits the schema of its kind, with no member that Kubernetes does not know."""
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_compose_file_is_what_the_specification_takes() -> None:
    """It fits the Compose Specification (schema of 2026-06-23, Apache-2.0)."""
    schema = json.loads((Path(__file__).parent / "compose-spec.schema.json").read_text(encoding="utf-8"))
    validator = validators.validator_for(schema, default=Draft202012Validator)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_the_kinds_are_all_there() -> None:
    """Nothing that the guide speaks of is missing."""
    expected = {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"}
    assert expected <= BY_KIND.keys()


def test_every_selector_finds_the_pods() -> None:
    """Service, budget, policy and spread select the labels that the pods have."""
    labels = BY_KIND["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert BY_KIND["Service"]["spec"]["selector"] == labels
    assert BY_KIND["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert BY_KIND["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert POD["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == labels
    assert BY_KIND["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "ros1-cds"


def test_a_pod_may_do_as_little_as_possible() -> None:
    """It is not root, writes nowhere but to /tmp, and has no token of the cluster."""
    assert POD["automountServiceAccountToken"] is False
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [each["mountPath"] for each in CONTAINER["volumeMounts"]] == ["/tmp"]  # noqa: S108 - of the container
    assert CONTAINER["resources"]["requests"].keys() == {"cpu", "memory"}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    user = POD["securityContext"]["runAsUser"]
    assert f"USER {user}:{user}" in dockerfile
    assert f"ROS1_CDS_PORT={CONTAINER['ports'][0]['containerPort']}" in dockerfile


def test_probes_ask_the_paths_that_are_for_them() -> None:
    """Readiness asks for the store, too; a restart, which would not help against that, does not."""
    paths = {name: CONTAINER[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {"startupProbe": "/healthz", "readinessProbe": READY, "livenessProbe": "/healthz"}


def test_the_pod_has_time_to_stop() -> None:
    """Waiting, and what a worker has to end (serving.py), fit into what Kubernetes and Compose grant."""
    waits = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] >= waits + 10 + 5
    assert int(COMPOSE["services"]["ros1-cds"]["stop_grace_period"].removesuffix("s")) >= 10 + 5


def _settings(name: str) -> dict[str, str]:
    if name == "kubernetes":
        secret = BY_KIND["Secret"]["stringData"]
        named = {each["name"]: secret[each["valueFrom"]["secretKeyRef"]["key"]] for each in CONTAINER["env"]}
        plain: dict[str, str] = BY_KIND["ConfigMap"]["data"]
        return plain | named
    lines = (DEPLOY / "compose/settings.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", ["compose", "kubernetes"])
def test_the_settings_start_production(name: str) -> None:
    """What the examples set is known, readable and allowed in production."""
    settings, faults, _ = read_settings(_settings(name))
    assert (faults, settings.sandbox) == ((), False)


def test_what_is_for_the_inside_stays_inside() -> None:
    """The proxy passes neither metrics nor readiness on, takes bodies as large as the service does, names requests."""
    proxy = (DEPLOY / "compose/nginx.conf").read_text(encoding="utf-8")
    for path in (METRICS, READY):
        assert f"location = {path} {{ return 404; }}" in proxy
    assert f"client_max_body_size {Settings().max_body_bytes // 1024**2}m;" in proxy
    assert "proxy_set_header X-Request-ID $request_id;" in proxy
    assert [name for name, each in COMPOSE["services"].items() if "ports" in each] == ["proxy"]
    assert COMPOSE["networks"]["back"]["internal"] is True

"""What an apply makes, in a project with the longest id: names, identities, settings; nothing is open."""

import hashlib
import json
import re

import pytest

from infra import settings
from infra.gcp.job import build
from infra.ports import JobSpec
from schemas.names import DEAD_LETTERS

pytestmark = pytest.mark.terraform

# Names that are the machine's own business: where a laptop's files lie, where a container's bases are (its
# Dockerfile says), and a key that is given as a secret. Nor has a project stand-ins.
NOT_OF_A_PROJECT = {"JINKO_HOME", "JINKO_MODELS", "JINKO_GRADER_KEY"}
LIMITS = {
    "google_storage_bucket": ("name", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "google_service_account": ("account_id", r"[a-z][a-z0-9-]{4,28}[a-z0-9]"),
    "google_pubsub_topic": ("name", r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}"),
    "google_pubsub_subscription": ("name", r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}"),
    "google_pubsub_schema": ("name", r"(?!goog)[A-Za-z][A-Za-z0-9_.~+%-]{2,254}"),
    "google_cloudfunctions2_function": ("name", r"[a-z][a-z0-9-]{0,47}[a-z0-9]"),
    "google_cloud_scheduler_job": ("name", r"[A-Za-z0-9_-]{1,500}"),
    "google_compute_network": ("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_compute_subnetwork": ("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_compute_router": ("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_compute_router_nat": ("name", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_artifact_registry_repository": ("repository_id", r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_firestore_database": ("name", r"[a-z][a-z0-9-]{2,61}[a-z0-9]"),
    "google_secret_manager_secret": ("secret_id", r"[A-Za-z0-9_-]{1,255}"),
    "google_logging_metric": ("name", r"[\w.,+!*',()%/-]{1,100}"),
    "google_storage_bucket_object": ("name", r"[^\r\n]{1,1024}"),
    "google_monitoring_alert_policy": ("display_name", r".{1,512}"),
    "google_monitoring_notification_channel": ("display_name", r".{1,512}"),
    "google_billing_budget": ("display_name", r".{1,60}"),
}
UNNAMED = (
    "google_project_service",
    "google_storage_notification",
    "google_firestore_field",
    "google_monitoring_dashboard",
)


def of(made, kind):
    """All resources of a type: {address: values}."""
    return {address: it for address, it in made.items() if re.match(rf"{kind}\.", address)}


def functions(made):
    return {
        it["build_config"][0]["entry_point"]: it
        for it in of(made, "google_cloudfunctions2_function").values()
    }


def asked():
    """The names that settings are read from, found out by watching."""

    class Watched(dict):
        def get(self, name, default=None):
            seen.add(name)
            return super().get(name, default)

        def __getitem__(self, name):
            seen.add(name)
            return super().__getitem__(name)

    seen = set()
    settings.read(Watched(JINKO_GROUND="gcp", JINKO_PROJECT="p"))
    return {name for name in seen if not name.endswith("_EMULATOR_HOST")}


def test_every_name_is_within_its_limits(made):
    for address, it in made.items():
        kind = address.split(".")[0]
        if kind in ("data", "output") or kind.endswith("_iam_member") or kind in UNNAMED:
            continue
        field, limit = LIMITS[kind]
        assert re.fullmatch(limit, it[field]), f"{address}: {it[field]}"


def test_what_a_function_reads_from_its_environment_is_set_and_nothing_else(made):
    wanted = asked() - NOT_OF_A_PROJECT | set(settings.QUIET)
    for name, it in functions(made).items():
        given = it["service_config"][0]["environment_variables"]
        assert set(given) == wanted, name


def test_the_settings_that_a_function_reads_are_those_that_were_given(made):
    given = functions(made)["on_upload"]["service_config"][0]["environment_variables"]
    read = settings.read(given)
    accounts = {
        name: made[f"google_service_account.{name}"]["email"] for name in ("trainer", "worker", "publisher")
    }
    assert read.max_active_runs == 3
    assert read.grader_hosts == ("judge.example.com",)
    assert read.google == settings.GoogleSettings(
        project="a-project-of-thirty-characters",
        region="us-central1",
        inbox="a-project-of-thirty-characters-jinko-inbox",
        outbox="a-project-of-thirty-characters-jinko-outbox",
        database="jinko",
        gpu_image="us-central1-docker.pkg.dev/p/jinko/gpu@sha256:" + "0" * 64,
        cpu_image="us-central1-docker.pkg.dev/p/jinko/cpu@sha256:" + "1" * 64,
        job_account=accounts["trainer"],
        worker_account=accounts["worker"],
        publisher_account=accounts["publisher"],
        network="jinko",
        subnetwork="jinko",
        hf_secret="projects/a-project-of-thirty-characters/secrets/jinko-hf-read/versions/1",
        hf_write_secret="projects/a-project-of-thirty-characters/secrets/jinko-hf-write/versions/2",
        wandb_secret="projects/a-project-of-thirty-characters/secrets/jinko-wandb/versions/latest",
        grader_secret="projects/a-project-of-thirty-characters/secrets/jinko-grader/versions/4",
        grader_hosts="judge.example.com",
        publish_namespaces="my-team",
        max_function_bytes=100_000_000,
    )


@pytest.mark.parametrize("role", ["trainer", "worker", "publisher"])
def test_what_a_container_reads_from_its_environment_is_set_and_nothing_else(made, role):
    given = functions(made)["on_job_done"]["service_config"][0]["environment_variables"]
    read = settings.read(
        {**given, "JINKO_JOB_ACCOUNT": "t@p", "JINKO_WORKER_ACCOUNT": "w@p", "JINKO_PUBLISHER_ACCOUNT": "b@p"}
    )
    job = build(JobSpec("r-0123456789abcdef-train-1", (), role=role), read.google, "projects/p/topics/t")
    environment = job.task_groups[0].task_spec.environment
    told = {name: value for name, value in environment.variables.items() if name.startswith("JINKO_")}
    of_functions = {"JINKO_MAX_ACTIVE_RUNS"}
    assert set(told) == asked() - NOT_OF_A_PROJECT - of_functions
    assert set(environment.secret_variables) <= {"HF_TOKEN", "WANDB_API_KEY", "JINKO_GRADER_KEY"}


def test_no_bucket_is_public_and_nothing_is_for_everybody(made):
    for address, bucket in of(made, "google_storage_bucket").items():
        assert bucket["public_access_prevention"] == "enforced", address
        assert bucket["uniform_bucket_level_access"] is True, address
    grants = of(made, r"google_\w+_iam_(member|binding|policy)")
    assert len(grants) > 50
    assert "allUsers" not in json.dumps(grants)
    assert "allAuthenticatedUsers" not in json.dumps(grants)
    assert not {it["role"] for it in grants.values()} & {"roles/owner", "roles/editor", "roles/viewer"}


def test_every_function_has_its_own_identity_and_is_reached_from_within_alone(made):
    served = [it["service_config"][0] for it in functions(made).values()]
    assert len({it["service_account_email"] for it in served}) == len(served) == 3
    assert {it["ingress_settings"] for it in served} == {"ALLOW_INTERNAL_ONLY"}


def test_every_subscription_lives_for_ever_and_every_push_has_a_dead_letter(made):
    subscriptions = of(made, "google_pubsub_subscription")
    dead = made["google_pubsub_topic.dead_letters"]["id"]
    for address, it in subscriptions.items():
        assert it["expiration_policy"] == [{"ttl": ""}], address
        if it["name"] != DEAD_LETTERS:
            assert it["dead_letter_policy"][0]["dead_letter_topic"] == dead, address
            assert it["push_config"][0]["oidc_token"], address
    assert made["google_pubsub_subscription.dead_letters"]["message_retention_duration"] == "604800s"


def test_the_archives_are_those_that_staging_makes(made, staged):
    for name in functions(made):
        digest = hashlib.sha256((staged / f"{name}.zip").read_bytes()).hexdigest()
        assert digest in made[f'google_storage_bucket_object.archives["{name}"]']["name"]


def test_no_secret_has_a_version_and_the_state_holds_none(made):
    assert not of(made, "google_secret_manager_secret_version")
    assert not [address for address in made if re.match(r"\w+_key\b|google_service_account_key", address)]


def test_every_role_on_a_subscription_is_of_one_that_sets_messages_aside(made):
    pushed = {
        it["name"] for it in of(made, "google_pubsub_subscription").values() if it["dead_letter_policy"]
    }
    assert {it["subscription"] for it in of(made, "google_pubsub_subscription_iam_member").values()} == pushed


def test_the_dashboard_and_what_to_type_next_name_this_project(made):
    board = json.loads(made["google_monitoring_dashboard.jinko"]["dashboard_json"])
    assert "a-project-of-thirty-characters" in json.dumps(board)
    assert "$${" not in json.dumps(board)
    for name in ("drop", "read", "logs", "image", "dashboard"):
        assert "a-project-of-thirty-characters" in made[f"output.{name}"], name
    assert set(made["output.secrets"]) == {"hf_read", "hf_write", "wandb", "grader"}

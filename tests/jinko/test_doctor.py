"""`jinko doctor` on a project that is answered for by a server on the loopback."""

import shlex

from infra.gcp.doctor import APIS
from tests.cloud.google_rest import Refused, fresh
from tests.house.tree import ROOT

P = "my-project"
BUCKETS = "storage.googleapis.com/storage/v1/b"
COMPUTE = f"compute.googleapis.com/compute/v1/projects/{P}"


def test_where_everything_is_there_nothing_is_missing(looked, google):
    found, code = looked()

    assert code == 0
    assert [one for one in found.values() if one["standing"] in ("missing", "unknown")] == []
    assert found["quota: NVIDIA L4"]["found"] == "1 may be borrowed at once, 0 are"
    assert found["the newest file"]["found"].startswith("support.csv, of 2026-11-25 09:30, has its page")
    assert found["secret jinko-hf-read"]["standing"] == "good"
    assert found["secret jinko-wandb"]["standing"] == "note"


def test_before_the_first_deployment_it_says_what_is_wanted_and_how_to_deploy(looked, google):
    google.answers = fresh(P)
    found, code = looked()

    assert code == 1
    assert [what for what, one in found.items() if one["standing"] == "missing"] == ["inbox"]
    assert found["inbox"]["line"] == "make deploy PROJECT=my-project"
    assert "outbox" not in found


def test_a_new_project_is_told_every_line_to_type(looked, google):
    services = f"serviceusage.googleapis.com/v1/projects/{P}/services"
    google.answers = {
        services: [{"services": [{"config": {"name": "storage.googleapis.com"}}]}],
        f"cloudbilling.googleapis.com/v1/projects/{P}/billingInfo": {"billingEnabled": False},
        COMPUTE: Refused(403, "Compute Engine API has not been used in project 1", "SERVICE_DISABLED"),
        f"{COMPUTE}/regions/us-central1": Refused(403, "Compute Engine API …", "SERVICE_DISABLED"),
    }
    found, code = looked()

    assert code == 1
    assert found["billing"]["line"] == "gcloud billing projects link my-project --billing-account=ACCOUNT"
    assert found["APIs"]["line"].startswith("gcloud services enable artifactregistry.googleapis.com ")
    assert f"{len(APIS) - 1} of {len(APIS)}" in found["APIs"]["found"]
    assert found["quota: NVIDIA L4"]["standing"] == "unknown"
    assert found["quota: NVIDIA L4"]["line"] == (
        "gcloud services enable compute.googleapis.com --project=my-project"
    )


def test_a_quota_that_is_too_small_is_missing_with_the_request_to_type(looked, google):
    google.answers[COMPUTE] = {"quotas": [{"metric": "GPUS_ALL_REGIONS", "limit": 0.0, "usage": 0.0}]}
    region = google.answers[f"{COMPUTE}/regions/us-central1"]
    region["quotas"][0]["limit"] = 0.0
    found, code = looked()
    line = shlex.split(found["quota: NVIDIA L4"]["line"])

    assert code == 1
    assert line[:5] == ["gcloud", "beta", "quotas", "preferences", "create"]
    assert "--quota-id=NVIDIA-L4-GPUS-per-project-region" in line
    assert "--dimensions=region=us-central1" in line
    assert "--preferred-value=1" in line
    assert found["quota: GPUs in all regions"]["standing"] == "missing"
    assert found["quota: NVIDIA L4, Spot"]["standing"] == "note"


def test_another_machine_is_asked_for_by_its_name_and_one_that_is_not_known_is_refused(looked, google, jinko):
    found, _ = looked("--machine", "a3-highgpu-1g")
    code, _, said = jinko("doctor", "--machine", "g2-standard-9")

    assert found["a3-highgpu-1g in us-central1"]["standing"] == "missing"
    assert "quota: NVIDIA H100 80 GB" not in found  # lent as Spot alone
    assert found["quota: NVIDIA H100 80 GB, Spot"]["standing"] == "unknown"
    assert code == 2
    assert "There is no machine 'g2-standard-9'" in said


def test_what_may_not_be_seen_is_no_fault_of_the_project(looked, google):
    google.answers[f"{BUCKETS}/{P}-jinko-outbox"] = Refused(403, "you@example.com does not have access.")
    found, code = looked()

    assert code == 0
    assert found["outbox"]["standing"] == "unknown"
    assert "You may not look at it: you@example.com does not have access." in found["outbox"]["found"]
    assert "roles/viewer" in found["outbox"]["line"]


def test_a_project_that_is_not_there_ends_the_examination(looked, google):
    services = f"serviceusage.googleapis.com/v1/projects/{P}/services"
    google.answers = {services: Refused(403, "Project 'my-project' not found or permission denied.")}
    found, code = looked()

    assert list(found) == [f"project {P}"]
    assert "not found or permission denied" in found[f"project {P}"]["found"]
    assert code == 1


def test_a_region_that_there_is_not_and_a_google_that_does_not_answer_are_told(looked, google, monkeypatch):
    monkeypatch.setenv("JINKO_REGION", "us-central9")
    elsewhere, _ = looked()
    monkeypatch.setenv("JINKO_REST_EMULATOR_HOST", "127.0.0.1:9")
    silent, code = looked()

    assert "There is no region us-central9" in elsewhere["g2-standard-8 in us-central9"]["found"]
    assert elsewhere["quota: NVIDIA L4"]["line"] == "gcloud compute regions list --project=my-project"
    assert "It did not answer" in silent[f"project {P}"]["found"]
    assert code == 1


def test_the_words_fit_a_screen_and_lines_to_type_are_not_broken(google, jinko, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    google.answers[COMPUTE] = {"quotas": [{"metric": "GPUS_ALL_REGIONS", "limit": 0.0, "usage": 0.0}]}
    code, out, _ = jinko("doctor")

    assert code == 1
    assert [line for line in out.splitlines() if len(line) > 80 and "→" not in line] == []
    assert "--quota-id=GPUS-ALL-REGIONS-per-project --preferred-value=1 --email=YOUR-ADDRESS\n" in out
    assert "One thing is missing. Type what stands behind the arrows" in " ".join(out.split())


def test_only_questions_are_asked(looked, google):
    looked()
    assert len(google.asked) > 25  # and the server answers nothing but GET


def test_the_apis_that_are_looked_for_are_those_that_terraform_switches_on():
    text = (ROOT / "infra" / "terraform" / "project.tf").read_text()
    assert [api for api in APIS if f'"{api}.googleapis.com",' not in text] == []
    assert text.count('.googleapis.com",') == len(APIS)

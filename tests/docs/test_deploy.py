"""Every command that a guide tells to type, or `jinko doctor` names, is one that its tool knows."""

import re
import subprocess

import pytest

from infra.gcp.doctor import examine
from infra.settings import GoogleSettings
from tests.cloud.google_rest import GoogleRest, Refused, deployed, fresh
from tests.docs.commands import commands, faults, needs, scripts
from tests.house.tree import files, read

DEPLOY = "docs/deploy.md"
PAGES = [name for name in files() if name == "README.md" or re.fullmatch(r"docs/[\w-]+\.md", name)]
BLOCKS = [(page, script) for page in PAGES for script in scripts(read(page))]


@pytest.mark.parametrize(
    ("page", "script"), BLOCKS, ids=[f"{page}-{n}" for n, (page, _) in enumerate(BLOCKS)]
)
def test_every_command_of_a_guide_parses(page, script):
    """On other pages there are also others' programs (ollama, curl), which nobody checks."""
    found = faults(script)
    assert [one for one in found if page == DEPLOY or "nobody checks this" not in one] == []


@pytest.mark.parametrize(
    ("page", "script"), BLOCKS, ids=[f"{page}-{n}" for n, (page, _) in enumerate(BLOCKS)]
)
def test_every_block_of_a_guide_is_a_shell_script(page, script):
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert done.stderr == ""


def test_the_first_deployment_is_told_in_the_order_in_which_it_works():
    typed = [words[:2] for script in scripts(read(DEPLOY)) for words in commands(script)]
    order = [
        ["gcloud", "auth"],
        ["make", "stage"],
        ["make", "deploy"],
        ["make", "image"],
        ["make", "destroy"],
    ]
    assert sorted(order, key=typed.index) == order


def lines_of_the_doctor():
    """What it says where nothing is as it should be."""
    answers = deployed("my-project")
    broken = {path: {} for path in answers if "/subscriptions/" in path or "/functions/" in path}
    quotas = {"quotas": [{"metric": "GPUS_ALL_REGIONS", "limit": 0}]}
    zero = [{"metric": name, "limit": 0} for name in ("NVIDIA_L4_GPUS", "PREEMPTIBLE_NVIDIA_L4_GPUS")]
    compute = "compute.googleapis.com/compute/v1/projects/my-project"
    services = "serviceusage.googleapis.com/v1/projects/my-project/services"
    buckets = "storage.googleapis.com/storage/v1/b/my-project-jinko"
    worlds = [
        {},
        {services: Refused(403, "Permission denied.")},
        {services: [{"services": []}]},
        {services: [{"services": []}], compute: Refused(403, "…", "SERVICE_DISABLED")},
        fresh("my-project")
        | {compute: quotas, f"{compute}/regions/us-central1": {"quotas": zero, "zones": []}},
        answers,
        answers | broken | {f"{buckets}-inbox/notificationConfigs": {}, f"{buckets}-outbox": {}},
        answers | {f"{buckets}-inbox/o": {}},
        {path: it for path, it in answers.items() if "status%2F" not in path},
    ]
    found = set()
    for world in worlds:
        with GoogleRest(world) as google:
            settings = GoogleSettings(
                project="my-project",
                inbox="my-project-jinko-inbox",
                outbox="my-project-jinko-outbox",
                rest_emulator_host=google.host,
            )
            found |= {one.line for one in examine(settings) if one.line}
    return sorted(line for line in found if not line.startswith("https://"))


def test_every_line_that_the_doctor_names_parses():
    lines = lines_of_the_doctor()
    assert len(lines) > 15
    assert [fault for line in lines for fault in faults(line)] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("gcloud storage copy a.csv gs://b/", "there is no command 'copy'"),
        ("gcloud storage cp a.csv gs://b/ --metadata=x=y", "there is no --metadata"),
        ("gcloud secrets versions add x --data-file", "--data-file wants a value"),
        ("gcloud storage", "a group of commands"),
        ("terraform -chdir=infra/terraform aply", "there is no command 'aply'"),
        ("terraform -chdir=infra/terraform apply -var projct=x", "no variable 'projct'"),
        ("terraform -chdir=infra/terraform plan -outfile=x", "there is no -outfile"),
        ("terraform apply", "say where"),
        ("make deplooy PROJECT=x", "No rule to make target"),
        ("jinko doctor --machines x", "No such option: --machines"),
        ("jinko dopr a.csv", "there is no verb 'dopr'"),
        ("curl http://example.com", "nobody checks this"),
    ],
)
def test_this_check_sees_what_is_wrong(wrong, words):
    (found,) = faults(wrong)
    assert words in found


def test_a_tool_that_is_not_here_is_told_and_in_ci_it_is_a_failure(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="gcloud is not here"):
        needs("gcloud")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="gcloud is not here"):
        needs("gcloud")

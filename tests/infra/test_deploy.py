"""Deploying, building the container, taking everything out again: which commands run, in which order.

terraform and gcloud are stand-ins that note how they were called. What terraform makes of the module is
tested in tests/terraform.
"""

import json
import os
import subprocess
import sys

import pytest

from infra import deploy

PROJECT = "my-project"
GPU, CPU = "sha256:" + "a" * 64, "sha256:" + "b" * 64
BUILT = {
    "results": {
        "images": [
            {"name": f"us-central1-docker.pkg.dev/{PROJECT}/jinko/cpu:b-1", "digest": CPU},
            {"name": f"us-central1-docker.pkg.dev/{PROJECT}/jinko/gpu:b-1", "digest": GPU},
        ]
    }
}
PROGRAM = """#!{python}
import json, os, pathlib, sys
here = pathlib.Path({here!r})
name, asked = pathlib.Path(sys.argv[0]).name, [it for it in sys.argv[1:] if not it.startswith("-chdir=")]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([name, *asked]) + "\\n")
line = " ".join([name, *asked])
answers = json.loads((here / "answers").read_text())
for begins, (code, text) in answers.items():
    if line.startswith(begins):
        print(text)
        sys.exit(code)
"""


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """The two programs; `answers` are {how a call begins: (exit code, what it prints)}. Gives the calls."""
    for name in ("terraform", "gcloud"):
        (tmp_path / name).write_text(PROGRAM.format(python=sys.executable, here=str(tmp_path)))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(deploy, "DIGESTS", deploy.ROOT / "build" / f"{tmp_path.name}.tfvars")

    def run(*arguments, **answers):
        (tmp_path / "calls").write_text("")
        (tmp_path / "answers").write_text(json.dumps({k.replace("_", " "): v for k, v in answers.items()}))
        code = deploy.main(arguments)
        return code, [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]

    yield run
    deploy.DIGESTS.unlink(missing_ok=True)


def changes(calls):
    """Those of terraform, by their first words, without looking."""
    words = [
        " ".join(call[1:3]) if call[1] == "state" else call[1] for call in calls if call[0] == "terraform"
    ]
    return [word for word in words if word != "state list"]


MADE = "\n".join(
    [
        "google_storage_bucket.inbox",
        "google_storage_bucket.outbox",
        "google_storage_bucket.source",
        "google_firestore_database.jinko",
        'google_firestore_field.record["runs"]',
        "google_pubsub_topic.drops",
    ]
)


def test_a_first_deploy_initializes_and_applies(cloud):
    code, calls = cloud("apply", PROJECT, terraform_state_list=(1, ""), gcloud=(1, ""))
    assert code == 0
    assert changes(calls) == ["init", "apply"]
    assert calls[-1] == ["terraform", "apply", "-var=project=my-project"]


def test_what_a_destroy_kept_is_taken_up_again(cloud):
    code, calls = cloud("apply", PROJECT, "europe-west4", terraform_state_list=(1, ""))
    assert code == 0
    assert changes(calls) == ["init", "import", "import", "import", "apply"]
    given = ["-var=project=my-project", "-var=region=europe-west4"]
    database = "projects/my-project/databases/jinko"
    assert [call[1:] for call in calls if call[1] == "import"] == [
        ["import", *given, "google_storage_bucket.inbox", "my-project-jinko-inbox"],
        ["import", *given, "google_storage_bucket.outbox", "my-project-jinko-outbox"],
        ["import", *given, "google_firestore_database.jinko", database],
    ]


def test_what_terraform_knows_is_not_looked_for(cloud):
    _, calls = cloud("apply", PROJECT, terraform_state_list=(0, MADE))
    assert {call[0] for call in calls} == {"terraform"}


def test_a_destroy_keeps_peoples_files(cloud, capsys):
    code, calls = cloud("destroy", PROJECT, terraform_state_list=(0, MADE))
    assert code == 0
    assert changes(calls) == ["init", "state rm", "destroy"]
    (forgotten,) = (call[3:] for call in calls if call[1:3] == ["state", "rm"])
    assert set(forgotten) == {
        "google_storage_bucket.inbox",
        "google_storage_bucket.outbox",
        "google_firestore_database.jinko",
        'google_firestore_field.record["runs"]',
    }
    assert calls[-1] == ["terraform", "destroy", "-var=project=my-project"]
    assert "my-project-jinko-outbox" in capsys.readouterr().out.splitlines()[-1]


def test_a_second_destroy_has_nothing_to_keep(cloud):
    code, calls = cloud("destroy", PROJECT, terraform_state_list=(0, "google_pubsub_topic.drops"))
    assert (code, changes(calls)) == (0, ["init", "destroy"])


def test_files_go_only_when_it_is_said(cloud):
    code, calls = cloud("destroy", PROJECT, "--files", "delete", terraform_state_list=(0, MADE))
    assert code == 0
    assert changes(calls) == ["init", "apply", "destroy"]
    allowed, gone = calls[-2][1:], calls[-1][1:]
    assert "-var=delete_files=true" in allowed
    assert "-target=google_storage_bucket.inbox" in allowed
    assert "-target=google_storage_bucket.source" not in allowed
    assert gone == ["destroy", "-var=project=my-project", "-var=delete_files=true"]


def test_when_something_fails_nothing_follows(cloud, capsys):
    failed = {"terraform state rm": (1, "")}
    code, calls = cloud("destroy", PROJECT, terraform_state_list=(0, MADE), **failed)
    assert code == 2
    assert changes(calls) == ["init", "state rm"]
    assert "Mend that and type it again" in capsys.readouterr().err


def test_the_digests_of_a_build_are_what_the_next_deploy_reads(cloud, capsys):
    answers = {"gcloud builds submit": (0, "b-1"), "gcloud builds describe": (0, json.dumps(BUILT))}
    code, calls = cloud("image", PROJECT, "--torch-index", "CPU-INDEX", **answers)
    assert code == 0
    submit = calls[0]
    assert "--substitutions=_REGION=us-central1,_TORCH_INDEX=CPU-INDEX" in submit
    account = "projects/my-project/serviceAccounts/jinko-build@my-project.iam.gserviceaccount.com"
    assert f"--service-account={account}" in submit
    written = deploy.DIGESTS.read_text()
    assert f'gpu_image = "us-central1-docker.pkg.dev/my-project/jinko/gpu@{GPU}"\n' in written
    assert f'cpu_image = "us-central1-docker.pkg.dev/my-project/jinko/cpu@{CPU}"\n' in written
    assert "make deploy PROJECT=my-project" in capsys.readouterr().out


def test_a_missing_program_is_said_with_where_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert deploy.main(["apply", PROJECT]) == 2
    assert "gcloud: It is not on this machine. Install it: https" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["deploy", "image", "destroy"])
def test_a_verb_without_a_project_says_what_to_type(verb):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    asked = subprocess.run(["make", verb], cwd=deploy.ROOT, env=environment, capture_output=True, text=True)
    assert asked.returncode != 0
    assert f"make {verb} PROJECT=my-project" in asked.stderr

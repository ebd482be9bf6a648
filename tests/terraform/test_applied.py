"""Deployed, deployed again, destroyed and taken up again, by the commands that a person types.

terraform is the real one; what it makes is made up by the stand-in, which writes down what was asked of it.
gcloud is a line of shell.
"""

import os
import subprocess

import pytest

from infra import deploy
from tests.house.tree import ROOT

pytestmark = pytest.mark.terraform

FILES = {
    ("google_storage_bucket", "my-project-jinko-inbox"),
    ("google_storage_bucket", "my-project-jinko-outbox"),
}
DATABASE = ("google_firestore_database", "jinko")


@pytest.fixture
def project(module, staged, tmp_path, monkeypatch):
    """A project, empty: `project("apply")` deploys and gives what was done by it, in order."""
    copied = module.copied(f"project-{tmp_path.name}")
    (tmp_path / "gcloud").write_text(f"#!/bin/sh\ntest -e {tmp_path}/deployed-before\n")
    (tmp_path / "gcloud").chmod(0o755)
    for name, value in copied.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TF_VAR_staged", str(staged))
    for command in ("apply", "destroy"):  # where a person would type yes
        monkeypatch.setenv(f"TF_CLI_ARGS_{command}", "-auto-approve -no-color")
    monkeypatch.setattr(deploy, "MODULE", copied.folder)

    def run(what, *options):
        copied.done.clear()
        assert deploy.main([what, "my-project", *options]) == 0
        (tmp_path / "deployed-before").touch()
        return list(copied.done)

    return run


def which(done, verb):
    return {(kind, name) for did, kind, name in done if did == verb}


def at(done, kind, name=None):
    """Where in the order the last of a type was made (or the one of that name)."""
    return max(n for n, (_, of, called) in enumerate(done) if of == kind and name in (None, called))


def test_a_first_deploy_needs_no_state_and_makes_things_in_an_order_that_google_can_follow(project):
    done = project("apply")
    assert {verb for verb, *_ in done} == {"created"}
    assert len(done) > 120
    apis = at(done, "google_project_service")
    assert apis == 15, "nothing is made before every API is on"
    first_function = min(
        n for n, (_, kind, _) in enumerate(done) if kind == "google_cloudfunctions2_function"
    )
    assert at(done, "google_artifact_registry_repository") < first_function
    assert at(done, "google_storage_bucket_object") < first_function
    assert at(done, "google_cloudfunctions2_function") < at(done, "google_pubsub_subscription", "jinko-drops")
    assert at(done, "google_pubsub_topic", "jinko-drops") < at(done, "google_storage_notification")


def test_a_second_deploy_changes_nothing_and_new_code_its_function_alone(
    project, staged, tmp_path, monkeypatch
):
    project("apply")
    assert project("apply") == []
    changed = tmp_path / "changed"
    changed.mkdir()
    for archive in staged.glob("*.zip"):
        (changed / archive.name).write_bytes(archive.read_bytes())
    with (changed / "on_upload.zip").open("ab") as archive:
        archive.write(b"more")
    monkeypatch.setenv("TF_VAR_staged", str(changed))
    done = project("apply")
    functions = [it for it in done if it[1] == "google_cloudfunctions2_function"]
    assert functions == [("updated", "google_cloudfunctions2_function", "jinko-on-upload")]
    assert {kind for _, kind, _ in done} == {
        "google_cloudfunctions2_function",
        "google_storage_bucket_object",
    }


def test_a_destroy_keeps_peoples_files_and_the_next_deploy_takes_them_up_again(project):
    made = which(project("apply"), "created")
    gone = which(project("destroy"), "deleted")
    kept = made - gone
    assert kept == FILES | {DATABASE} | {it for it in made if it[0] == "google_firestore_field"}
    assert project("destroy") == [], "a second one has nothing left to do"
    again = project("apply")
    assert which(again, "imported") == FILES | {DATABASE}
    assert not which(again, "created") & (FILES | {DATABASE})
    assert gone <= which(again, "created")


def test_files_go_where_it_is_said(project):
    made = which(project("apply"), "created")
    done = project("destroy", "--files", "delete")
    assert which(done, "deleted") == made
    assert which(done, "updated") == FILES | {DATABASE}, (
        "first the buckets are allowed to go with what is in them"
    )


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_archives_are_staged_first_since_terraform_reads_them_even_to_destroy(verb):
    """`make clean` removes them, and a fresh copy of the repository has none."""
    said = subprocess.run(["make", "-n", verb, "PROJECT=p"], cwd=ROOT, capture_output=True, text=True)
    assert "infra.stage" in said.stdout.partition("infra.deploy")[0]

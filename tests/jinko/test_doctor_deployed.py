"""`jinko doctor` on a project that is deployed: what of it is gone, or otherwise than it was made."""

import json
from datetime import UTC, datetime

import pytest

from infra.gcp.deployed import PUSHED
from tests.cloud.google_rest import dropped

P = "my-project"
BUCKETS = "storage.googleapis.com/storage/v1/b"


@pytest.mark.parametrize(
    ("path", "answer", "what", "words"),
    [
        (f"{BUCKETS}/{P}-jinko-inbox/notificationConfigs", {}, "the inbox tells of files", "Nobody hears"),
        (f"{BUCKETS}/{P}-jinko-outbox", {"location": "US"}, "outbox", "could be made public"),
        (f"firestore.googleapis.com/v1/projects/{P}/databases/jinko", None, "database jinko", "not there"),
        (
            f"cloudscheduler.googleapis.com/v1/projects/{P}/locations/us-central1/jobs/jinko-sweep",
            {"state": "PAUSED"},
            "scheduler jinko-sweep",
            "It is paused",
        ),
        (
            f"cloudfunctions.googleapis.com/v2/projects/{P}/locations/us-central1/functions/jinko-on-upload",
            {"state": "FAILED", "stateMessages": [{"message": "Build failed."}]},
            "function jinko-on-upload",
            "Its state is FAILED. Build failed.",
        ),
    ],
)
def test_what_is_gone_or_otherwise_than_it_was_made_is_missing_with_a_line(
    looked, google, path, answer, what, words
):
    google.answers[path] = answer
    found, code = looked()

    assert code == 1
    assert found[what]["standing"] == "missing"
    assert words in found[what]["found"]
    assert found[what]["line"]


def test_a_subscription_that_was_changed_is_told(looked, google):
    changed = {
        "it pushes nowhere": {"pushConfig": {}},
        "what cannot be delivered is lost": {"deadLetterPolicy": None},
        "it expires when nothing happens": {"expirationPolicy": {"ttl": "2678400s"}},
        "its topic is gone": {"topic": "_deleted-topic_"},
    }
    for name, one in zip(PUSHED, changed.values(), strict=False):
        google.answers[f"pubsub.googleapis.com/v1/projects/{P}/subscriptions/{name}"] |= one
    found, _ = looked()
    for name, words in zip(PUSHED, changed, strict=False):
        assert found[f"subscription {name}"]["found"] == f"It is there, but {words}."


def test_images_that_the_functions_name_are_looked_for_in_the_registry(looked, google):
    (image,) = [path for path in google.answers if "dockerImages/gpu" in path]
    del google.answers[image]
    functions = [path for path in google.answers if "/functions/jinko-on-dataset-ready" in path]
    del google.answers[functions[0]]["serviceConfig"]["environmentVariables"]["JINKO_CPU_IMAGE"]
    found, _ = looked()

    assert "is not in the registry" in found["image for GPUs"]["found"]
    assert "no job can start" in found["image without"]["found"]
    assert found["image without"]["line"] == (
        "make image PROJECT=my-project TORCH_INDEX=ADDRESS && make deploy PROJECT=my-project"
    )


def test_a_secret_whose_version_is_not_used_or_not_there_is_told(looked, google):
    secrets = f"secretmanager.googleapis.com/v1/projects/{P}/secrets"
    two = {"versions": [{"name": "projects/1/secrets/x/versions/2", "state": "ENABLED"}]}
    google.answers[f"{secrets}/jinko-hf-read/versions"] = two
    google.answers[f"{secrets}/jinko-wandb/versions"] = two
    found, _ = looked()

    assert found["secret jinko-hf-read"]["found"] == "The functions use version 1, which is not enabled."
    assert 'wandb_version = "2"' in found["secret jinko-wandb"]["line"]
    assert "gcloud secrets versions add jinko-hf-write" in found["secret jinko-hf-write"]["line"]


def test_a_file_that_nobody_answered_is_missing_and_one_of_a_moment_ago_is_not(looked, google):
    listed = f"{BUCKETS}/{P}-jinko-inbox/o"
    now = datetime.now(UTC).isoformat()
    google.answers[listed] = {
        "items": [dropped("old.csv", "2026-11-25T09:30:00.123Z"), dropped("jinko.yaml", now)]
    }
    missed, _ = looked()
    google.answers[listed]["items"].append(dropped("new.csv", now))
    young, _ = looked()
    google.answers[listed] = {}
    none, _ = looked()

    assert missed["the newest file"]["found"] == "old.csv, of 2026-11-25 09:30, was never answered."
    assert missed["the newest file"]["line"].startswith("gcloud logging read ")
    assert "a moment ago" in young["the newest file"]["found"]
    assert none["the newest file"]["line"].startswith("gcloud storage cp examples/tickets/tickets.csv gs://")


def test_what_the_token_may_publish_to_is_told_where_it_was_asked_for(looked, google):
    record = {
        "user": "ida",
        "namespaces": ["ida", "shop"],
        "repositories": [],
        "seen": "2026-11-24T10:00:00Z",
    }
    path = f"firestore.googleapis.com/v1/projects/{P}/databases/jinko/documents/publishers/hub"
    before, _ = looked()
    google.answers[path] = {"fields": {"record": {"stringValue": json.dumps(record)}}}
    after, _ = looked()

    assert before["publishing"]["line"] == "jinko doctor --publishing"
    assert after["publishing"]["found"] == "as ida, to ida, shop (seen 2026-11-24)"

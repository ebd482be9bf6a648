"""The module and the code say the same: topics, kinds of records, events with a schema."""

import json
import re
import types
import typing
from pathlib import Path

import pytest

from functions import lines
from schemas import events, names, records
from tests.cloud import wiring
from tests.terraform.module import SOURCE, blocks, parsed

EXAMPLES = Path(events.__file__).parent / "json" / "events"
AVRO = {int: "int", str: "string"}


def resources(kind):
    """{name: the attributes as they stand in the file} of a type, read by python-hcl2."""
    found = {}
    for tree in parsed().values():
        for resource in tree.get("resource", []):
            for named, body in resource.get(f'"{kind}"', {}).items():
                found[named.strip('"')] = body
    return found


def test_there_is_a_topic_for_each_of_ours_and_one_for_dead_letters():
    made = {it["name"].strip('"') for it in resources("google_pubsub_topic").values()}
    assert made == {*map(names.topic, typing.get_args(events.Topic)), names.DEAD_LETTERS}


def test_a_topics_own_subscription_is_named_like_it():
    for name, it in resources("google_pubsub_subscription").items():
        own = "google_pubsub_topic.jobs" if name == "sweep" else f"google_pubsub_topic.{name}"
        assert own in it["topic"]
    listened = {name for name in resources("google_pubsub_subscription") if name != "dead_letters"}
    assert listened == {*typing.get_args(events.Topic), "sweep"} - {"runs"}  # runs are for others to hear of


def test_the_emulators_wake_the_same_function_for_a_topic():
    pushed = {
        name: it["push_config"][0]["push_endpoint"].partition('["')[2].partition('"]')[0]
        for name, it in resources("google_pubsub_subscription").items()
        if "push_config" in it
    }
    assert pushed == {**wiring.PUSHED, "sweep": wiring.PUSHED["jobs"]}
    assert {
        int(it["ack_deadline_seconds"]) for name, it in resources("google_pubsub_subscription").items()
    } == {
        wiring.DEADLINE,
        60,  # a person's, who pulls dead letters
    }


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_no_filter_holds_back_a_message_that_somebody_waits_for(path):
    """As it is published: by us, by Cloud Storage, by Batch."""
    body = json.loads(path.read_text(encoding="utf-8"))
    if path.name.endswith(".cloudevent.json"):
        return  # the native trigger, which passes no subscription
    event = events.parse((EXAMPLES / f"{path.name.split('.')[0]}.json").read_bytes())
    attributes = body["message"]["attributes"] if "message" in body else events.attributes(event)
    topic = events.TOPIC_OF[event.type]
    reached = {
        name
        for name, it in resources("google_pubsub_subscription").items()
        if f"google_pubsub_topic.{topic}.id" in it["topic"] and passes(it.get("filter"), attributes)
    }
    assert reached == ({"sweep"} if event.type == "Swept" else {topic} - {"runs"})


def passes(filter_, attributes):
    """Whether Pub/Sub lets a message through: `attributes.x = "y"`, with OR between such."""
    if filter_ is None:
        return True
    wanted = re.findall(r'attributes\.(\w+) = "(\w+)"', filter_.replace('\\"', '"'))
    assert " AND " not in filter_
    assert len(wanted) == filter_.count("attributes.")
    return any(attributes.get(name) == value for name, value in wanted)


@pytest.mark.parametrize("event", [events.DatasetReady, events.RunChanged])
def test_a_schema_names_the_fields_of_its_event_and_their_types(event):
    file = {"DatasetReady": "dataset_ready", "RunChanged": "run_changed"}[event.__name__]
    avro = json.loads((SOURCE / "avro" / f"{file}.json").read_text(encoding="utf-8"))
    assert avro["name"] == event.__name__
    said = {field["name"]: field["type"] for field in avro["fields"]}
    assert said.pop("type") == {"type": "enum", "name": "Type", "symbols": [event.__name__]}
    fields = {name: it for name, it in event.model_fields.items() if name != "type"}
    assert said == {name: AVRO[plain(it.annotation)] for name, it in fields.items()}


def plain(annotation):
    """The type of a field's values: of a Literal, that of what it lists."""
    if typing.get_origin(annotation) in (typing.Literal, typing.Union, types.UnionType):
        (kind,) = {type(value) for value in typing.get_args(annotation)}
        return kind
    return annotation


def test_only_events_that_avro_can_name_have_a_schema():
    """A request's settings may be anything: neither Avro nor Protocol Buffers has a type for that in JSON."""
    open_ended = {
        name for name, it in events.RunRequested.model_fields.items() if "Any" in str(it.annotation)
    }
    assert open_ended == {"settings"}
    assert {it.name for it in blocks() if it.type == "google_pubsub_schema"} == {
        "dataset_ready",
        "run_changed",
    }


def test_no_kind_of_record_is_indexed_for_its_text():
    (field,) = resources("google_firestore_field").values()
    listed = {name.strip('"') for name in _listed(field["for_each"])}
    assert listed == set(typing.get_args(records.RecordKind))


def _listed(expression):
    return [
        part.strip() for part in expression.partition("[")[2].partition("]")[0].split(",") if part.strip()
    ]


def test_no_token_is_near_the_module():
    for file in sorted(SOURCE.rglob("*.tf")):
        text = file.read_text(encoding="utf-8")
        assert "google_secret_manager_secret_version" not in text
        assert "google_service_account_key" not in text
        assert "google_project_iam_binding" not in text  # these two take roles away from others
        assert "google_project_iam_policy" not in text


def test_every_file_is_short_and_says_what_it_is():
    for file in sorted([*SOURCE.glob("*.tf"), *SOURCE.glob("tests/*.tftest.hcl")]):
        text = file.read_text(encoding="utf-8")
        assert text.count("\n") <= 250, file.name
        assert text.startswith("#") or file.name == "variables.tf", file.name


def test_metrics_count_the_lines_that_the_functions_write(caplog):
    caplog.set_level("INFO", logger="jinko")
    lines.awaited("r", "j", 61)
    lines.told(
        events.RunChanged(run_id="r", dataset_id="s", drop_id="d", state="failed", stage="train", attempt=1)
    )
    written = [json.loads(it.getMessage()) for it in caplog.records]
    metrics = resources("google_logging_metric")
    for name, line in zip(("waiting", "runs"), written, strict=True):
        assert f'jsonPayload.type=\\"{line["type"]}\\"' in metrics[name]["filter"]
    assert "EXTRACT(jsonPayload.state)" in str(metrics["runs"]["label_extractors"])
    assert written[1]["state"] == "failed"

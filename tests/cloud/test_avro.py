"""The schemas that Terraform puts on two topics, on the official emulator: our events alone pass."""

import json
from typing import get_args

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.pubsub_v1 import SchemaServiceClient
from google.pubsub_v1.types import Encoding, Schema

from infra.stage import ROOT
from schemas import events
from schemas.names import STAGES

pytestmark = pytest.mark.cloud

AVRO = ROOT / "infra" / "terraform" / "avro"
READY = events.DatasetReady(drop_id="d", dataset_id="s")
CHANGED = [
    events.RunChanged(run_id="r", dataset_id="s", drop_id="d", state=state, stage=stage, attempt=2)
    for state in get_args(events.RunState)
    for stage in STAGES
]


@pytest.fixture
def publish(project):
    """Publish to a topic that has this schema, as Terraform makes one."""
    parent = f"projects/{project.settings.project}"

    def made(file):
        definition = (AVRO / file).read_text(encoding="utf-8")
        with SchemaServiceClient() as schemas:
            wanted = Schema(type_=Schema.Type.AVRO, definition=definition)
            schema = schemas.create_schema(parent=parent, schema=wanted, schema_id=file.removesuffix(".json"))
        topic = f"{parent}/topics/with-{file.removesuffix('.json')}"
        settings = {"schema": schema.name, "encoding": Encoding.JSON}
        project.publisher.create_topic(request={"name": topic, "schema_settings": settings})
        return lambda data: project.publisher.publish(topic, data).result(20)

    return made


def test_a_dataset_that_is_ready_is_told_and_nothing_else(publish):
    tell = publish("dataset_ready.json")
    assert tell(events.dumps(READY))
    for other in (b"", b"{}", b"free text", events.dumps(CHANGED[0])):
        with pytest.raises(InvalidArgument):
            tell(other)


def test_every_state_and_stage_of_a_run_is_told(publish):
    tell = publish("run_changed.json")
    assert all(tell(events.dumps(one)) for one in CHANGED)
    told = json.loads(events.dumps(CHANGED[0]))
    for wrong in ({**told, "attempt": "two"}, {name: told[name] for name in told if name != "run_id"}):
        with pytest.raises(InvalidArgument):
            tell(json.dumps(wrong).encode())

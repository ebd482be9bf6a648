"""The dispatcher: one a ground; CloudEvents as functions-framework makes them; acknowledged or told again."""

import os
import subprocess
import sys

import pytest

from functions import edge
from infra.local.dispatcher import Dispatcher, envelope
from schemas.errors import Unavailable
from schemas.events import DatasetReady, FileDropped
from tests.conftest import drop, until

READY = DatasetReady(drop_id="d", dataset_id="s")

HOLD = """
import sys
from pathlib import Path
from infra.local.dispatcher import Dispatcher
from infra.local.ground import LocalGround
home = Path(sys.argv[1])
with Dispatcher.hold(LocalGround(home, home, {})) as dispatcher:
    print("held" if dispatcher else "none", flush=True)
    sys.stdin.read()
"""


def test_only_one_dispatcher_holds_a_ground_and_the_next_may_when_it_is_let_go(ground):
    with Dispatcher.hold(ground) as first:
        with Dispatcher.hold(ground) as second:
            assert second is None
        assert first is not None
    with Dispatcher.hold(ground) as third:
        assert third is not None


def test_a_dispatcher_killed_in_another_process_lets_its_ground_go(ground):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(ground.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert holder.stdout.readline() == "held\n"
    with Dispatcher.hold(ground) as ours:
        assert ours is None
    holder.kill()
    holder.communicate()

    with Dispatcher.hold(ground) as ours:
        assert ours is not None


def test_a_door_that_returns_has_acknowledged(ground):
    ground.queue.publish(READY)
    seen = []
    with Dispatcher.hold(ground) as dispatcher:
        assert dispatcher.turn({"datasets": seen.append}) is True
        assert dispatcher.turn({"datasets": seen.append}) is False
        assert dispatcher.idle({"datasets": seen.append})

    assert [edge.decode(one) for one in seen] == [READY]


@pytest.mark.parametrize("error", [Unavailable("The Hub is away."), ZeroDivisionError("a mistake")])
def test_a_door_that_raises_gets_the_message_again_and_the_dispatcher_lives(ground, error):
    ground.queue.publish(READY)

    def door(_):
        raise error

    with Dispatcher.hold(ground) as dispatcher:
        assert dispatcher.turn({"datasets": door}) is True
        assert not dispatcher.idle({"datasets": door})
    (message,) = ground.queue.told("datasets")

    assert message.attempts == 1
    assert message.error == f"{type(error).__name__}: {error}"


def test_messages_without_a_door_stay_where_they_are(ground):
    ground.queue.publish(READY)
    with Dispatcher.hold(ground) as dispatcher:
        assert dispatcher.turn({"jobs": print}) is False

    assert len(ground.queue.told("datasets")) == 1


def test_a_drop_arrives_as_the_bucket_s_own_notice(ground):
    dropped = drop(ground, "Grüße/a.csv", "q,a\n1,2\n", {"note": "ü"})
    sent = envelope(ground.queue.due(("drops",)))
    attributes = sent.data["message"]["attributes"]

    assert sent["type"] == edge.PUBSUB
    assert (attributes["eventType"], attributes["objectId"]) == ("OBJECT_FINALIZE", "Grüße/a.csv")
    assert isinstance(edge.decode(sent), FileDropped)
    assert edge.decode(sent) == dropped


def test_run_turns_until_it_is_told_to_stop(ground):
    for number in range(3):
        ground.queue.publish(READY.model_copy(update={"drop_id": str(number)}))
    seen = []
    with Dispatcher.hold(ground) as dispatcher:
        dispatcher.run({"datasets": seen.append}, until=lambda: len(seen) == 2)

    until(lambda: len(ground.queue.told("datasets")) == 1)
    assert [edge.decode(one).drop_id for one in seen] == ["0", "1"]

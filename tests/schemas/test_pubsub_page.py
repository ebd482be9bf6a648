"""What docs/pubsub.md shows can be sent as it stands, and what it lists is all there is."""

import json
import re
from pathlib import Path
from typing import get_args

from schemas import events, names
from schemas.events import RunChanged, RunState, Topic

PAGE = (Path(__file__).parents[2] / "docs" / "pubsub.md").read_text(encoding="utf-8")


def test_every_message_that_the_page_shows_is_an_event_of_ours():
    shown = re.findall(r"--message='(\{.*?\})'\n", PAGE, re.DOTALL)
    assert len(shown) == 8
    assert {events.TOPIC_OF[events.parse(message).type] for message in shown} == {"requests"}


def test_the_event_that_the_page_shows_to_followers_is_one():
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(events.parse(json.dumps(json.loads(shown))), RunChanged)


def test_every_topic_and_every_state_of_a_run_is_explained():
    listed = [names.topic(topic) for topic in get_args(Topic)] + [names.DEAD_LETTERS]
    assert [word for word in (*listed, *get_args(RunState)) if f"`{word}`" not in PAGE] == []

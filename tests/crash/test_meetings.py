"""Two workers come upon each other at every change that one makes, and nothing is lost or done twice."""

import pytest

from tests.crash.meeting import Meeting, meet
from tests.crash.meetings import DELETED, MEETINGS, SAME_DROP
from tests.crash.world import scratch

pytestmark = pytest.mark.crash


def by_name(meeting: Meeting) -> str:
    return meeting.name


def test_two_that_prepare_one_drop_agree_and_the_loser_s_shards_are_swept():
    with scratch() as folder:
        met = meet(SAME_DROP, folder)

    assert not met.red, "\n".join(met.red)
    assert met.times >= 18  # changes of the one, twice over
    assert met.losers >= 4  # times that two tries' shards lay there before the sweep came


@pytest.mark.parametrize("meeting", MEETINGS, ids=by_name)
def test_whoever_meets_at_any_change_ends_as_if_one_had_come_after_the_other(meeting):
    with scratch() as folder:
        met = meet(meeting, folder)

    assert not met.red, "\n".join(met.red)


@pytest.mark.parametrize("meeting", [SAME_DROP, DELETED], ids=by_name)
def test_two_that_prepare_may_be_held_at_any_two_changes(meeting):
    with scratch() as folder:
        met = meet(meeting, folder, every_pair=True)

    assert not met.red, "\n".join(met.red)
    assert met.times >= 160

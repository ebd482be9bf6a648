"""A cold start is a user waiting: each function's way to its first answer, beside all that could be imported.

The limits are those of `make bench-cold`. A machine that is busy with other things disturbs the clock more
than the processor's own count, so a limit counts as kept where either of the two shares is under it.
"""

import pytest

from tests.cloud.cold import measure

pytestmark = [pytest.mark.cloud, pytest.mark.skipif("sys.platform != 'linux'", reason="counts by /proc")]


def test_a_function_answers_its_first_event_sooner_than_everything_is_imported(tmp_path, emulators):
    rows = measure(tmp_path)
    slow = [row for row in rows if row.limit and min(row.share, row.cpu_share) > row.limit]
    assert not slow

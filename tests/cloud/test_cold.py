"""A cold start is a user waiting: each function's way to its first answer, beside all that could be imported.

`make bench-cold` prints the limits that are aimed at. What is asserted of first events is what is reached,
with a margin (docs/decisions/0012-staging.md); of bare imports, the limit itself. A machine that is busy with
other things disturbs the clock more than the processor's own count, so a limit counts as kept where either of
the two shares is under it.
"""

import pytest

from tests.cloud.cold import REACHED, measure

pytestmark = [pytest.mark.cloud, pytest.mark.skipif("sys.platform != 'linux'", reason="counts by /proc")]


def test_a_function_answers_its_first_event_sooner_than_everything_is_imported(tmp_path, emulators):
    rows = measure(tmp_path)
    asserted = {f"first event: {name}": share for name, share in REACHED.items()}
    limits = {row.name: asserted.get(row.name, row.limit) for row in rows}
    assert set(asserted) <= set(limits)
    slow = [row for row in rows if (limit := limits[row.name]) and min(row.share, row.cpu_share) > limit]
    assert not slow

"""A cold start is a user waiting: each function's way to its first answer, beside all that could be imported.

`make bench-cold` prints the same limits beside both shares. A limit counts as kept where either share is
under it, since other work disturbs the clock more than the processor's own count. What is reached on the
clock is asserted as well, with a margin (docs/decisions/0012-staging.md).
"""

import pytest

from tests.cloud.cold import REACHED, measure

pytestmark = [pytest.mark.cloud, pytest.mark.skipif("sys.platform != 'linux'", reason="counts by /proc")]


def test_a_function_answers_its_first_event_sooner_than_everything_is_imported(tmp_path, emulators):
    rows = {row.name: row for row in measure(tmp_path)}
    slow = [it for it in rows.values() if it.limit and min(it.share, it.cpu_share) > it.limit]
    late = [name for name, most in REACHED.items() if rows[f"first event: {name}"].share > most]
    assert not slow
    assert not late, list(rows.values())

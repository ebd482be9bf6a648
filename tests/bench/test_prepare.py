"""The benchmark on fewer rows, with room for a busy machine: preparing that grew slow is noticed."""

import pytest

from tests.bench import prepare_rows
from tests.bench.prepare import measured

ROWS = 100_000
pytestmark = pytest.mark.walk


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return prepare_rows.write(ROWS, tmp_path_factory.mktemp("rows"))


@pytest.mark.parametrize(("form", "most"), [("csv", 8.0), ("jsonl", 6.0)])
def test_preparing_takes_a_few_times_what_parsing_alone_takes(paths, form, most):
    ours, alone = (measured(way, paths[form]) for way in ("jinko", "arrow"))

    assert ours.cpu < most * alone.cpu  # CPU-seconds: others may work here too
    assert ours.peak_mb < 450


def test_preparing_is_many_times_as_fast_as_a_dictionary_a_row(paths, tmp_path):
    few = prepare_rows.write(5_000, tmp_path)["csv"]
    (tmp_path / "more").mkdir()
    some = prepare_rows.write(15_000, tmp_path / "more")["csv"]
    ours, start = (measured("jinko", path).cpu for path in (paths["csv"], few))
    theirs, their_start = (measured("pandas", path).cpu for path in (some, few))

    assert (theirs - their_start) / 10_000 > 6 * (ours - start) / (ROWS - 5_000)

"""Papers of the outbox are read back; what is written once, once."""

from dataclasses import replace

from functions.papers import read, read_once
from schemas import names
from schemas.results import TrainResult

NAME = names.result("r", "train", 1)


class Counting:
    """A Store that counts what is read from it."""

    def __init__(self, store):
        self._store, self.read_ = store, 0

    def read(self, *given):
        self.read_ += 1
        return self._store.read(*given)

    def __getattr__(self, name):
        return getattr(self._store, name)


def written(on, seconds, name=NAME):
    paper = TrainResult(run_id="r", attempt=1, seconds=seconds)
    on.store.write(on.outbox, name, paper.model_dump_json().encode())
    return paper


def test_a_paper_that_is_not_there_or_cannot_be_read_is_none(on):
    assert read(on, NAME, TrainResult) is read_once(on, NAME, TrainResult) is None
    on.store.write(on.outbox, NAME, b"{}")
    assert read(on, NAME, TrainResult) is read_once(on, NAME, TrainResult) is None


def test_what_is_written_once_is_asked_for_until_it_is_there_and_then_no_more(on):
    on = replace(on, store=Counting(on.store))
    assert read_once(on, NAME, TrainResult) is None
    paper = written(on, 1.0)

    assert [read_once(on, NAME, TrainResult) for _ in range(3)] == [paper] * 3
    assert on.store.read_ == 2


def test_papers_of_the_same_name_in_two_places_are_two(on, tmp_path):
    from infra import ground
    from infra.settings import Settings

    other = ground.local(Settings(home=tmp_path / "other")).cloud
    first, second = written(on, 1.0), written(other, 2.0)

    assert (read_once(on, NAME, TrainResult), read_once(other, NAME, TrainResult)) == (first, second)

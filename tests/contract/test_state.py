"""What every State promises: documents created once, moved by compare-and-set, found by equality."""

from tests.conftest import at_once

HARD = {
    "text": 'Grüße, 你好 🦉 "quoted" \\ and\nlines\t\u2028 \x00',
    "empty": "",
    "number": -3,
    "big": 9_007_199_254_740_991,
    "share": 0.1,
    "yes": True,
    "nothing": None,
    "list": [1, "two", None, {"three": [3.5]}],
    "nested": {"training.learning_rate": "1e-4", "ключ": {"a": {}}},
    "lists": [[1, [2]], [], [[]]],
    "huge": 2**70 + 1,
    "small": 5e-324,
    "one": 1.0,
    "no.path": "a",
    "__name__": "b",
    "no key of ours": {"": ""},
    "long": "ü" * 100_000,
}


def test_what_is_not_there_is_none_and_cannot_be_replaced(state):
    assert state.get("runs", "r") is None
    assert state.replace("runs", "r", {"a": 1}, "1") is None
    assert state.get("runs", "r") is None


def test_a_document_comes_back_as_it_was_written(state):
    made = state.create("runs", "r/1", HARD)
    doc = state.get("runs", "r/1")

    assert doc == ("r/1", HARD, made)
    replaced = state.replace("runs", "r/1", {"again": HARD}, made)
    assert state.get("runs", "r/1") == ("r/1", {"again": HARD}, replaced)
    assert replaced != made


def test_creating_twice_keeps_the_first(state):
    assert state.create("runs", "r", {"by": "first"})
    before = state.get("runs", "r")

    assert state.create("runs", "r", {"by": "second"}) is None
    assert state.get("runs", "r") == before


def test_the_same_id_of_another_kind_is_another_document(state):
    state.create("runs", "x", {"of": "runs"})

    assert state.create("drops", "x", {"of": "drops"})
    assert state.get("runs", "x").data == {"of": "runs"}


def test_of_twenty_that_create_at_the_same_moment_one_wins(state):
    won = at_once(20, lambda number: state.create("runs", "r", {"by": number}))

    (winner,) = [number for number, version in enumerate(won) if version]
    assert state.get("runs", "r") == ("r", {"by": winner}, won[winner])


def test_replacing_takes_the_newest_version_and_no_other(state):
    state.create("runs", "r", {"n": 0})
    first = state.get("runs", "r").version
    assert state.replace("runs", "r", {"n": 1}, first)
    second = state.get("runs", "r").version

    assert second != first
    assert state.replace("runs", "r", {"n": 2}, first) is None
    assert state.get("runs", "r") == ("r", {"n": 1}, second)


def test_of_twenty_that_replace_the_same_version_one_wins(state):
    state.create("runs", "r", {"by": None})
    seen = state.get("runs", "r").version
    won = at_once(20, lambda number: state.replace("runs", "r", {"by": number}, seen))

    (winner,) = [number for number, version in enumerate(won) if version]
    assert state.get("runs", "r") == ("r", {"by": winner}, won[winner])


def test_documents_are_found_by_the_values_of_their_fields_in_order_of_id(state):
    for id, name, where in (("c", "a.csv", "in"), ("a", "a.csv", "in"), ("b", "b.csv", "in")):
        state.create("drops", id, {"name": name, "where": where})
    state.create("drops", "d", {"name": "a.csv", "where": "out"})
    state.create("runs", "e", {"name": "a.csv", "where": "in"})

    assert [doc.id for doc in state.find("drops", name="a.csv", where="in")] == ["a", "c"]
    assert [doc.id for doc in state.find("drops", where="in")] == ["a", "b", "c"]
    assert [doc.id for doc in state.find("drops")] == ["a", "b", "c", "d"]
    assert state.find("drops", name="c.csv") == []
    assert state.find("drops", unknown="x") == []
    assert state.find("drops", name="a.csv", where="out") == [state.get("drops", "d")]


def test_documents_are_found_by_a_text_that_is_not_before_another(state):
    for id, ended in (("c", "2026-11-25T10:00:00Z"), ("a", "2026-11-25T11:00:00.5Z"), ("b", None)):
        state.create("runs", id, {"ended": ended})
    state.create("runs", "d", {"state": "running"})
    state.create("drops", "e", {"ended": "2027-01-01T00:00:00Z"})

    assert [doc.id for doc in state.since("runs", "ended", "2026-11-25T10:00:00")] == ["a", "c"]
    assert [doc.id for doc in state.since("runs", "ended", "2026-11-25T10:00:01")] == ["a"]
    assert state.since("runs", "ended", "2026-12-01T00:00:00") == []
    assert state.since("runs", "ended", "2026-11-25T11:00:00") == [state.get("runs", "a")]


def test_values_are_found_to_the_letter(state):
    for id, name in enumerate(['it\'s "ü".csv', "IT'S", "%", "a%", "🦉"]):
        state.create("drops", str(id), {"name": name})

    for id, name in enumerate(['it\'s "ü".csv', "IT'S", "%", "a%", "🦉"]):
        assert [doc.id for doc in state.find("drops", name=name)] == [str(id)]


def test_whole_numbers_and_fractions_stay_what_they_are(state):
    state.create("runs", "r", {"whole": 1, "fraction": 1.0})
    found = state.get("runs", "r").data

    assert (type(found["whole"]), type(found["fraction"])) == (int, float)


def test_ids_that_look_like_paths_or_like_a_databases_own_are_ids(state):
    ids = [".", "..", "a/b", "a", "a%2Fb", "__x__", "_x", "Grüße 🦉", "active"]
    for id in ids:
        assert state.create("slots", id, {"of": id})

    assert [state.get("slots", id) for id in ids] == state_in_order(state, ids)
    assert [doc.id for doc in state.find("slots")] == sorted(ids)


def state_in_order(state, ids):
    """What `find` says of these, in their order."""
    found = {doc.id: doc for doc in state.find("slots")}
    return [found[id] for id in ids]


def test_a_long_text_is_found_to_its_last_letter(state):
    for end in "ab":
        state.create("drops", end, {"name": "x" * 2_000 + end, "state": "received"})

    assert [doc.id for doc in state.find("drops", name="x" * 2_000 + "b", state="received")] == ["b"]


def test_what_was_replaced_is_found_by_what_it_says_now(state):
    state.create("runs", "r", {"state": "waiting", "other": "x"})
    state.replace("runs", "r", {"state": "ordered"}, state.get("runs", "r").version)

    assert state.find("runs", state="waiting") == []
    assert state.find("runs", other="x") == []
    assert [doc.data for doc in state.find("runs", state="ordered")] == [{"state": "ordered"}]


def test_a_field_that_is_no_text_is_not_found_by_one(state):
    state.create("runs", "r", {"number": 1, "nothing": None, "list": ["a"], "map": {"a": "b"}})

    for field, value in (("number", "1"), ("nothing", "None"), ("list", "a"), ("map", "b")):
        assert state.find("runs", **{field: value}) == []


def test_a_hundred_documents_are_all_found(state):
    for number in range(100):
        state.create("runs", f"{number:03}", {"state": "waiting", "text": "x" * 10_000})

    assert [doc.id for doc in state.find("runs", state="waiting")] == [
        f"{number:03}" for number in range(100)
    ]

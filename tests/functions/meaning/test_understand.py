"""Every labelled table is understood, asked about or refused as it should be: no wrong guess."""

import time

import pytest

from functions.on_upload.meaning.reading import Ambiguous
from functions.on_upload.meaning.weights import THRESHOLD
from schemas.errors import BadInput
from tests.functions.meaning.contents import ASKED, TOLD
from tests.functions.meaning.labelled import ALL, ASK, ASKED_FOR, REFUSE, Labelled
from tests.functions.meaning.seeing import read, seen, table


def got(case: Labelled) -> object:
    try:
        found = read(case.seen)
    except Ambiguous:
        return ASK
    except BadInput:
        return REFUSE
    assert found.certainty >= THRESHOLD
    if found.kind == "conversation":
        return (found.columns.get("question"), found.columns.get("answer"))
    return found.kind


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.about)
def test_a_labelled_table_is_what_it_is(case):
    assert got(case) == case.right


def test_the_labelled_tables_are_many_and_of_every_sort():
    assert len(ALL) >= 120
    assert len(ASKED_FOR) >= 20


@pytest.mark.parametrize("case", ASKED_FOR, ids=lambda case: case.about)
def test_a_question_shows_readings_with_rows_and_the_options_that_answer(case):
    with pytest.raises(Ambiguous) as asked:
        read(case.seen)

    for fault in asked.value.faults:
        assert "Line 2" in fault.finding
        assert "--set " in fault.next_step
        assert "data.columns." in fault.next_step
        assert "--custom-metadata=" in fault.next_step


def test_a_few_thousand_rows_are_understood_in_half_a_second():
    many = table(
        question=[f"{ASKED[n % 6]} It is about order {n}." for n in range(5000)],
        answer=[f"{TOLD[n % 6]} ({n})" for n in range(5000)],
    )
    talks = seen(
        *(
            {"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": "a"}] * 3}
            for q in many.columns * 2500
        )
    )
    started = time.perf_counter()
    read(many)
    between = time.perf_counter()
    read(talks)

    assert between - started < 2  # 0.1 s where nothing else runs
    assert time.perf_counter() - between < 2

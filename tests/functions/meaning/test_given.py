"""What a person says about columns is used or refused; templates write rows; mixtures are told."""

import pytest

from functions.on_upload.meaning.reading import Ambiguous, Pair
from schemas.data_options import Columns, Template
from schemas.errors import BadInput
from tests.functions.meaning.contents import ASKED, LONG, OTHER, SAID, TOLD
from tests.functions.meaning.seeing import first, read, seen, table, turns_of

TALK = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


def fault(found, columns=None, template=None):
    with pytest.raises(BadInput) as refused:
        read(found, columns, template)
    return refused.value.faults[0]


# ---------------------------------------------------------------- columns


def test_chosen_columns_win_over_every_name():
    found = table(question=SAID, answer=TOLD, frage=ASKED)
    reading = read(found, Columns(question="frage", answer="answer"))

    assert dict(reading.columns) == {"question": "frage", "answer": "answer"}
    assert reading.unused(found.columns) == ("question",)
    assert reading.pair == Pair("frage", "answer")
    assert first(found, reading) == [("user", ASKED[0]), ("assistant", TOLD[0])]


def test_one_column_that_is_given_answers_the_question():
    found = table(question=ASKED, answer=TOLD, reply=OTHER)
    with pytest.raises(Ambiguous):
        read(found)

    assert read(found, Columns(answer="reply")).columns["answer"] == "reply"
    assert read(found, Columns(answer="answer")).columns["answer"] == "answer"


def test_one_column_that_is_given_may_leave_a_question():
    with pytest.raises(Ambiguous) as asked:
        read(table(x=SAID, y=TOLD, z=OTHER), Columns(answer="z"))

    assert {"data.columns.question=x" in fault.next_step for fault in asked.value.faults} == {True, False}


def test_what_is_not_given_is_found_as_ever():
    found = table(context=LONG, a=ASKED, b=TOLD, persona=["Be kind to all."] * 6)
    reading = read(found, Columns(question="a", answer="b", system="persona"))

    assert dict(reading.columns) == {
        "question": "a",
        "answer": "b",
        "context": "context",
        "system": "persona",
    }
    assert first(found, reading)[0] == ("system", "Be kind to all.")


@pytest.mark.parametrize(
    ("columns", "finding", "step"),
    [
        (Columns(question="x", answer="b"), "no column 'x'", "'a', 'b'"),
        (Columns(question="a", answer="B"), "no column 'B' (data.columns.answer)", "Did you mean 'b'?"),
        (Columns(question="a", answer="a"), "are the same column", "'a', 'b'"),
        (Columns(chosen="a"), "make no rows to learn from", "chosen and rejected"),
    ],
)
def test_columns_that_cannot_be_used_are_refused_with_those_that_are_there(columns, finding, step):
    only = fault(table(a=ASKED, b=TOLD), columns)

    assert finding in only.finding
    assert step in only.next_step


def test_the_kind_follows_from_what_is_given():
    texts = table(a=ASKED, b=TOLD, c=OTHER, d=["yes", "no"] * 3)

    assert read(texts, Columns(question="a", chosen="b", rejected="c")).kind == "preference"
    assert read(texts, Columns(question="a", answer="b", label="d")).kind == "feedback"
    assert read(texts, Columns(question="a", reference="b")).kind == "prompts"
    assert read(texts, Columns(text="c")).kind == "text"
    assert (
        read(seen({"x": TALK, "question": "q", "answer": "a"}), Columns(messages="x")).kind == "conversation"
    )


def test_another_kind_s_columns_are_called_by_their_own_names():
    found = table(a=ASKED, b=TOLD, c=OTHER)
    reading = read(found, Columns(question="a", chosen="b", rejected="c"))
    built = reading.build(found.rows[0], lambda _: None)

    assert dict(reading.columns) == {"question": "a", "chosen": "b", "rejected": "c"}
    assert "'b'" in reading.why
    assert (built.prompt[0].content, built.chosen[0].content) == (ASKED[0], TOLD[0])
    assert (
        "'c' is empty"
        in reading.build(found.rows[0]._replace(cells={"a": "x", "b": "y"}), lambda _: None).finding
    )


def test_an_image_and_its_text_may_be_given():
    found = table(x=["a.png"] * 6, y=TOLD, z=SAID)

    assert dict(read(found, Columns(images="x", answer="y")).columns) == {"images": "x", "answer": "y"}


@pytest.mark.parametrize("beside", [{"system": "persona"}, {"context": "persona"}, {"tools": "persona"}])
def test_what_stands_beside_may_be_given_alone(beside):
    short = ['[{"name": "find"}]'] * 6 if "tools" in beside else ["Brief."] * 6
    pairs = table(question=ASKED, persona=short, answer=TOLD)
    talks = seen(*({"messages": TALK, "persona": text} for text in short))

    assert {*beside} <= read(pairs, Columns(**beside)).columns.keys()
    if "context" not in beside:
        assert {*beside} <= read(talks, Columns(**beside)).columns.keys()
    else:
        assert "no rows to learn from" in fault(talks, Columns(**beside)).finding


def test_the_column_of_a_split_is_no_part_of_a_row():
    found = table(question=ASKED, part=["train", "test"] * 3, answer=TOLD)

    assert dict(read(found, Columns(split="part")).columns) == {"question": "question", "answer": "answer"}


# ---------------------------------------------------------------- template


def test_a_template_writes_columns_into_its_texts():
    found = table(number=["7"], what=["Where?"], reply=["{Oslo}"])
    template = Template(question="Order {number}: {{{what}}}", answer="{reply}", system="Be kind.")

    assert first(found, read(found, None, template)) == [
        ("system", "Be kind."), ("user", "Order 7: {Where?}"), ("assistant", "{Oslo}"),
    ]  # fmt: skip


def test_an_empty_cell_is_written_as_nothing_but_all_empty_is_told():
    found = table(a=["x", "", ""], b=["", "y", ""], c=["z"] * 3)
    told = turns_of(found, read(found, None, Template(question="{a}-{b}", answer="{c}")))

    assert [row[0][1] for row in told[:2]] == ["x-", "-y"]
    assert told[2].finding == "Column 'a' is empty."


@pytest.mark.parametrize(
    ("template", "finding"),
    [
        (Template(question="{qestion}", answer="{answer}"), "no column 'qestion' (data.template.question)"),
        (Template(question="{question", answer="{answer}"), "lone '{'"),
        (Template(question="{question}", answer="}{answer}"), "lone '}'"),
        (Template(question="{question}", answer="Yes."), "names no column"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(template, finding):
    assert finding in fault(table(question=ASKED, answer=TOLD), None, template).finding


def test_a_template_and_columns_of_the_same_are_refused():
    only = fault(table(a=ASKED, b=TOLD), Columns(question="a"), Template(question="{a}", answer="{b}"))

    assert "both say how a row is read" in only.finding


# ---------------------------------------------------------------- mixtures


def rows(kind, count):
    made = {
        "talk": lambda n: {"messages": TALK},
        "pair": lambda n: {"prompt": ASKED[n % 6], "completion": TOLD[n % 6]},
        "preference": lambda n: {"prompt": ASKED[n % 6], "chosen": TOLD[n % 6], "rejected": OTHER[n % 6]},
        "feedback": lambda n: {
            "prompt": ASKED[n % 6],
            "completion": TOLD[n % 6],
            "label": str(n % 2 == 0).lower(),
        },
        "unanswered": lambda n: {"prompt": ASKED[n % 6], "completion": ""},
    }[kind]
    return [made(n) for n in range(count)]


@pytest.mark.parametrize(
    ("one", "other"), [("talk", "pair"), ("pair", "preference"), ("pair", "feedback"), ("talk", "preference")]
)
@pytest.mark.parametrize("counts", [(10, 10), (30, 4), (4, 30)])
def test_rows_of_two_kinds_are_refused_with_their_counts_and_first_lines(one, other, counts):
    with pytest.raises(BadInput) as refused:
        read(seen(*rows(one, counts[0]), *rows(other, counts[1])))
    first_kind, second_kind = refused.value.faults

    assert (first_kind.place, second_kind.place) == ("file.jsonl:1", f"file.jsonl:{counts[0] + 1}")
    assert f"{counts[0]} of {sum(counts)}" in first_kind.finding
    assert f"{counts[1]} of {sum(counts)}" in second_kind.finding


def test_a_few_rows_of_another_kind_cost_themselves_and_say_so():
    told = turns_of(seen(*rows("talk", 60), *rows("pair", 2)))

    assert told[0] == [("user", "a"), ("assistant", "b")]
    assert [row.shape for row in told[60:]] == [True, True]


def test_a_judgement_that_comes_late_is_never_learned_as_an_answer():
    reading = read(seen(*rows("pair", 20)))
    told = turns_of(seen(*rows("feedback", 1), *rows("preference", 1), *rows("talk", 1)), reading)

    assert [row.shape for row in told] == [True, True, True]
    assert "'label'" in told[0].finding


def test_rows_that_lack_an_answer_are_no_other_kind():
    told = turns_of(seen(*rows("pair", 10), *rows("unanswered", 10)))

    assert (told[-1].finding, told[-1].shape) == ("Column 'completion' is empty.", False)


def test_images_beside_some_conversations_make_no_mixture():
    shown = [{"messages": TALK, "images": [{"bytes": "iVBORw0KGgo=", "path": "a.png"}]} for _ in range(10)]

    assert read(seen(*shown, *rows("talk", 10))).kind == "conversation"

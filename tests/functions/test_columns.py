"""What columns mean, and what becomes of a row: every layout, texts unaltered, nothing guessed."""

import json

import pytest

from functions.on_upload.columns import Ambiguous, Problem, understand
from schemas.errors import BadInput
from schemas.recipe import Columns


def turns(cells, seen=None, chosen=None):
    """The turns in a row as (role, content) pairs, or the problem with it."""
    found = understand("file", list(seen or cells), chosen).turns(cells)
    return found if isinstance(found, Problem) else [(turn.role, turn.content) for turn in found]


def talk(*parts):
    return [{"role": role, "content": content} for role, content in parts]


def fault(seen, chosen=None):
    with pytest.raises(BadInput) as refused:
        understand("in/file.csv", seen, chosen)
    (only,) = refused.value.faults
    return only


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("ask", "answer"),
    [("question", "answer"), ("prompt", "completion"), ("instruction", "output"), ("message", "reply")],
)
def test_the_pairs_are_understood_by_name_in_any_case_and_order(ask, answer):
    for one, two in ((ask, answer), (ask.title(), answer.upper()), (f" {ask}", f"{answer} ")):
        for seen in ([one, two], [two, "other", one]):
            found = understand("file.csv", seen)
            assert found.columns == {"question": one, "answer": two}
            assert found.unused == tuple(column for column in seen if column == "other")
            assert f"'{one}'" in found.why
    assert turns({ask: " a ", answer: "b\n"}) == [("user", " a "), ("assistant", "b\n")]


def test_an_instruction_takes_its_input_on_the_line_below():
    assert turns({"Instruction": "Add", "INPUT": "1 2", "output": "3"}) == [
        ("user", "Add\n1 2"),
        ("assistant", "3"),
    ]


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_instruction_without_input_stands_alone(empty):
    assert turns({"instruction": "Add", "input": empty, "output": "3"})[0] == ("user", "Add")
    assert turns({"instruction": "Add", "output": "3"}, ["instruction", "input", "output"])[0] == (
        "user",
        "Add",
    )


def test_an_input_beside_another_pair_is_not_read():
    found = understand("f", ["question", "input", "answer"])

    assert (found.columns, found.unused) == ({"question": "question", "answer": "answer"}, ("input",))


def test_messages_win_over_a_pair_beside_them():
    found = understand("f", ["question", "answer", "Messages"])

    assert (found.columns, found.unused) == ({"messages": "Messages"}, ("question", "answer"))


# ---------------------------------------------------------------- questions and refusals


def test_one_column_is_refused_by_name():
    only = fault(["notes"])

    assert only.place == "in/file.csv:1"
    assert "one column, 'notes'" in only.finding
    assert "question/answer" in only.next_step


def test_an_unknown_header_is_refused_with_what_was_seen_and_what_can_be_read():
    only = fault(["frage", "antwort"])

    assert only.place == "in/file.csv:1"
    assert "'frage', 'antwort'" in only.finding
    assert "messages" in only.next_step
    assert "--set data.columns.question=" in only.next_step


def test_a_wide_header_is_told_in_part():
    only = fault([f"column {number}" for number in range(40)])

    assert "and 28 more" in only.finding
    assert "column 39" not in only.finding


def test_two_plausible_readings_are_asked_about_and_the_option_answers():
    seen = ["question", "answer", "prompt", "completion"]
    with pytest.raises(Ambiguous) as asked:
        understand("file.csv", seen)
    (question,) = asked.value.faults

    assert question.finding.endswith("?")
    assert "--set data.columns.question=prompt --set data.columns.answer=completion" in question.next_step
    chosen = Columns(question="prompt", answer="completion")
    assert understand("file.csv", seen, chosen).columns == {"question": "prompt", "answer": "completion"}


def test_two_columns_that_differ_only_in_case_are_asked_about_and_not_guessed():
    with pytest.raises(Ambiguous) as asked:
        understand("file.csv", ["Question", "question", "answer"])
    (question,) = asked.value.faults

    assert "'Question'" in question.finding
    assert "'question'" in question.finding
    assert "--set data.columns.question=Question" in question.next_step


def test_chosen_columns_win_over_every_name():
    chosen = Columns(question="frage", answer="answer")
    cells = {"question": "no", "answer": "yes", "frage": "this"}

    assert turns(cells, chosen=chosen) == [("user", "this"), ("assistant", "yes")]
    assert understand("f", list(cells), chosen).unused == ("question",)


@pytest.mark.parametrize(
    ("chosen", "finding"),
    [
        (Columns(question="x", answer="b"), "no column 'x'"),
        (Columns(question="a", answer="B"), "no column 'B'"),
        (Columns(question="a", answer="a"), "same column"),
    ],
)
def test_chosen_columns_that_are_not_two_of_the_file_s_are_refused(chosen, finding):
    only = fault(["a", "b"], chosen)

    assert finding in only.finding
    assert "'a', 'b'" in only.next_step


# ---------------------------------------------------------------- rows


@pytest.mark.parametrize("empty", ["", " \n\t", None])
def test_an_empty_or_missing_cell_is_told_by_its_column(empty):
    assert turns({"question": "a", "answer": empty}).finding == "Column 'answer' is empty."
    assert turns({"question": empty, "answer": "a"}).finding == "Column 'question' is empty."


def test_true_and_false_are_words_and_lists_are_no_text():
    assert turns({"question": True, "answer": False}) == [("user", "true"), ("assistant", "false")]
    assert "a list, not text" in turns({"question": "a", "answer": ["b"]}).finding
    assert "a JSON object, not text" in turns({"question": {}, "answer": "b"}).finding
    assert "a list, not text" in turns({"instruction": "a", "input": ["x"], "output": "b"}).finding


def test_half_of_a_character_is_told_by_its_column():
    assert "'answer' holds half of a character" in turns({"question": "a", "answer": "\ud83e"}).finding
    told = turns({"messages": talk(("user", "a"), ("assistant", "\ud83e"))})
    assert "half of a character" in told.finding


# ---------------------------------------------------------------- messages

GOOD = [("system", " be kind "), ("user", "a"), ("assistant", "b"), ("user", "c\n"), ("assistant", "d")]


def test_a_conversation_is_kept_turn_by_turn():
    assert turns({"messages": talk(*GOOD)}) == GOOD
    assert turns({"messages": talk(*GOOD[1:3])}) == GOOD[1:3]


def test_a_conversation_may_be_the_text_of_its_json():
    assert turns({"messages": json.dumps(talk(*GOOD))}) == GOOD
    assert turns({"messages": '[{"role":"user","content":1.50},{"role":"assistant","content":"x"}]'})[0] == (
        "user",
        "1.50",
    )


def test_what_a_turn_leaves_empty_does_not_matter():
    assert turns({"messages": [{**turn, "name": None} for turn in talk(*GOOD)]}) == GOOD


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ([], "is empty"),
        ("", "is empty"),
        (None, "is empty"),
        ("not json", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "not a list of turns"),
        ("7", "not a list of turns"),
        ({"role": "user"}, "not a list of turns"),
        (["a", "b"], "not an object with 'role' and 'content'"),
        ([{"role": "user"}], "not an object with 'role' and 'content'"),
        (talk(("human", "a"), ("gpt", "b")), "the role 'human'"),
        (talk(("user", "a"), ("tool", "b")), "the role 'tool'"),
        ([{"role": ["user"], "content": "a"}], "the role ['user']"),
        ([{"role": "user", "content": "a", "tool_calls": [1]}], "'tool_calls', which is not read yet"),
        ([{"role": "user", "content": "a", "\ud800": 1}], "which is not read yet"),
        (talk(("user", "a"), ("assistant", " ")), "'content' is empty"),
        ([{"role": "user", "content": [{"type": "image"}]}], "a list, not text"),
        (talk(("user", "a"), ("system", "b"), ("assistant", "c")), "system turn stands after the start"),
        (talk(("system", "a"), ("system", "b"), ("user", "c"), ("assistant", "d")), "after the start"),
        (talk(("user", "a")), "end with the assistant"),
        (talk(("user", "a"), ("assistant", "b"), ("user", "c")), "end with the assistant"),
        (talk(("assistant", "a"), ("user", "b")), "do not go user, assistant"),
        (talk(("user", "a"), ("user", "b"), ("assistant", "c")), "do not go user, assistant"),
        (talk(("system", "a")), "do not go user, assistant"),
        (talk(("system", "a"), ("assistant", "b")), "do not go user, assistant"),
    ],
)
def test_a_conversation_that_no_template_renders_is_told_with_what_to_write(value, finding):
    problem = turns({"messages": value})

    assert isinstance(problem, Problem)
    assert finding in problem.finding
    assert problem.next_step
    (problem.finding + problem.next_step).encode()  # it can be printed

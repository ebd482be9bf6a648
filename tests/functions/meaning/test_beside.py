"""What stands beside texts, questions and answers and says more of them: it is asked about, or told."""

import pytest

from functions.on_upload.meaning.reading import Ambiguous
from functions.on_upload.meaning.text import find_text
from tests.functions.meaning.contents import ASKED, IDS, LONG, NUMBERS, OTHER, SAID, TOLD, WEB
from tests.functions.meaning.finding import only
from tests.functions.meaning.seeing import no_image, read, seen, table

STARS = ["5", "1", "3", "2", "5", "4"]


def asked_about(given):
    with pytest.raises(Ambiguous) as told:
        read(given)
    return told.value.faults


# ---------------------------------------------------------------- beside texts


@pytest.mark.parametrize(
    "beside",
    [
        {"label": [[0, 2, "PER"]]},
        {"labels": ["a", "b"]},
        {"entities": [[0, 2, "PER"]]},
        {"ner_tags": ["0", "1"]},
        {"questions": ["Who?", "When?"]},
        {"in_response_to_tweet_id": "7"},
        {"thread_ts": "170000.1"},
    ],
)
def test_texts_with_marks_labels_questions_or_threads_beside_them_are_asked_about(beside):
    (fault,) = asked_about(seen(*({"text": text, **beside} for text in SAID)))

    assert "Is this meant? Column 'text' holds texts to go on learning from." in fault.finding
    assert "--set data.columns.text=text" in fault.next_step


def test_lines_that_say_who_speaks_are_asked_about():
    lines = [line for n in range(3) for line in (f"Q: {ASKED[n]}", f"A: {TOLD[n]}")]

    assert "holds texts" in asked_about(table(faq=lines))[0].finding


@pytest.mark.parametrize("beside", [{"meta": {"lang": "en"}}, {"url": "https://a.example"}, {"label": ""}])
def test_what_only_says_where_texts_come_from_changes_nothing(beside):
    assert only(find_text, *({"text": text, **beside} for text in LONG)).kind == "text"
    assert read(seen(*({"text": text, **beside} for text in LONG))).kind == "text"


# ---------------------------------------------------------------- beside questions and answers


def test_a_rating_that_is_not_looked_at_is_told():
    assert read(table(question=ASKED, answer=TOLD, rating=STARS)).why.endswith(
        "Column 'rating' is not looked at: also what it rates low is learned."
    )


def test_a_context_of_lists_that_is_not_read_is_told():
    found = read(seen(*({"question": ASKED[n], "answer": TOLD[n], "context": [LONG[n]]} for n in range(6))))

    assert found.why.endswith("Column 'context' holds lists or objects, and is not read.")


@pytest.mark.parametrize("name", ["Was this helpful?", "is_correct", "thumbs_up_given", "user_satisfied"])
def test_an_answer_is_judged_under_many_names(name):
    assert read(table(question=ASKED, answer=TOLD, **{name: ["Yes", "No"] * 3})).kind == "feedback"


def test_which_option_is_right_is_no_judgement():
    options = {"answer_a": ["Mars"] * 6, "answer_b": ["Venus"] * 6}
    found = read(table(question=ASKED, **options, label=["0", "1"] * 3))
    built = found.build(table(question=ASKED, **options, label=["0"] * 6).rows[0], no_image)

    assert found.kind == "conversation"
    assert built.messages[-1].content == "A. Mars"


def test_calls_that_are_the_answer_are_calls():
    call = {"name": "find", "arguments": {"n": "7"}}
    given = seen(*({"query": text, "tools": [{"name": "find"}], "answers": [call]} for text in ASKED))
    answer = read(given).build(given.rows[0], no_image).messages[-1]

    assert (answer.content, answer.tool_calls[0].name, answer.tool_calls[0].arguments) == (
        "",
        "find",
        '{"n": "7"}',
    )


def test_whole_answers_that_were_graded_are_no_steps():
    given = {"problem": ASKED[0], "generations": ["a b", "c d"], "verified": ["true", "false"]}

    with pytest.raises(Ambiguous) as told:
        read(seen(*({**given, "solution": text} for text in TOLD)))

    assert "steps" not in told.value.faults[0].finding


# ---------------------------------------------------------------- names that are no proof


@pytest.mark.parametrize(
    "columns",
    [
        {"Title": ASKED, "Body": LONG, "Id": NUMBERS},  # a text below its heading
        {"question1": ASKED, "question2": ASKED[::-1], "is_duplicate": ["0", "1"] * 3},
        {"response1": TOLD, "response2": OTHER, "domain": WEB},
        {"question": ASKED, "answer": ["A", "B", "C"] * 2, "url": IDS},  # letters of options that are nowhere
        {"question": ["cause", "effect"] * 3, "premise": SAID, "answer": TOLD},  # of what?
        {"question": ASKED, "answer": NUMBERS, "solution_a": TOLD, "solution_b": LONG},
        {"Subject": SAID, "Description": LONG, "Requester": OTHER, "Solution": TOLD},
    ],
)
def test_columns_that_are_called_like_a_pair_and_may_be_none_are_asked_about(columns):
    asked_about(table(**columns))


def test_letters_are_answers_where_the_question_lists_the_options():
    questions = [f"{text} A) Mars B) Venus" for text in ASKED]

    assert dict(read(table(question=questions, answer=["A", "B"] * 3)).columns)["answer"] == "answer"


def test_wrong_answers_are_no_answers():
    found = read(table(Question=ASKED, **{"Correct Answer": TOLD, "Incorrect Answer 1": OTHER}))

    assert found.columns["answer"] == "Correct Answer"

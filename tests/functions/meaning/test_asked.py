"""A file of prompts that a model is to answer: every row, in its order, with what stands beside it."""

import json

from functions.on_upload.check import check
from functions.on_upload.step import prepare
from infra import ledger
from infra.local.ground import LocalGround
from schemas import names
from schemas.data_options import Columns, DataOptions
from schemas.orders import Dataset
from schemas.records import DropRecord
from tests.conftest import drop, lines


def asked(tmp_path, name, text, **columns):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    options = DataOptions(purpose="answer", columns=Columns(**columns) if columns else None)
    return check(file, options)


def rows(verdict):
    """(turns, what stands beside) of each row shown."""
    assert verdict.code == 0, verdict.why
    assert verdict.kind == "prompts"
    return [
        ([(turn.role, turn.content) for turn in one.prompt], json.loads(one.reference))
        for one in verdict.shown
    ]


def test_one_column_of_texts_is_what_is_asked_whatever_it_is_called(tmp_path):
    verdict = asked(tmp_path, "a.csv", "whatever\nWhere is it?\nWhere is it?\n")
    assert rows(verdict) == [([("user", "Where is it?")], {})] * 2
    assert verdict.rows.dropped == 0


def test_an_answer_that_is_there_is_kept_to_measure_against_and_so_is_what_stands_beside(tmp_path):
    verdict = asked(tmp_path, "a.csv", "id,question,answer\n7,Where?,Here.\n8,When?,\n")
    assert rows(verdict) == [
        ([("user", "Where?")], {"id": "7", "answer": "Here."}),
        ([("user", "When?")], {"id": "8"}),
    ]


def test_a_conversation_that_ends_with_an_answer_is_asked_up_to_it(tmp_path):
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    row = {"messages": [*turns, {"role": "assistant", "content": "Hello"}]}
    verdict = asked(tmp_path, "a.jsonl", f"{json.dumps(row)}\n{json.dumps({'messages': turns})}\n")
    prompt = [("system", "Be brief."), ("user", "Hi")]
    assert rows(verdict) == [(prompt, {"answer": "Hello"}), (prompt, {})]


def test_a_line_of_openai_s_batch_format_is_asked_and_keeps_its_custom_id(tmp_path):
    body = {"model": "gpt-x", "messages": [{"role": "user", "content": "Hi"}]}
    line = {"custom_id": "r-1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    verdict = asked(tmp_path, "a.jsonl", json.dumps(line) + "\n")
    ((prompt, beside),) = rows(verdict)
    assert prompt == [("user", "Hi")]
    assert beside["custom_id"] == "r-1"


def test_a_context_stands_below_its_question(tmp_path):
    text = "question,passage\nWho?,Ada wrote it.\n"
    assert rows(asked(tmp_path, "a.csv", text, question="question", context="passage")) == [
        ([("user", "Who?\nAda wrote it.")], {})
    ]


def test_a_row_without_a_prompt_is_told_and_the_others_are_asked(tmp_path):
    verdict = asked(tmp_path, "a.csv", "prompt,id\nOne,1\n,2\nThree,3\n")
    assert [beside["id"] for _, beside in rows(verdict)] == ["1", "3"]
    assert [(fault.place, fault.finding) for fault in verdict.faults] == [
        ("a.csv:3", "Column 'prompt' is empty.")
    ]


def test_several_columns_of_texts_without_a_name_that_says_it_are_asked_about(tmp_path):
    verdict = asked(tmp_path, "a.csv", "one,two\nRed and round it was,Blue and wide it was\n")
    assert verdict.code == 3
    assert "data.columns.question" in verdict.faults[0].next_step


def test_a_drop_that_names_a_model_is_prepared_whole_and_in_order(ground: LocalGround):
    content = lines(["prompt", *(f"p{n % 5}" for n in range(40))])
    event = drop(ground, "p.csv", content, {"generate.model": "tiny-gemma3"})
    prepare(event, ground.cloud)
    record = ledger.load(ground.cloud, DropRecord, names.drop_id("inbox", "p.csv", event.generation))
    manifest = ground.store.read("outbox", names.manifest(record.dataset_id))
    made = Dataset.model_validate_json(manifest)

    assert made.kind == "prompts"
    assert (made.counts.train, made.counts.test, made.counts.dropped) == (40, 0, 0)


def test_a_column_that_is_not_there_is_named(tmp_path):
    verdict = asked(tmp_path, "a.csv", "prompt\nOne\n", question="ask")
    assert verdict.code == 2
    assert "'ask'" in verdict.faults[0].finding

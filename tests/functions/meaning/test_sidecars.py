"""What other tools' side files say of data: kept as far as it is about it, and followed."""

import json

import pytest

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.sidecars import hint, mapping
from functions.on_upload.meaning.told import find_told
from tests.functions.meaning.finding import built, only, said, seen

HI = [("user", "Hi"), ("assistant", "Yo")]


def info(**entry):
    """A dataset_info.json with one entry for the data, and one for something else."""
    return json.dumps({"mine": {"file_name": "data.jsonl", **entry}, "other": {"file_name": "other.json"}})


def hints(text, name="dataset_info.json"):
    kept = hint(name, text, ["in/data.jsonl"])
    assert kept is not None
    return {f"in/{name}": kept}


ALPACA = info(columns={"prompt": "zadanie", "query": "wejscie", "response": "wynik", "system": "rola"})
CHAT = info(
    formatting="sharegpt",
    columns={"messages": "rozmowa"},
    tags={"role_tag": "kto", "content_tag": "co", "user_tag": "pan", "assistant_tag": "robot"},
)
RANKED = info(ranking=True, columns={"prompt": "zadanie", "chosen": "a", "rejected": "b"})
JUDGED = info(formatting="sharegpt", columns={"messages": "rozmowa", "kto_tag": "c"})
AXOLOTL = """
base_model: owner/name
datasets:
  - path: data.jsonl
    type: chat_template
    field_messages: rozmowa
    message_property_mappings: {role: kto, content: co}
    roles: {user: [pan], assistant: [robot]}
"""


def test_alpaca_columns_of_a_dataset_info_are_followed():
    row = {"zadanie": "Add", "wejscie": "1 2", "wynik": "3", "rola": "Be brief."}
    made = built(find_told, row, hints=hints(ALPACA))
    assert said(made.messages) == [("system", "Be brief."), ("user", "Add\n1 2"), ("assistant", "3")]
    assert only(find_told, row, hints=hints(ALPACA)).why.startswith(
        "in/dataset_info.json beside the data says"
    )


def test_columns_that_an_entry_leaves_out_are_alpacas_own():
    row = {"instruction": "Hi", "input": "", "output": "Yo"}
    assert said(built(find_told, row, hints=hints(info())).messages) == HI


@pytest.mark.parametrize("text", [(CHAT, "dataset_info.json"), (AXOLOTL, "axolotl.yaml")])
def test_turns_under_names_of_their_own_are_followed(text):
    row = {"rozmowa": [{"kto": "pan", "co": "Hi"}, {"kto": "robot", "co": "Yo"}]}
    assert said(built(find_told, row, hints=hints(*text)).messages) == HI
    assert said(built(find_told, {"rozmowa": json.dumps(row["rozmowa"])}, hints=hints(*text)).messages) == HI


def test_ranked_answers_are_followed():
    made = built(find_told, {"zadanie": "Hi", "a": "Yo", "b": "Go away"}, hints=hints(RANKED))
    assert (said(made.prompt), said(made.chosen)) == (HI[:1], HI[1:])
    assert made.rejected[0].content == "Go away"


def test_judged_answers_are_followed():
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}]
    rows = [{"rozmowa": turns, "c": True}, {"rozmowa": turns, "c": False}]
    made = built(find_told, *rows, hints=hints(JUDGED))
    assert (said(made.prompt), said(made.completion), made.good) == (HI[:1], HI[1:], True)


def test_axolotls_custom_fields_are_followed():
    own = "{field_instruction: x, field_output: y, format: '[INST]'}"
    given = hints(f"datasets:\n- path: in/data.jsonl\n  type: {own}\n", "axolotl.yaml")
    assert said(built(find_told, {"x": "Hi", "y": "Yo"}, hints=given).messages) == HI


def test_a_side_file_from_an_archive_is_read_as_it_lay_there():
    row = {"instruction": "Hi", "output": "Yo"}
    assert said(built(find_told, row, hints={"dataset_info.json": info()}).messages) == HI


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dataset_info.json", '{"mine": {"file_name": "another.json"}}'),
        ("dataset_info.json", '{"features": {"a": {"dtype": "string"}}, "splits": {}}'),
        ("dataset_info.json", "[1, 2]"),
        ("dataset_info.json", "{"),
        ("data.yaml", "base_model: owner/name\ndata: {from: data.jsonl}\n"),
        ("axolotl.yaml", "datasets: {path: data.jsonl}"),
        ("axolotl.yaml", "- just\n- a list"),
        ("axolotl.yaml", "a: [b"),
    ],
)
def test_files_that_say_nothing_of_the_data_say_nothing(name, text):
    assert hint(name, text, ["in/data.jsonl"]) is None


def test_what_is_kept_does_not_change_with_other_entries():
    more = json.dumps({**json.loads(ALPACA), "third": {"file_name": "third.json"}})
    assert hint("dataset_info.json", more, ["data.jsonl"]) == hint(
        "dataset_info.json", ALPACA, ["data.jsonl"]
    )


def test_side_files_that_contradict_each_other_or_name_no_column_decide_nothing():
    row = {"x": "Hi", "y": "Yo"}
    both = {"a": hint("dataset_info.json", info(columns={"prompt": "x", "response": "y"}), ["data.jsonl"])}
    both["b"] = hint("dataset_info.json", info(columns={"prompt": "y", "response": "x"}), ["data.jsonl"])
    assert mapping(seen(row, hints=both)) is None
    assert find_told(seen(row, hints=hints(ALPACA))) == []


def test_aliases_that_nest_without_end_cost_nothing():
    bomb = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else '1'}]\n" for n in range(12))
    text = f"{bomb}datasets:\n- path: data.jsonl\n  field_messages: m\n  roles: {{user: *x11}}\n"
    assert (
        hint("axolotl.yaml", text, ["data.jsonl"])
        == '[{"axolotl": {"field_messages": "m", "roles": {"user": []}}}]'
    )


def test_a_turn_of_an_unknown_speaker_is_still_a_problem():
    row = {"rozmowa": [{"kto": "nikt", "co": "Hi"}, {"kto": "robot", "co": "Yo"}]}
    assert isinstance(built(find_told, row, hints=hints(CHAT)), Problem)

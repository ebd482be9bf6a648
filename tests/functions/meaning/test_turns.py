"""Turns of every convention become the same messages; what cannot be learned from is told in words."""

import json
from base64 import b64encode

import pytest

from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.shown import ImagesOfRow
from functions.on_upload.meaning.turns import turns
from functions.on_upload.reading.json_values import decoded
from schemas.samples import Image
from tests.functions.meaning.seeing import no_image


def said(value, attached=no_image, images=None):
    """The turns as (role, text), or the problem."""
    found = turns(value, attached, images=images or ImagesOfRow())
    return found if isinstance(found, Problem) else [(turn.role, turn.content) for turn in found]


def talk(*parts):
    return [{"role": role, "content": content} for role, content in parts]


HELLO = [("user", "Hi "), ("assistant", "Hello\n")]
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"n": 7}'}}


@pytest.mark.parametrize(
    "value",
    [
        talk(*HELLO),
        json.dumps(talk(*HELLO)),
        str(talk(*HELLO)),  # as pandas writes lists into a CSV
        [{"from": "human", "value": "Hi "}, {"from": "gpt", "value": "Hello\n"}],
        [{"role": "User", "value": "Hi "}, {"role": "BOT", "value": "Hello\n"}],
        [{"author": "0", "content": "Hi "}, {"author": "1", "content": "Hello\n"}],
        [{"role": "prompter", "text": "Hi "}, {"role": "assistant", "text": "Hello\n"}],
        [{"role": "user", "parts": [{"text": "Hi "}]}, {"role": "model", "parts": [{"text": "Hello\n"}]}],
        [{"role": "user", "content": [{"type": "text", "text": "Hi "}]}, *talk(HELLO[1])],
        [{**turn, "name": None, "id": "7"} for turn in talk(*HELLO)],
    ],
)
def test_every_convention_says_the_same_and_nothing_is_trimmed(value):
    assert said(value) == HELLO


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ([], "is empty"),
        ("", "is empty"),
        (None, "is empty"),
        ("[" * 100_000, "is not JSON"),
        ("not json", "not a list of turns"),
        ("7", "not a list of turns"),
        (["a", "b"], "not an object with 'role' and 'content'"),
        ([{"role": "user"}], "not an object with 'role' and 'content'"),
        (talk(("user", "a"), ("wizard", "b")), "the role 'wizard'"),
        ([{"role": ["user"], "content": "a"}], "the role ['user']"),
        ([{"role": "\ud800", "content": "a"}], "the role"),
        (talk(("user", "a"), ("assistant", " ")), "'content' is empty"),
        (talk(("user", "a"), ("assistant", None)), "'content' is empty"),
        (talk(("user", "a"), ("assistant", "\ud83e")), "half of a character"),
        ([{"role": "user", "content": "a", "weight": "0.5"}], "the weight 0.5"),
        ([{"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}], "call has no name"),
        ([{"role": "assistant", "tool_calls": [{"name": "f", "arguments": "[1]"}]}], "not a JSON object"),
        ([{"role": "assistant", "tool_calls": [{"name": "f", "arguments": "{"}]}], "are not JSON"),
        ([{"role": "user", "content": [{"type": "image"}]}], "more images than the row has (0)"),
        ([{"role": "user", "content": [{"type": "input_audio"}]}], "sound"),
        ([{"role": "user", "content": [{"type": "riddle", "x": "1"}]}], "'riddle' is not read"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b.png"}}]}],
            "http",
        ),
    ],
)
def test_what_is_no_turn_is_told_with_what_to_write(value, finding):
    problem = said(value)

    assert isinstance(problem, Problem)
    assert finding in problem.finding
    assert problem.next_step
    (problem.finding + problem.next_step).encode()  # it can be printed


def test_numbers_in_texts_stay_as_they_were_written():
    assert said('[{"role": "user", "content": 1.50}, {"role": "assistant", "content": true}]') == [
        ("user", "1.50"),
        ("assistant", "true"),
    ]


def test_a_weight_of_zero_is_context_and_not_learned():
    value = [*talk(("user", "a")), {"role": "assistant", "content": "b", "weight": "0"}, *talk(("user", "c"))]
    found = turns(value, no_image, images=ImagesOfRow())

    assert [turn.learn for turn in found] == [True, False, True]


@pytest.mark.parametrize(
    "value",
    [
        [
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "x"},
        ],
        [
            {"role": "assistant", "content": "", "function_call": {"name": "find", "arguments": {"n": 7}}},
            {"role": "function", "name": "find", "content": "x"},
        ],
        [
            {"from": "function_call", "value": '{"name": "find", "arguments": {"n": 7}}'},
            {"from": "observation", "value": "x", "name": "find"},
        ],
        [
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c1", "name": "find", "input": {"n": 7}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "x"}]},
        ],
        [
            {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {"n": 7}}}]},
            {"role": "tool", "name": "find", "content": "x"},
        ],
    ],
)
def test_calls_of_tools_and_their_results_are_read_from_every_convention(value):
    call, result = turns(value, no_image, images=ImagesOfRow())

    assert (call.role, call.content, call.tool_calls[0].name) == ("assistant", "", "find")
    assert json.loads(call.tool_calls[0].arguments) == {"n": 7}
    assert (result.role, result.name, result.content) == ("tool", "find", "x")


def test_a_call_inside_what_is_said_and_what_a_tool_returned_are_read_by_their_marks():
    call = '<tool_call>\n{"name": "find", "arguments": {"n": 7}}\n</tool_call>'
    value = [
        {"from": "gpt", "value": f"Let me see.\n{call}"},
        {"from": "tool", "value": "<tool_response>\nx\n</tool_response>"},
    ]
    turn, result = turns(value, no_image, images=ImagesOfRow())

    assert (turn.content, turn.tool_calls[0].name) == ("Let me see.", "find")
    assert (result.role, result.content) == ("tool", "x")
    assert said([{"role": "assistant", "content": "Write <tool_call> first."}]) == [
        ("assistant", "Write <tool_call> first.")
    ]


@pytest.mark.parametrize(
    "text", ["<tool_call>" * 20_000, " " * 200_000 + "<tool_call>", "<tool_response>" * 20_000]
)
def test_marks_of_calls_that_are_none_stay_what_was_said(text):
    assert said([{"role": "assistant", "content": text}, {"role": "tool", "content": text}]) == [
        ("assistant", text),
        ("tool", text),
    ]


def test_arguments_keep_their_numbers_as_json_wrote_them():
    arguments = '{"n": 1.50, "ok": true, "s": "7"}'
    call = f'{{"name": "f", "arguments": {arguments}}}'
    value = decoded(f'[{{"role": "assistant", "tool_calls": [{call}]}}]')
    (turn,) = turns(value, no_image, images=ImagesOfRow())

    assert turn.tool_calls[0].arguments == arguments


def test_what_was_thought_is_no_part_of_the_answer():
    value = [{"role": "assistant", "content": "4", "reasoning_content": "2 and 2"}]
    (turn,) = turns(value, no_image, images=ImagesOfRow())

    assert (turn.content, turn.thinking) == ("4", "2 and 2")


def test_an_empty_system_turn_is_as_none():
    assert said(talk(("system", ""), *HELLO)) == HELLO


# ---------------------------------------------------------------- images

PNG = b"\x89PNG\r\n\x1a\n"
CAT, DOG = Image(data=PNG + b"cat", name="cat.png"), Image(data=PNG + b"dog", name="dog.png")


def test_placeholders_show_the_images_of_the_row_in_order():
    images = ImagesOfRow([CAT, DOG])
    first, _ = turns(talk(("user", "<image>\nand <image>?"), ("assistant", "b")), no_image, images=images)

    assert [(part.image, part.text) for part in first.parts] == [
        (0, None),
        (None, "\nand "),
        (1, None),
        (None, "?"),
    ]
    assert first.content == "\nand ?"
    assert images.all == (CAT, DOG)


def test_images_that_no_turn_names_stand_before_what_the_person_says():
    first, _ = turns(talk(("user", "What?"), ("assistant", "b")), no_image, images=ImagesOfRow([CAT]))

    assert [(part.image, part.text) for part in first.parts] == [(0, None), (None, "What?")]


def test_too_few_and_too_many_placeholders_are_told():
    assert (
        "more images than the row has (1)"
        in said(talk(("user", "<image><image>")), images=ImagesOfRow([CAT])).finding
    )
    assert (
        "2 images, but its turns show 1"
        in said(talk(("user", "<image>")), images=ImagesOfRow([CAT, DOG])).finding
    )


def test_an_image_inside_a_part_or_beside_the_file_is_found():
    inside = {
        "type": "image_url",
        "image_url": {"url": f"data:image/png;base64,{b64encode(CAT.data).decode()}"},
    }
    beside = {"type": "image", "path": "dog.png"}
    images = ImagesOfRow()
    value = [{"role": "user", "content": [inside, beside, {"type": "text", "text": "?"}]}]
    (turn,) = turns(value, {"dog.png": DOG}.get, images=images)

    assert [image.data for image in images.all] == [CAT.data, DOG.data]
    assert [part.image for part in turn.parts] == [0, 1, None]

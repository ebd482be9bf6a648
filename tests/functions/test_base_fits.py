"""A base that cannot do what is asked of it is told before anything is paid: blind, or stored in 4 bits."""

import json

import pytest

from functions.on_dataset_ready.fits import must_fit
from functions.on_dataset_ready.step import order
from functions.on_dataset_ready.traits import whole_name
from infra import ledger
from schemas.errors import BadInput
from schemas.orders import BasePin, Counts, Dataset, Plan
from schemas.recipe import Recipe
from schemas.runs import RunRecord
from schemas.sources import Source
from tests.functions.runs import prepared, the_drop
from tests.functions.test_base import a_model
from tests.infra.loopback import COMMIT, believe, serving

BNB = {"quant_method": "bitsandbytes", "load_in_4bit": True}
WHOLE = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2}
STORED = WHOLE | {"quantization_config": BNB}
CPU = Plan(
    machine="n2-standard-8",
    gpu=None,
    spot=False,
    usd_per_hour=1,
    max_seconds=9,
    train_seconds=9,
    disk_gib=9,
    why=".",
)


def pin(**told):
    return BasePin(name="o/n", where="hub", location="o/n", revision=COMMIT, **told)


def images(there):
    return Dataset(
        id="0" * 16,
        source="a",
        made_of=Source(name="a"),
        kind="conversation",
        images=there,
        why=".",
        columns={},
        attempt="1",
        counts=Counts(),
        train=(),
        test=(),
        card="c",
        page="p",
    )


def refusal(base, dataset=None, planned=None, **recipe):
    with pytest.raises(BadInput) as caught:
        must_fit(base, dataset or images(False), Recipe.model_validate(recipe), planned)
    return caught.value.faults[0]


def test_images_need_a_base_that_sees():
    fault = refusal(pin(), images(True))
    assert "reads text alone" in fault.finding
    assert "gemma" in fault.next_step
    must_fit(pin(sees=True), images(True), Recipe())
    must_fit(pin(sees=True), images(False), Recipe())


def test_weights_that_are_stored_otherwise_are_refused_and_so_is_training_all_of_them():
    assert "gptq" in refusal(pin(quantized="gptq")).finding
    stored = pin(quantized="4 bits (bitsandbytes)", whole=f"o/m@{COMMIT}")
    assert "cannot be trained themselves" in refusal(stored, training={"finetuning": "full"}).finding
    must_fit(stored, images(False), Recipe())


def test_without_its_whole_a_quantized_base_gives_an_adapter_alone():
    stored = pin(quantized="4 bits (bitsandbytes)")
    fault = refusal(stored)
    assert "its name does not say" in fault.finding
    assert "export: adapter" in fault.next_step
    must_fit(stored, images(False), Recipe.model_validate({"export": "adapter"}))


def test_four_bits_need_a_gpu():
    stored = pin(quantized="4 bits (bitsandbytes)", whole=f"o/m@{COMMIT}")
    for base, training in ((pin(), {"finetuning": "qlora"}), (stored, {})):
        fault = refusal(base, planned=CPU, training=training)
        assert fault.place == "machine: n2-standard-8"
    must_fit(pin(), images(False), Recipe(), CPU)


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("unsloth/Llama-3.2-1B-Instruct-bnb-4bit", "unsloth/Llama-3.2-1B-Instruct"),
        ("unsloth/gemma-3-4b-it-unsloth-bnb-4bit", "unsloth/gemma-3-4b-it"),
        ("somebody/model-GPTQ", None),
        ("unsloth/gemma-3-4b-it", None),
    ],
)
def test_the_whole_of_a_quantized_base_is_found_by_its_name(name, whole):
    assert whole_name(name) == whole


def pinned(ground, on, monkeypatch, tmp_path, whole):
    models = {
        "o/tiny-bnb-4bit": a_model(tmp_path / "stored", json.dumps(STORED), model=250),
        "o/tiny": a_model(tmp_path / "whole", json.dumps(whole), model=1000)
        if whole
        else (404, "RepoNotFound"),
    }
    with serving(models) as (address, _):
        believe(monkeypatch, address)
        ready = prepared(ground, base_model="o/tiny-bnb-4bit")
        return ready, order(ready, on)


def test_the_whole_of_a_quantized_base_is_pinned_with_it_and_its_size_is_told(
    ground, on, monkeypatch, tmp_path
):
    _, (changed,) = pinned(ground, on, monkeypatch, tmp_path, WHOLE)
    base = ledger.load(on, RunRecord, changed.run_id).base
    assert (base.location, base.whole) == ("o/tiny-bnb-4bit", f"o/tiny@{COMMIT}")
    assert base.quantized == "4 bits (bitsandbytes)"
    assert (base.weight_bytes, base.weight_bits) == (1000, 16)


@pytest.mark.parametrize("other", [None, WHOLE | {"hidden_size": 128}, STORED])
def test_a_quantized_base_whose_whole_is_not_there_or_another_model_is_refused(
    ground, on, monkeypatch, tmp_path, other
):
    ready, events = pinned(ground, on, monkeypatch, tmp_path, other)
    assert events == []
    (fault,) = the_drop(ground, ready).faults
    assert "'o/tiny' is not on the Hub or is another model" in fault.finding


@pytest.mark.parametrize(
    ("leaves_out", "holds", "words"),
    [
        (("tools",), {"tools": True}, "calls tools"),
        (("thoughts", "thoughts before calls"), {"thinking": True, "tools": True}, "what was thought"),
        (("thoughts",), {"thinking": True}, "what was thought"),
        (("thoughts",), {"thinking": True, "tools": True}, None),
        (("tools", "thoughts"), {}, None),
    ],
)
def test_what_a_chat_template_would_leave_out_is_told_before_anything_is_paid(leaves_out, holds, words):
    base, dataset = pin(leaves_out=leaves_out), images(False).model_copy(update=holds)
    if words is None:
        return must_fit(base, dataset, Recipe())
    with pytest.raises(BadInput, match=words) as refused:
        must_fit(base, dataset, Recipe())
    assert "Qwen/Qwen3-4B" in refused.value.faults[0].next_step

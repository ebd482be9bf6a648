"""The export of an adapter: merged, proven beside the adapter, caught where it is wrong, done by a retry."""

import json
import shutil
from dataclasses import replace

import pytest

from gpu_batch.__main__ import run_job
from infra import ground
from infra.settings import Settings
from schemas import names
from schemas.errors import Unavailable
from tests.gpu_batch.exported import ADAPTER, ROWS, trained
from tests.gpu_batch.papers import RUN, TINY, export_order, result_of, tiny_pin

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def made(tmp_path_factory, tuned_adapter):
    """A trained adapter, with the order to export it."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield trained(ground.cloud(Settings(home=folder / "home")), tuned_adapter, folder)


def listed(on, attempt):
    """What an attempt at the export has in the outbox, without the folder's name."""
    prefix = names.attempt_prefix(RUN, "export", attempt)
    return {one.name.removeprefix(prefix) for one in on.store.list(on.outbox, prefix)}


def test_the_merged_model_answers_token_by_token_as_the_adapter_does(made):
    assert run_job(made.on, RUN, "export", 1) == 0
    result = result_of(made.on, "export", 1)
    proof = result.proof
    assert result.faults == ()
    assert (proof.prompts, proof.tokens) == (5, 5)
    assert proof.alike == proof.choices > 200
    assert (proof.compared, proof.same, proof.stopped) == (8, 8, 8)
    assert proof.exact_match == result.exact_match > 0.8
    assert proof.loss == pytest.approx(proof.loss_beside, abs=0.01)
    assert [one.line for one in result.replies] == [row.line for row in ROWS]
    assert all(one.ended and one.text.startswith("TICKET | ") for one in result.replies)


def perturbed(folder):
    """As if the merge had added something else."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    weights = load_file(folder / "model.safetensors")
    noisy = {name: one + torch.randn_like(one) * 0.08 for name, one in weights.items()}
    save_file(noisy, folder / "model.safetensors", metadata={"format": "pt"})


def twice(folder):
    """As if a text began twice."""
    template = folder / "chat_template.jinja"
    template.write_text("{{ bos_token }}" + template.read_text())


def endless(folder):
    """As if another token ended an answer."""
    for name in ("config.json", "generation_config.json"):
        said = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**said, "eos_token_id": 3}))
    said = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**said, "eos_token": "<mask>"}))


@pytest.mark.parametrize(
    ("attempt", "wrong", "told"),
    [
        (2, perturbed, "of the tokens otherwise than the adapter did"),
        (3, twice, "It reads 5 of 5 prompts as other tokens than were trained on"),
        (4, endless, "None of its 8 answers ends"),
    ],
)
def test_a_wrong_merge_template_or_end_is_found_out_and_not_handed_out(
    made, monkeypatch, attempt, wrong, told
):
    from gpu_batch import export

    real = export.name_stops

    def name_stops(chat, folder):
        """The last thing that is done to a merged model before it is asked."""
        real(chat, folder)
        wrong(folder)

    monkeypatch.setattr(export, "name_stops", name_stops)
    assert run_job(made.on, RUN, "export", attempt) == 0
    result = result_of(made.on, "export", attempt)
    assert result.merged is None
    assert any(told in fault.finding for fault in result.faults), result.faults
    assert all("weights are safe" in fault.next_step for fault in result.faults)
    assert listed(made.on, attempt) == {"result.json"}


class Died(BaseException):
    """As if the machine had gone: nothing may catch it."""


class Mortal:
    """A store that dies at its n-th write: before it, or after it."""

    def __init__(self, store, deadly, late):
        self._store, self._left, self._late = store, deadly, late

    def __getattr__(self, method):
        def call(*arguments):
            if method not in ("upload", "write_once"):
                return getattr(self._store, method)(*arguments)
            self._left -= 1
            if self._left == 0 and self._late:
                getattr(self._store, method)(*arguments)
            if self._left == 0:
                raise Died
            return getattr(self._store, method)(*arguments)

        return call


@pytest.mark.parametrize("deadly", range(1, 8))
def test_an_export_that_died_at_any_write_has_no_result_and_the_next_attempt_is_whole(made, deadly):
    late = deadly % 2 == 0 and deadly < 7
    dead = replace(made.on, store=Mortal(made.on.store, deadly, late))
    attempt = 10 + 2 * deadly
    with pytest.raises(Died):
        run_job(dead, RUN, "export", attempt)
    assert "result.json" not in listed(made.on, attempt)  # so nothing of it is shown to anybody
    if deadly == 7:  # between the upload and the result
        assert run_job(made.on, RUN, "export", attempt + 1) == 0
        result = result_of(made.on, "export", attempt + 1)
        assert result.merged == names.weights(RUN, "export", attempt + 1, "merged")
        assert listed(made.on, attempt + 1) >= {
            "merged/model.safetensors",
            "merged/config.json",
            "result.json",
        }


def test_where_no_row_can_be_asked_prompts_of_our_own_are(made):
    """Rows with images, or texts to go on learning a language from."""
    seen = made.order.dataset.model_copy(update={"images": True})
    export_order(made.on, made.order.model_copy(update={"dataset": seen}), ADAPTER, "merged")
    assert run_job(made.on, RUN, "export", 40) == 0
    result = result_of(made.on, "export", 40)
    assert (result.faults, result.exact_match, result.proof.loss) == ((), None, None)
    assert (result.proof.prompts, result.proof.tokens, result.proof.compared) == (5, 5, 5)
    assert [one.line for one in result.replies] == [-1, -2, -3, -4, -5]
    export_order(made.on, made.order, ADAPTER, "merged")


def test_an_end_that_the_base_names_for_its_tokenizer_alone_is_named_for_whoever_generates(made, tmp_path):
    base = shutil.copytree(TINY, tmp_path / "base")
    for name, said in (
        ("generation_config.json", {"eos_token_id": 1}),
        ("config.json", {**json.loads((base / "config.json").read_text()), "eos_token_id": 1}),
        ("tokenizer_config.json", {"bos_token": "<bos>", "eos_token": "<end_of_turn>", "pad_token": "<pad>"}),
    ):
        (base / name).write_text(json.dumps(said))
    export_order(made.on, made.order.model_copy(update={"base": tiny_pin(base)}), ADAPTER, "merged")
    assert run_job(made.on, RUN, "export", 41) == 0
    export_order(made.on, made.order, ADAPTER, "merged")
    merged = result_of(made.on, "export", 41).merged
    told = json.loads(made.on.store.read("outbox", f"{merged}generation_config.json"))
    assert told["eos_token_id"] == [1, 6]


def test_an_export_whose_order_is_not_there_is_asked_again_later(made):
    with pytest.raises(Unavailable):
        run_job(made.on, RUN, "export", 99, "0123456789abcdef")

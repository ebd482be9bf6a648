"""What a page tells people to type to use their model, and that the guide tells the same."""

import shlex
from pathlib import Path

from functions import usage
from schemas import names
from schemas.exports import gguf_file
from tests.functions.test_pages_status import RUN, a_run, a_training, an_export, started

GUIDE = (Path(__file__).parents[2] / "docs" / "use-your-model.md").read_text(encoding="utf-8")
FOLDER = names.weights(RUN, "gguf", 1, "gguf")


def everything(name="support.csv"):
    from schemas.results import GgufResult, Quantized

    files = [Quantized(format=one, path=FOLDER + gguf_file(one), size=9) for one in ("f16", "q4_k_m")]
    kept = {"train": 1, "export": 1, "gguf": 1}
    story = started(a_run(state="succeeded", stage="gguf", kept=kept), None, a_training(), an_export())
    made = GgufResult(run_id=RUN, attempt=1, folder=FOLDER, files=tuple(files))
    return story._replace(gguf=made, drop=story.drop.model_copy(update={"name": name}))


def test_every_line_that_a_page_prints_is_explained_in_the_guide():
    ways = usage.ways(everything(), "PROJECT-jinko-outbox")
    assert [way.code for way in ways if way.code not in GUIDE] == []
    assert len(ways) == 7


def test_on_a_laptop_the_lines_name_the_outbox_s_folders_and_fetch_nothing():
    codes = [way.code for way in usage.ways(everything(), None)]
    assert f"vllm serve runs/{RUN}/export/1/merged" in codes
    assert not any(code.startswith("gcloud") for code in codes)


def test_ollama_is_told_a_name_that_it_takes():
    (code,) = [w.code for w in usage.ways(everything("Kunden Fragen (2).csv"), None) if w.title == "Ollama"]
    assert shlex.split(code.splitlines()[1]) == ["ollama", "run", "kunden-fragen-2"]


def test_before_a_run_has_succeeded_nothing_is_to_be_used():
    story = started(a_run(state="running", stage="export", kept={"train": 1}), None, a_training())
    assert usage.ways(story, None) == []


def scorer(**weights):
    run = a_run(state="succeeded", stage="train", kept={"train": 1})
    base = run.base.model_copy(update={"location": "owner/name"})
    trained = a_training(effective={"method": "reward"}, **weights)
    return started(run.model_copy(update={"base": base}), None, trained)


def test_of_a_reward_model_it_is_told_how_to_score_and_not_how_to_talk():
    whole = {"adapter": None, "model": names.weights(RUN, "train", 1, "model")}
    for weights in ({}, whole):
        ways = usage.ways(scorer(**weights), "PROJECT-jinko-outbox")
        assert [way.title for way in ways] == ["Fetch the reward model", "Score an answer, in Python"]
        assert ways[1].code in GUIDE

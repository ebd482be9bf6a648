"""Each method trains the tiny base on a CPU, through the job's front door, and moves what it should move.

Seeds are fixed; every number is of held-out rows. None takes more than half a minute of one core.
"""

import json

import pytest

from functions import usage
from gpu_batch.__main__ import run_job
from gpu_batch.folders import download_folder
from infra import ground
from infra.settings import Settings
from schemas import names
from tests.gpu_batch.methods import rows
from tests.gpu_batch.papers import RUN, TINY, metrics_of, result_of, tickets

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

ANSWERS = {"rows": 24, "max_new_tokens": 48}


@pytest.fixture
def train(tmp_path, offline):
    """Train on rows of a kind, measure on others; the job's result."""

    def trained(kind, learn, held_out, evaluation=None, **training):
        on = ground.cloud(Settings(home=tmp_path / "home"))
        made = rows.dataset(on, kind, learn, held_out, tmp_path)
        rows.order(on, made, training=training, evaluation=evaluation or ANSWERS)
        assert run_job(on, RUN, "train", 1) == 0
        result = result_of(on, "train")
        assert result.faults == ()
        return on, result

    return trained


def test_supervised_fine_tuning_answers_word_for_word(train):
    _, result = train(
        "conversation",
        tickets(0, 800),
        tickets(900, 916),
        finetuning="full",
        learning_rate=2e-3,
        batch_size=16,
        max_steps=70,
    )
    assert result.before.exact_match == 0
    assert result.after.exact_match >= 0.5
    assert result.comparison.better >= 8


def test_continued_pretraining_lowers_the_loss_on_texts_it_never_saw(train):
    _, result = train("text", rows.texts(0, 240), rows.texts(900, 916), learning_rate=1e-2, max_steps=20)
    assert result.after.loss < result.before.loss / 3
    assert result.after.perplexity < result.before.perplexity / 100
    assert result.after.token_accuracy > 0.4
    assert result.answers == ()
    assert result.effective["packing"] == "True"


@pytest.mark.parametrize("method", ["dpo", "orpo"])
def test_preferences_put_the_better_answer_in_front(train, method):
    on, result = train(
        "preference",
        rows.preferences(0, 96),
        rows.preferences(900, 916),
        method=method,
        learning_rate=5e-3,
        batch_size=8,
        max_steps=12,
        warmup_steps=1,
    )
    assert result.before.preferred < 0.5 < 0.9 < result.after.preferred
    assert result.before.margin < 0 < 1 < result.after.margin
    last = metrics_of(on)[-1]
    assert last["preferred"] == 1
    assert last["margin"] > metrics_of(on)[0]["margin"]
    assert len(result.answers) == 16
    if method == "orpo":  # learns the better answer as well
        assert result.after.loss < result.before.loss / 2


def test_feedback_parts_good_answers_from_bad_ones(train):
    _, result = train(
        "feedback",
        rows.feedback(0, 120),
        rows.feedback(900, 924),
        learning_rate=5e-3,
        batch_size=8,
        max_steps=12,
        warmup_steps=1,
    )
    assert result.before.margin < 0 < 1 < result.after.margin
    assert result.effective["method"] == "kto"


def test_grades_of_its_own_answers_rise(train):
    """The base mostly begins its letters with `Dear`; it is graded for `Hello`."""
    questions = [(row.prompt[0].content, "Hello") for row in tickets(0, 56)]
    graders = [{"grader": "regex", "pattern": "^Hello "}]
    on, result = train(
        "prompts",
        rows.prompts(questions[:40]),
        rows.prompts(questions[40:]),
        evaluation={"rows": 16, "max_new_tokens": 8},
        graders=graders,
        learning_rate=5e-3,
        max_steps=10,
        batch_size=32,
        grpo={"generations": 8, "max_new_tokens": 8},
    )
    assert result.before.reward <= 0.2
    assert result.after.reward >= 0.8
    assert result.answers[0].after.startswith("Hello")
    assert {"reward", "loss", "step"} <= metrics_of(on)[0].keys()


@pytest.mark.parametrize("finetuning", ["lora", "full"])
def test_a_reward_model_scores_the_better_answer_higher(train, finetuning, tmp_path):
    """Also as whoever fetched it is told to use it: the lines of the page are run."""
    rate = {"lora": 5e-3, "full": 1e-3}[finetuning]
    on, result = train(
        "preference",
        rows.subtle(0, 128),
        rows.subtle(900, 940),
        evaluation={"rows": 40},
        method="reward",
        finetuning=finetuning,
        learning_rate=rate,
        batch_size=8,
        max_steps=16,
    )
    assert result.before.preferred < 0.8
    assert result.after.preferred >= 0.9
    assert result.after.loss < result.before.loss
    assert (result.adapter is None) == (finetuning == "full")
    folder = download_folder(on, result.weights, tmp_path / "kept")
    form = usage.SCORER if result.model else usage.ADAPTED_SCORER
    code = form.format(folder=folder, base=TINY)
    if result.adapter:  # its base is named, and lies in this folder
        config = json.loads((folder / "adapter_config.json").read_text())
        assert (config["base_model_name_or_path"], config["task_type"]) == ("tiny-gemma3", "SEQ_CLS")
        config["base_model_name_or_path"] = str(TINY)
        (folder / "adapter_config.json").write_text(json.dumps(config))
    row = rows.subtle(950, 951)[0]
    told = []
    for answer in (row.chosen, row.rejected):
        asked = code.replace("Your question", row.prompt[0].content)
        exec(asked.replace("An answer", answer[0].content).replace("print(", "told.append("), {"told": told})
    assert told[0] > told[1]


def test_an_attempt_that_starts_anew_gives_the_same_losses(train, tmp_path, offline):
    settings = {"learning_rate": 5e-3, "max_steps": 3, "batch_size": 4}
    on, _ = train("preference", rows.preferences(0, 24), [], **settings)
    assert run_job(on, RUN, "train", 2) == 0
    once, again = metrics_of(on, 1), metrics_of(on, 2)
    assert [line["loss"] for line in once] == [line["loss"] for line in again]
    assert on.store.stat(on.outbox, names.weights(RUN, "train", 2, "adapter") + "adapter_config.json")

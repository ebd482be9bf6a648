"""What TRL would train on wrongly and without a word, or refuse in words nobody understands."""

import pytest

from gpu_batch import methods
from gpu_batch.methods import Rows, grpo
from schemas.defaults import Known
from schemas.errors import BadInput
from schemas.layers import layer_from_yaml, resolve
from tests.gpu_batch.methods.desks import desk, made, some

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


def fault_of(call, *given, **named):
    with pytest.raises(BadInput) as refused:
        call(*given, **named)
    return refused.value.faults[0]


def test_feedback_is_not_trained_on_as_if_all_answers_were_good():
    """TRL's SFT would learn the bad answers as well."""
    asked = layer_from_yaml("training: {method: sft}", "recipe", "mine.yaml")
    fault = fault_of(resolve, [asked], Known("feedback", 100))
    assert (
        fault.finding
        == "The rows are feedback on answers, and supervised fine-tuning cannot learn from those."
    )
    assert "Set training.method: kto" in fault.next_step
    assert resolve([], Known("feedback", 100)).recipe.training.method == "kto"


@pytest.mark.parametrize("good", [True, False])
def test_feedback_of_one_kind_is_refused(good, tmp_path):
    rows = [row.model_copy(update={"good": good}) for row in some("feedback")]
    fault = fault_of(made, tmp_path, rows, method="kto")
    assert f"All 24 answers are judged {'good' if good else 'bad'}" in fault.finding
    assert ("sft" in fault.next_step) == good


def test_a_batch_of_one_judged_answer_is_refused_and_never_chosen(tmp_path):
    fault = fault_of(made, tmp_path, method="kto", batch_size=1)
    assert fault.place == "training.batch_size"
    assert "2 or more" in fault.next_step
    at = made(tmp_path, method="kto")
    long = at.rows._replace(lengths=[10_000] * at.rows.count)
    assert at.method.trainer(at.desk, at.base, long, None, []).args.per_device_train_batch_size == 2


@pytest.mark.parametrize(("count", "batches"), [(9, 2), (10, 3)])
def test_no_judged_answer_is_alone_at_the_end_of_an_epoch(count, batches, tmp_path):
    at = made(tmp_path, some("feedback", count), method="kto", batch_size=4)
    sizes = [len(batch["label"]) for batch in at.trainer.get_train_dataloader()]
    assert len(sizes) == batches
    assert min(sizes) >= 2


def test_groups_of_answers_are_whole_whatever_is_asked(tmp_path):
    fault = fault_of(made, tmp_path, method="grpo", batch_size=2)
    assert "no whole number of groups of 8" in fault.finding
    assert "training.batch_size: 8" in fault.next_step
    rows = made(tmp_path, method="grpo", batch_size=8).rows
    for count, length in ((1, 100), (3, 100), (24, 300), (24, 5000), (20_000, 700)):
        for asked in ({}, {"gradient_accumulation": 3}, {"grpo": {"generations": 5}}):
            at = desk(tmp_path, count, method="grpo", **asked)
            some_rows = Rows(rows.data, [length] * count, count)
            if asked.get("gradient_accumulation") and count < 3:
                continue
            shared = grpo.drawn(at, some_rows)
            answers = shared.size * shared.gathered
            assert answers % at.options.grpo.generations == 0
            assert answers // at.options.grpo.generations <= count


def test_more_prompts_a_step_than_there_are_is_refused(tmp_path):
    """TRL would leave the last, unfilled step out: here, all of them."""
    fault = fault_of(made, tmp_path, some("prompts", 3), method="grpo", batch_size=32)
    assert "of 3 prompts at most" in fault.finding


def test_graders_that_give_all_the_same_are_refused_before_training(tmp_path):
    """TRL would train to the end with a loss of 0."""
    same = [{"grader": "regex", "pattern": "."}]
    fault = fault_of(made, tmp_path, method="grpo", graders=same)
    assert "regex gives all answers the same score" in fault.finding
    assert "1 1 1" in fault.finding


def test_reinforcement_without_a_grader_is_refused_before_a_machine_starts():
    fault = fault_of(resolve, [], Known("prompts", 100))
    assert fault.place == "training.graders"
    assert "nothing is named that grades them" in fault.finding
    named = layer_from_yaml("training.graders: exact", "recipe", "mine.yaml")
    assert resolve([named], Known("prompts", 100)).recipe.training.method == "grpo"


def test_questions_with_answers_may_be_trained_by_grades(tmp_path):
    at = desk(tmp_path, 4, method="grpo")
    rows = methods.of("grpo").read(at, some("conversation", 4))
    assert rows.read[0].answered("x").reference["answer"].startswith("TICKET")


def test_a_reward_model_in_four_bits_is_refused(tmp_path):
    fault = fault_of(made, tmp_path, method="reward", finetuning="qlora")
    assert fault.place == "training.finetuning"

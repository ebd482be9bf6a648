"""Which method suits which rows, what is chosen, and what settings of others are called here."""

from typing import get_args

import pytest

from schemas.defaults import Known, epochs, filled, learning_rate, rows_a_step
from schemas.errors import BadInput
from schemas.layers import layer_from_metadata, layer_from_yaml, resolve
from schemas.methods import FITS, IN_WORDS, METHODS, SECTIONS
from schemas.recipe import known_settings
from schemas.renamed import ELSEWHERE, RENAMED, VALUES
from schemas.samples import Kind
from schemas.training import TrainingOptions

ROWS = Known("conversation", 1000)


def resolved(text, known=ROWS):
    return resolve([layer_from_yaml(text, "recipe", "mine.yaml")], known)


def faults_of(text, known=ROWS):
    with pytest.raises(BadInput) as refused:
        resolved(text, known)
    return refused.value.faults


# ---------------------------------------------------------------- which method


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_rows_has_a_method_or_is_known_to_have_none(kind):
    fitting = FITS[kind]
    known = Known(kind, 100)
    chosen = filled(TrainingOptions(), known).method
    assert chosen == (fitting[0] if fitting else None)
    assert (kind == "stepwise") == (not fitting)


def test_every_method_fits_some_rows_and_has_a_name():
    assert {method for fitting in FITS.values() for method in fitting} == set(METHODS)
    assert set(IN_WORDS) == set(SECTIONS) == set(METHODS)


@pytest.mark.parametrize("kind", [kind for kind, fitting in FITS.items() if fitting])
def test_a_method_that_does_not_fit_is_refused_with_those_that_do(kind):
    known = Known(kind, 100)
    wrong = next(method for method in METHODS if method not in FITS[kind])
    (fault,) = faults_of(f"training: {{method: {wrong}, graders: exact}}", known)
    assert fault.place == "mine.yaml"
    assert all(method in fault.next_step for method in FITS[kind])


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("training: {method: reward, finetuning: qlora}", "preference", "in 4 bits"),
        ("training: {batch_size: 1}", "feedback", "a batch of one row"),
    ],
)
def test_what_a_method_cannot_do_is_refused_before_a_machine_starts(text, kind, place):
    (fault,) = faults_of(text, Known(kind, 100))
    assert place in fault.finding


def test_the_settings_of_another_method_that_fits_name_that_method():
    (fault,) = faults_of("training: {graders: exact}")
    assert fault.next_step == "Remove 'training.graders' here, or set training.method: grpo."
    (fault,) = faults_of("training: {orpo: {beta: 0.2}}", Known("preference", 9))
    assert fault.next_step == "Remove 'training.orpo.beta' here, or set training.method: orpo."
    (fault,) = faults_of("training: {kto: {beta: 0.2}}")
    assert fault.next_step == "Remove 'training.kto.beta' here."


def test_what_is_not_known_yet_is_not_refused_yet():
    layer = layer_from_yaml("training: {dpo: {beta: 0.2}}", "recipe", "a.yaml")
    assert resolve([layer]).recipe.training.method is None


# ---------------------------------------------------------------- settings that would be ignored


@pytest.mark.parametrize(
    ("text", "kind", "setting"),
    [
        ("training: {dpo: {beta: 0.2}}", "conversation", "training.dpo.beta"),
        ("training: {method: orpo, dpo: {beta: 0.2}}", "preference", "training.dpo.beta"),
        ("training: {packing: true}", "preference", "training.packing"),
        ("training: {graders: exact}", "feedback", "training.graders"),
        ("training: {sft: {last_answer_only: true}}", "text", "training.sft.last_answer_only"),
        ("training: {image_pixels: 448}", "conversation", "training.image_pixels"),
        ("evaluation: {max_new_tokens: 9}", "text", "evaluation.max_new_tokens"),
        ("training: {method: reward}\nexport: merged", "preference", "export"),
    ],
)
def test_a_setting_that_means_nothing_here_is_refused(text, kind, setting):
    (fault,) = faults_of(text, Known(kind, 100))
    assert fault.place == "mine.yaml"
    assert fault.finding.startswith(f"'{setting}' ")
    assert "Remove" in fault.next_step


def test_sections_of_other_methods_are_not_in_the_table():
    table = resolved("training: {}", Known("preference", 100)).table()
    told = {setting: value for setting, value, _ in table}
    assert told["training.dpo.beta"] == "0.1"
    assert not any(setting.startswith(("training.kto.", "training.grpo.")) for setting in told)
    assert told["training.packing"] == "not used (it is DPO)"


# ---------------------------------------------------------------- what is chosen


def test_everything_that_can_be_known_is_chosen_and_twice_is_once():
    for kind, fitting in FITS.items():
        for method in fitting:
            options = filled(TrainingOptions(method=method), Known(kind, 5000, 4e9))
            needed = ("lora_rank", "lora_alpha", "learning_rate", "epochs", "warmup_steps", "scheduler")
            assert all(getattr(options, name) is not None for name in needed)
            assert filled(options, Known(kind, 5000, 4e9)) == options


def test_what_a_person_says_is_kept():
    said = TrainingOptions(learning_rate=0.5, lora_rank=3, epochs=7, warmup_steps=0, packing=True)
    options = filled(said, ROWS)
    assert (options.learning_rate, options.lora_rank, options.lora_alpha) == (0.5, 3, 6)
    assert (options.epochs, options.warmup_steps, options.packing) == (7, 0, True)


def test_adapters_take_ten_times_the_rate_and_large_bases_half_of_that():
    for method in METHODS:
        assert learning_rate(method, "lora", 8e9) == pytest.approx(10 * learning_rate(method, "full", 8e9))
        assert learning_rate(method, "qlora", 33e9) == pytest.approx(learning_rate(method, "lora", 8e9) / 2)
        assert learning_rate(method, "full", 33e9) == learning_rate(method, "full", 8e9)


@pytest.mark.parametrize("method", METHODS)
def test_more_rows_mean_fewer_epochs_and_larger_steps(method):
    counts = [50, 500, 5_000, 50_000, 5_000_000]
    often = [epochs(method, count) for count in counts]
    wide = [rows_a_step(method, count) for count in counts]
    assert often == sorted(often, reverse=True)
    assert often[-1] >= 1
    assert wide == sorted(wide)


# ---------------------------------------------------------------- names of others


def test_names_of_other_tools_mean_settings_that_there_are():
    known = set(known_settings())
    assert set(RENAMED.values()) <= known
    assert not set(RENAMED) & known
    assert set(VALUES) <= known


def test_a_name_of_another_tool_is_taken_and_told():
    asked = resolved(
        "lora_r: 8\ntraining: {num_train_epochs: 2, warmup_ratio: 0.1, lr_scheduler_type: linear}"
    )
    training = asked.recipe.training
    assert (training.lora_rank, training.epochs, training.warmup_steps) == (8, 2, 0.1)
    assert asked.sources["training.lora_rank"] == "recipe, as lora_r"
    assert ("training.scheduler", "linear", "recipe, as training.lr_scheduler_type") in asked.table()


def test_a_setting_by_two_of_its_names_in_one_place_is_refused():
    (fault,) = faults_of("training: {lora_r: 8, lora_rank: 16}")
    assert fault.finding == "'training.lora_r' and 'training.lora_rank' are both 'training.lora_rank'."


def test_a_value_by_another_name_is_taken():
    assert resolved("training: {rl: rm}", Known("preference", 9)).recipe.training.method == "reward"
    assert resolved("training: {rl: DPO}", Known("preference", 9)).recipe.training.method == "dpo"
    assert resolved("adapter: QLoRA").recipe.training.finetuning == "qlora"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("load_in_4bit: true", "Set training.finetuning: qlora, which holds the base in 4 bits."),
        ("training: {train_on_inputs: false}", "Leave it out: only answers are learned, always."),
        ("training: {grpo: {loss_type: dapo, optim: x}}", "Leave it out: AdamW is used."),
        ("training: {learning_rat: 1}", "Did you mean 'training.learning_rate'?"),
        ("trainin: {seed: 1}", "Did you mean 'training.seed'?"),
        ("seed: 1", "Did you mean 'data.seed', 'training.seed' or 'generate.seed'?"),
    ],
)
def test_what_is_no_setting_here_is_refused_with_what_to_do_instead(text, step):
    assert faults_of(text)[-1].next_step == step


def test_what_is_no_setting_is_none_by_any_name():
    ours = {key.rpartition(".")[2] for key in known_settings()}
    assert not set(ELSEWHERE) & ours
    assert not {f"training.{name}" for name in ELSEWHERE} & set(RENAMED)


# ---------------------------------------------------------------- forms


def test_graders_are_named_in_metadata_too():
    for told in ("exact", "exact, tags", '[{"grader": "number", "column": "answer", "weight": 2}]'):
        layer = layer_from_metadata({"training.graders": told}, "a.csv")
        graders = resolve([layer], Known("prompts", 9)).recipe.training.graders
        assert [one.grader for one in graders] in (["exact"], ["exact", "tags"], ["number"])


def test_a_grader_that_is_none_and_a_setting_it_has_not_are_told():
    (fault,) = faults_of("training: {graders: [{grader: exactly}]}", Known("prompts", 9))
    assert fault.place == "mine.yaml"
    (fault,) = faults_of("training: {graders: [{grader: exact, colum: a}]}", Known("prompts", 9))
    assert "colum" in fault.finding


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("training: {dpo: {losses: [sigmoid, sft], loss_weights: [1]}}", "2 losses and 1 weights"),
        ("training: {dpo: {label_smoothing: 0.1}}", "label_smoothing changes none of these losses"),
        ("training: {dpo: {losses: exo_pair}}", "exo_pair needs label_smoothing"),
        ("training: {dpo: {losses: []}}", "name a loss"),
        ("training: {dpo: {losses: banana}}", "'sigmoid', 'hinge'"),
        ("training: {dpo: {losses: sft}}", "sft alone learns no preference"),
        ("training: {dpo: {losses: [ipo, ipo]}}", "twice"),
        ("training: {dpo: {loss_weights: [-1]}}", "greater than 0"),
        ("training: {warmup_steps: 1.5}", "a number of steps, a whole one"),
        ("training: {grpo: {generations: 1}}", "greater than or equal to 2"),
    ],
)
def test_what_does_not_fit_together_is_told(text, said):
    (fault,) = faults_of(text, Known("preference", 9))
    assert said in fault.next_step


def test_a_switch_is_true_or_false_and_nothing_else_is():
    assert resolved("training: {packing: yes}").recipe.training.packing is True
    assert resolve([layer_from_metadata({"training.packing": "false"}, "a")]).recipe.training.packing is False
    (fault,) = faults_of("training: {epochs: yes}")
    assert "cannot be true" in fault.finding

"""Whether a base can learn a dataset in the wanted way, and be exported so; said before anything is paid."""

from typing import Final

from functions.on_dataset_ready.convertible import ARCHITECTURES, LLAMA_CPP
from functions.on_dataset_ready.scorable import SCORABLE
from functions.on_dataset_ready.traits import whole_name
from schemas.errors import BadInput, Fault
from schemas.exports import quantizations
from schemas.orders import BasePin, Dataset, Plan
from schemas.recipe import Recipe

A_BASE_THAT_SEES: Final = "google/gemma-3-4b-it"
A_FULL_TEMPLATE: Final = "Qwen/Qwen3-4B"  # its chat template knows tools and keeps thoughts
OURS: Final = "bitsandbytes"  # the one way of storing fewer bits that an adapter is trained beside


def must_fit(base: BasePin, dataset: Dataset, recipe: Recipe, planned: Plan | None = None) -> None:
    """Raises BadInput where the base cannot do what is asked. `planned`: its machine, if one is lent."""
    for refusal in (_blind, _forgetful, _stored, _unmergeable, _unconvertible, _unscorable):
        fault = refusal(base, dataset, recipe)
        if fault:
            raise BadInput(fault)
    in_4_bits = base.quantized or recipe.training.finetuning == "qlora"
    if in_4_bits and planned and planned.gpu is None:
        finding = f"The base would be held in 4 bits, which needs a GPU, and {planned.machine} has none."
        step = "Choose a machine with a GPU, or set training.finetuning: lora with a 16-bit base_model."
        raise BadInput(Fault(place=f"machine: {planned.machine}", finding=finding, next_step=step))


def _blind(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    if not dataset.images or base.sees:
        return None
    finding = "This dataset holds images, and the base model reads text alone."
    step = f"Choose a base_model that sees, such as {A_BASE_THAT_SEES}."
    return Fault(place=f"base_model: {base.name}", finding=finding, next_step=step)


def _forgetful(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    """Calls or thoughts that the base's chat template would leave out of every row."""
    place, out = f"base_model: {base.name}", base.leaves_out
    if dataset.tools and "tools" in out:
        finding = "This dataset calls tools, and the chat template of the base model leaves them out."
        return Fault(
            place=place, finding=finding, next_step=f"Choose one that knows tools: {A_FULL_TEMPLATE}."
        )
    before_calls = dataset.tools and "thoughts before calls" not in out
    if dataset.thinking and "thoughts" in out and not before_calls:
        finding = (
            "This dataset holds what was thought before answers, and the chat template of the base model "
            "leaves that out."
        )
        step = f"Choose one that keeps thoughts, such as {A_FULL_TEMPLATE}, or leave them out of the file."
        return Fault(place=place, finding=finding, next_step=step)
    return None


def _unscorable(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    """Of some models, those that see above all, transformers makes none that scores."""
    if recipe.training.method != "reward" or base.architecture is None or base.architecture in SCORABLE:
        return None
    finding = f"transformers makes no reward model of a {base.architecture}."
    step = "Choose a base_model that it can, such as google/gemma-3-1b-it; or training.method: dpo."
    return Fault(place=f"base_model: {base.name}", finding=finding, next_step=step)


def _stored(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    if base.quantized is None:
        return None
    place = f"base_model: {base.name}"
    if OURS not in base.quantized:
        finding = f"The base model's weights are stored as {base.quantized}, which Jinko does not train with."
        step = "Choose its 16-bit model; training.finetuning: qlora holds that in 4 bits by itself."
        return Fault(place=place, finding=finding, next_step=step)
    if recipe.training.finetuning == "full":
        finding = (
            f"The base model's weights are stored in {base.quantized}; they cannot be trained themselves."
        )
        step = "Set training.finetuning: qlora, or choose its 16-bit model."
        return Fault(place=place, finding=finding, next_step=step)
    return None


def must_convert(base: BasePin, dataset: Dataset, recipe: Recipe) -> None:
    """Raises BadInput where GGUF files are wanted that cannot be made, or would lack what was taught."""
    if fault := _unconvertible(base, dataset, recipe):
        raise BadInput(fault)


def _unconvertible(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    wanted = quantizations(recipe.export)
    if not wanted:
        return None
    place = f"export: {wanted[0]}"
    if dataset.images:
        finding = "A GGUF file holds the language model alone, and this dataset teaches it to see."
        return Fault(place=place, finding=finding, next_step="Ask for export: merged.")
    if base.architecture is None or base.architecture in ARCHITECTURES:
        return None
    finding = f"llama.cpp {LLAMA_CPP} makes no GGUF files of a {base.architecture}."
    step = "Ask for export: merged, or choose a base_model of another family (Gemma, Llama, Qwen, Mistral)."
    return Fault(place=place, finding=finding, next_step=step)


def _unmergeable(base: BasePin, dataset: Dataset, recipe: Recipe) -> Fault | None:
    if base.quantized is None or base.whole or set(recipe.export) <= {"adapter"}:
        return None
    name = whole_name(base.location) if base.where == "hub" else None
    why = f"'{name}' is not on the Hub or is another model" if name else "its name does not say which that is"
    return Fault(
        place=f"base_model: {base.name}",
        finding=f"The base is stored in {base.quantized}; adapters are merged into its 16-bit model; {why}.",
        next_step="Set export: adapter; or base_model: the 16-bit one, and training.finetuning: qlora.",
    )

"""The first machine rule: on which machine a run trains, for how long, and so what it costs at most.

What the memory of one accelerator has to hold (training uses one), for a base of P weights:

    LoRA    2 bytes · P                  the base, in bfloat16
            16 bytes · rank · P^(2/3)    the adapter, its gradients and Adam's two states, in float32
    QLoRA   0.6 bytes · P                the base in 4 bits, its embeddings in 16; the adapter as above
    full    16 bytes · P                 weights, gradients and Adam's two states, in float32
    all     4 MiB a token of a batch     4,096 tokens; or batch_size rows of max_length (512 where none is
    given) 1 GiB                        CUDA itself; and a tenth of the memory stays free

What a method adds: pairs (dpo, orpo, reward) and the two ways kto reads a row are two texts to a row of
batch_size; grpo's rows have room for the answer. dpo, kto, and grpo with a beta compare with the model as it
was: half a batch more (no gradients), and where the whole model is trained its copy, 2 bytes · P.

And the machine's own memory: 4 GiB beside the base as it is loaded, in bfloat16 to train an adapter, in
float32 to train all of it. Merging an adapter takes no more: it is done tensor by tensor.

P is the size of the weights' files over that of one weight. A square layer of width d has d² weights and an
adapter 2·rank·d; today's models are near 2·P^(1/3) wide, which makes rank·P^(2/3) of an adapter (64 million
at rank 16 for Llama 3.1 8B; its layers add up to 42). 4 MiB a token is what a vocabulary of 262,144 comes to,
whose logits are held in bfloat16, in float32 and as a gradient (2.5 MiB), with what the layers keep. This is
arithmetic; no GPU has measured it. `machine` in a recipe overrides it.

The cheapest machine that holds it all is taken: a standard one unless Spot is asked for. Pure: asks nobody.
"""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from infra.ports import Machine
from schemas.defaults import TOKENS_A_BATCH, Known, filled
from schemas.errors import BadInput, Fault
from schemas.exports import quantizations
from schemas.methods import Method
from schemas.orders import BasePin, Plan
from schemas.recipe import Recipe
from schemas.training import TrainingOptions

GIB: Final = 2**30
TOKEN_BYTES: Final = 4 * 2**20
TOKENS_A_ROW: Final = 512
FOUR_BITS: Final = 0.6  # bytes a weight
TEXTS_A_ROW: Final[Mapping[Method, int]] = {"dpo": 2, "orpo": 2, "reward": 2, "kto": 2}
FREE: Final = 0.1  # of an accelerator's memory: allocators leave holes
DISK_GIB: Final = 100  # the system and the container; torch and CUDA are 30 of them
COPIES: Final = 3  # of the weights on the disk: base, merged, one to spare; merged, 16-bit GGUF, quantized
UNKNOWN_DISK_GIB: Final = 300
DISK_USD: Final = 0.10 / 730  # a GiB an hour: the list price of a balanced disk

LONGEST_SECONDS: Final = 14 * 24 * 3600  # Cloud Batch's longest job
START_SECONDS: Final = 300  # paid before a job runs: the machine boots and installs its driver
LEAST_TRAINING_SECONDS: Final = 300
SAVE_SECONDS: Final = 120
EXPORT_SECONDS: Final = 600
BYTES_A_SECOND: Final = 50e6  # at which weights are taken to travel


class Need(NamedTuple):
    """Memory that a run needs, in GiB: of one accelerator and of the machine itself."""

    weights: float
    learning: float
    rows: float
    host: float

    @property
    def accelerator(self) -> float:
        return self.weights + self.learning + self.rows + 1


def plan(base: BasePin, recipe: Recipe, machines: Sequence[Machine]) -> Plan | None:
    """The plan of a run; None where the ground lends no machines.

    Raises BadInput for a machine that there is not, or not as asked for, where none is large enough, where
    the size of the base is not known, and where the money buys too little time.
    """
    if not machines:
        _must_ask_for_none(recipe)
        return None
    need = needed(base, recipe) if base.weight_bytes else None
    machine = _named(recipe, machines) if recipe.machine else _smallest(base, recipe, machines, need)
    disk = math.ceil((DISK_GIB + COPIES * base.weight_bytes / GIB) / 10) * 10
    disk = disk if base.weight_bytes else UNKNOWN_DISK_GIB
    return _clocked(base, recipe, machine, disk, _why(recipe, machine, need))


def needed(base: BasePin, recipe: Recipe) -> Need:
    """What a base of known size needs, by the rule above."""
    weights = base.weights
    # What the order says; without one, of conversations.
    training = filled(recipe.training, Known("conversation", 1, weights))
    whole, remembers = training.finetuning == "full", _remembers(training)
    adapter = (training.lora_rank or 0) * weights ** (2 / 3)
    a_weight = {"full": 4.0, "lora": 2.0, "qlora": FOUR_BITS}[training.finetuning]
    return Need(
        weights=(a_weight + (2 if whole and remembers else 0)) * weights / GIB,
        learning=(12 * weights if whole else 16 * adapter) / GIB,
        rows=_tokens(training) * (1.5 if remembers else 1) * TOKEN_BYTES / GIB,
        host=(4 if whole else 2) * weights / GIB + 4,
    )


def _remembers(training: TrainingOptions) -> bool:
    """Whether the method compares with the model as it was."""
    return training.method in ("dpo", "kto") or (training.method == "grpo" and training.grpo.beta > 0)


def _tokens(training: TrainingOptions) -> int:
    """Of all texts that one pass takes."""
    if training.batch_size is None:
        return max(TOKENS_A_BATCH, training.max_length or 0)
    if training.packing:
        return training.batch_size * (training.max_length or TOKENS_A_BATCH)
    row = training.max_length or TOKENS_A_ROW
    if training.method == "grpo" and training.max_length is None:
        row += training.grpo.max_new_tokens
    texts = TEXTS_A_ROW.get(training.method, 1) if training.method else 1
    return training.batch_size * row * texts


# ---------------------------------------------------------------- which machine


def _must_ask_for_none(recipe: Recipe) -> None:
    """Raises BadInput for what only a ground with machines can give."""
    for asked, place in ((recipe.machine, f"machine: {recipe.machine}"), (recipe.spot, "spot: true")):
        if asked:
            finding = "Runs use this machine: there is no other to be chosen here."
            step = f"Remove '{place.partition(':')[0]}'; it is for a Jinko on Google Cloud."
            raise BadInput(Fault(place=place, finding=finding, next_step=step))


def _price(machine: Machine, spot: bool) -> float | None:
    return machine.spot_usd if spot else machine.usd


def _named(recipe: Recipe, machines: Sequence[Machine]) -> Machine:
    """The machine that the recipe names. Raises BadInput if there is none, or not as it is wanted."""
    name, place = recipe.machine or "", f"machine: {recipe.machine}"
    machine = next((one for one in machines if one.name == name), None)
    if machine is None:
        near = get_close_matches(name, [one.name for one in machines], 1, 0.5)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        step = f"{guess}There are: {', '.join(one.name for one in machines)}."
        raise BadInput(Fault(place=place, finding=f"Jinko knows no machine '{name}'.", next_step=step))
    if _price(machine, recipe.spot) is None:
        others = ", ".join(one.name for one in machines if one.gpu and _price(one, recipe.spot) is not None)
        finding, step = "This machine is lent as Spot only.", "Set spot: true"
        if recipe.spot:
            finding, step = "This machine is never lent as Spot.", "Remove spot: true"
        step = f"{step}, or choose another machine{f': {others}' if others else ''}."
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    return machine


def _smallest(base: BasePin, recipe: Recipe, machines: Sequence[Machine], need: Need | None) -> Machine:
    """The cheapest machine that holds it all. Raises BadInput if none does, or if nobody can tell."""
    lent = [one for one in machines if one.gpu and _price(one, recipe.spot) is not None]
    as_spot = " as Spot" if recipe.spot else ""
    place = f"base_model: {base.name}"
    if need is None:
        finding = "How large this base is cannot be seen, so no machine can be chosen for it."
        step = f"Set 'machine' to one of: {', '.join(one.name for one in lent)}."
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    holding = [one for one in lent if _holds(one, need)]
    if not holding:
        most = max((_one(machine) for machine in lent), default=0)
        finding = (
            f"Training it needs about {need.accelerator:.0f} GiB of one accelerator's memory and "
            f"{need.host:.0f} of the machine's, and no machine that is lent{as_spot} has both to "
            f"spare; the largest accelerator has {most:.0f}, a tenth of which stays free."
        )
        step = f"Choose a smaller base_model, {_smaller(recipe)}, or name a machine yourself with 'machine'."
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    return min(holding, key=lambda one: (_price(one, recipe.spot), one.gpu_gib, one.name))


def _smaller(recipe: Recipe) -> str:
    smaller = {"full": "training.finetuning: lora", "lora": "training.finetuning: qlora, a smaller batch"}
    return smaller.get(recipe.training.finetuning, "a smaller training.batch_size or training.max_length")


def _one(machine: Machine) -> float:
    """Memory of one of its accelerators, in GiB."""
    return machine.gpu_gib / machine.gpus if machine.gpus else 0.0


def _holds(machine: Machine, need: Need) -> bool:
    return _one(machine) * (1 - FREE) >= need.accelerator and machine.memory_gib >= need.host


def _why(recipe: Recipe, machine: Machine, need: Need | None) -> str:
    """A sentence for people."""
    if need is None:
        return f"{machine.name} was asked for; how much memory training needs is not known."
    about = (
        f"about {need.accelerator:.0f} GiB ({need.weights:.1f} of weights, {need.learning:.1f} to learn, "
        f"{need.rows:.1f} for the rows of a step)"
    )
    if recipe.machine is None:
        has = f"{_one(machine):.0f} GiB of one {machine.gpu} hold what training needs"
        return f"{machine.name} is the cheapest whose {has}, {about}."
    if _holds(machine, need):
        return f"{machine.name} was asked for, and holds what training needs: {about}."
    small = f"training needs {about} of one accelerator's memory and {need.host:.0f} of the machine's"
    return f"{machine.name} was asked for, though it seems too small: {small}."


# ---------------------------------------------------------------- for how long


def _clocked(base: BasePin, recipe: Recipe, machine: Machine, disk: int, why: str) -> Plan:
    """How long the money lasts there. Raises BadInput where that is too short to start, train and save."""
    price = (_price(machine, recipe.spot) or 0.0) + disk * DISK_USD
    travel = base.weight_bytes / BYTES_A_SECOND
    whole = recipe.training.finetuning == "full"
    files = len(quantizations(recipe.export))
    export = START_SECONDS + EXPORT_SECONDS + travel if "merged" in recipe.export or files else 0
    export += START_SECONDS + EXPORT_SECONDS + (2 + files) * travel if files else 0
    after = SAVE_SECONDS + (travel if whole else 0) + export
    least = START_SECONDS + travel + LEAST_TRAINING_SECONDS + after
    bought = int(min(recipe.max_cost_usd / price * 3600, LONGEST_SECONDS))
    if bought < least:
        finding = (
            f"It buys {bought // 60} minutes of {machine.name}, at {price:.2f} US dollars an hour with disk; "
            f"to start, train for a few minutes, save and export takes {math.ceil(least / 60)}."
        )
        step = f"Set max_cost_usd to {math.ceil(least * price / 36) / 100:.2f} or more; or a cheaper machine."
        place = f"max_cost_usd: {recipe.max_cost_usd:g}"
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    return Plan(
        machine=machine.name,
        gpu=machine.gpu,
        spot=recipe.spot,
        usd_per_hour=round(price, 4),
        max_seconds=bought,
        train_seconds=int(bought - after),
        start_seconds=START_SECONDS,
        export_seconds=math.ceil(export),
        disk_gib=disk,
        why=why,
    )

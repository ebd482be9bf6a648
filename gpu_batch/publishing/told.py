"""What a card says in figures and lists: measured before and after, the data, the settings, the machine.

It shows no row of the data. What is quoted in a reason for leaving rows out may be a row's, so it is shown
only where it is a column's name; neither folders of a machine are shown, nor where the data lay.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from gpu_batch.publishing.contents import Contents
from gpu_batch.publishing.metadata import FIGURES, measured
from schemas.errors import Fault
from schemas.orders import BasePin, Dataset, PublishOrder
from schemas.scores import Answer, Proof, Score

# Where things lie, what comes after, and what shaped the bill but not the model.
HIDDEN: Final = (
    "data.from",
    "publish.",
    "generate.",
    "wandb",
    "machine",
    "spot",
    "max_cost",
    "again",
    "confirm",
)
SHARES: Final = ("exact_match", "token_accuracy", "preferred")
SHOWN_FAULTS: Final = 10
LONGEST: Final = 400  # characters of a setting, or of an example's turn
_QUOTED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|`([^`]*)`")
_AFTER_A_COLON: Final = re.compile(r": .*", re.DOTALL)
_MARKS: Final = re.compile(r"([\\`*_\[\]<>|~$#&])")
KINDS: Final = {
    "conversation": "Conversations.",
    "preference": "Pairs of a better and a worse answer.",
    "feedback": "Answers with what people thought of them.",
    "prompts": "Prompts, with what answers are graded by.",
    "text": "Texts.",
    "stepwise": "Solutions judged step by step.",
}


class Figure(NamedTuple):
    """A measured figure before and after, as it is shown."""

    name: str
    before: str
    after: str


def text(value: object) -> str:
    """A person's text inside a line of Markdown: it reads as it stands, in one line and not too long."""
    line = " ".join(str(value).split())
    shown = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    return _MARKS.sub(r"\\\1", shown)


def base_name(base: BasePin) -> str:
    """The base as others know it: without the folders of a machine."""
    return base.location if base.where == "hub" else PurePosixPath(base.name).name


def link(base: BasePin) -> str:
    """The base in a sentence, with its page on the Hub if it is there."""
    shown = text(base_name(base))
    return f"[{shown}](https://huggingface.co/{base.location})" if base.where == "hub" else f"`{shown}`"


def outcome(before: Score | None, after: Score | None) -> str:
    """What came of it, in a sentence; empty where it was not measured."""
    if after is None or after.exact_match is None:
        return ""
    told = f"{round(after.exact_match * after.rows):,} of {after.rows:,} held-out answers are exactly right"
    if before is None or before.exact_match is None:
        return f"{told}."
    return f"{told} (before training: {round(before.exact_match * before.rows):,})."


def figures(before: Score | None, after: Score | None) -> Iterator[Figure]:
    """Every figure that either side has."""
    was, now = measured(before), measured(after)
    for name in dict.fromkeys((*now, *was)):
        shown = FIGURES.get(name, name.replace("_", " "))
        yield Figure(shown, _shown(name, was.get(name), before), _shown(name, now.get(name), after))


def _shown(name: str, value: float | None, score: Score | None) -> str:
    if value is None or score is None:
        return ""
    if name == "exact_match":
        return f"{round(value * score.rows):,} of {score.rows:,} ({value:.1%})"
    return f"{value:.1%}" if name in SHARES else f"{value:.4g}"


def proofs(order: PublishOrder, contents: Contents) -> Iterator[str]:
    """What was found when what is published was loaded anew and asked."""
    if contents.whole and order.exported and order.exported.proof:
        yield f"Loaded anew, the whole model {_proof(order.exported.proof, 'what it was made of')}."
    for file in contents.gguf:
        name = PurePosixPath(file.path).name
        yield f"In llama.cpp, `{name}` {_proof(file.proof, 'the model that it was made of')}."


def _proof(proof: Proof, other: str) -> str:
    told = f"answered {proof.same:,} of {proof.compared:,} prompts to the last character as {other}"
    if proof.loss is not None and proof.loss_beside is not None:
        told += f"; its loss is {proof.loss:.4g} beside {proof.loss_beside:.4g}"
    return told


def example(one: Answer) -> str:
    """A held-out row, where its owner wants it shown."""
    return f"> **{text(one.question)}**\n>\n> {text(one.after)}\n>\n> Wanted: {text(one.expected)}"


def data(dataset: Dataset) -> str:
    """What kind of rows, and from where if that is public."""
    hub = dataset.made_of.hub
    words = KINDS[dataset.kind]
    if hub is None:
        return f"{words} The data itself is not published."
    page = f"https://huggingface.co/datasets/{hub.repository}"
    return f"{words} From [{text(hub.repository)}]({page}) at commit `{hub.commit}`."


def left_out(dataset: Dataset) -> Iterator[str]:
    """Why rows were left out, the first few reasons, with how many rows each."""
    columns = {*dataset.columns.values(), *dataset.unused}
    for fault in dataset.faults[:SHOWN_FAULTS]:
        yield f"{fault.count:,} row{'s' if fault.count != 1 else ''}: {_safe(fault, columns)}"
    if len(dataset.faults) > SHOWN_FAULTS:
        yield f"and {len(dataset.faults) - SHOWN_FAULTS:,} more reasons"


def _safe(fault: Fault, columns: set[str]) -> str:
    """A finding without what may be a row's own words."""

    def kept(found: re.Match[str]) -> str:
        quoted = next(group for group in found.groups() if group is not None)
        return found[0] if quoted in columns else "'…'"

    return text(_AFTER_A_COLON.sub(": …", _QUOTED.sub(kept, fault.finding)))


def settings(order: PublishOrder) -> Iterator[tuple[str, str, str]]:
    """(setting, value, where it came from) of everything that shaped the model."""
    for key, value, source in order.settings.table():
        if not key.startswith(HIDDEN):
            shown = base_name(order.base) if key == "base_model" else value
            yield key, shown, "default" if source == "default" else f"given ({source})"
    if order.base.where == "hub":
        yield "base model's commit", order.base.revision, "when the run was ordered"


def machine(order: PublishOrder) -> Iterator[tuple[str, str]]:
    """(what, how much) of the machine, the time and what it cost."""
    yield from order.trained.effective.items()
    plan = order.plan
    seconds = order.trained.seconds + (order.exported.seconds if order.exported else 0.0)
    yield "training, measuring and merging", _duration(seconds)
    if plan:
        spot = " (Spot)" if plan.spot else ""
        yield "machine", f"{plan.machine}{f' with {plan.gpu}' if plan.gpu else ''}{spot}"
        rate = f"at ${plan.usd_per_hour:.2f} an hour, without its start and what was lost"
        yield "cost", f"about ${plan.usd_per_hour * seconds / 3600:.2f} {rate}"
    else:
        yield "cost", "none: on its owner's own machine"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "under a second"

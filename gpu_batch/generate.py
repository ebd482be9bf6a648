"""Answers to a file of prompts, by a base or by what a run made of it. Resumable; in the file's order.

    python -m gpu_batch --run RUN --stage generate --attempt 1

Rows are answered in parts of 64. A part that is answered is written once and never answered again, by
whatever attempt: a job that is killed goes on where it stood. At the end the parts become
`answers/<drop>.jsonl` (and .csv, where a table was dropped): a line for each row of the file, also for one
that could not be answered, which says why. One row's failure costs that row.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpu_batch import model
from gpu_batch.answers import files, lines
from gpu_batch.answers.engine import Engine, choose
from gpu_batch.answers.lines import Outcome
from gpu_batch.base import fetch
from gpu_batch.console import Teller
from gpu_batch.data import read_samples
from gpu_batch.folders import download_folder
from gpu_batch.sight import Sight, images_of
from gpu_batch.text import ChatText, ask
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import MAX_FAULTS, BadInput, Fault
from schemas.orders import GenerateOrder
from schemas.results import GenerateResult
from schemas.samples import Image, Message, Prompts

PART: Final = 64  # rows that a death costs at most
SIDE: Final = 1024  # pixels: the longest side of an image


class Desk(NamedTuple):
    """Who answers, and how rows become tokens."""

    order: GenerateOrder
    on: Cloud
    chat: ChatText
    engine: Engine
    sight: Sight | None
    teller: Teller


class _Asked(NamedTuple):
    """A row that can be asked: its tokens, its images, and where it stands in its part."""

    at: int
    prompt: list[int]
    images: list[Image]


def generate(order: GenerateOrder, attempt: int, on: Cloud, scratch: Path) -> GenerateResult:
    """Answer every row; what came of it. A repeat, or another attempt, answers only what is not answered yet.

    Raises BadInput for a model that cannot be loaded or does not see the rows' images; Unavailable if
    something outside does not answer.
    """
    teller = Teller(on, order.run_id, "generate")
    shards = (*order.dataset.train, *order.dataset.test)
    samples = read_samples(on, shards, scratch, kind=order.dataset.kind)
    desk = _ready(order, on, scratch, teller)
    teller.phase("answering", f"{len(samples)} prompts, by {desk.engine.told}")
    outcomes: list[Outcome] = []
    begun = teller.seconds
    for number, start in enumerate(range(0, len(samples), PART)):
        outcomes += _part(desk, samples[start : start + PART], number)
        left = (teller.seconds - begun) / len(outcomes) * (len(samples) - len(outcomes))
        teller.step(len(outcomes), len(samples), left)
    rows = [lines.row_of(sample) for sample in samples]
    teller.phase("writing the answers", names.answers(order.drop_name, "jsonl"))
    told = files.written(order, on, rows, outcomes)
    failed = tuple(outcome.fault for outcome in outcomes if outcome.fault)
    return GenerateResult(
        run_id=order.run_id,
        attempt=attempt,
        rows=order.dataset.counts.read,
        answered=len(outcomes) - len(failed),
        failed=(*order.dataset.faults, *failed)[:MAX_FAULTS],
        tuned=bool(order.adapter or order.model),
        metrics=files.metrics(rows, outcomes),
        seconds=round(teller.seconds, 3),
        **told,
    )


def _ready(order: GenerateOrder, on: Cloud, scratch: Path, teller: Teller) -> Desk:
    device = model.settle()
    teller.phase("fetching the model", order.base.name)
    folder = download_folder(on, order.model, scratch / "model") if order.model else fetch(order.base)
    adapter = download_folder(on, order.adapter, scratch / "adapter") if order.adapter else None
    chat = ChatText.from_folder(folder, order.base.name)
    sees = order.dataset.images
    sight = Sight.from_folder(folder, order.base.name, SIDE) if sees else None
    options = order.settings.recipe.generate
    return Desk(order, on, chat, choose(folder, adapter, chat, options, device, sees), sight, teller)


# ---------------------------------------------------------------- a part


def _part(desk: Desk, samples: Sequence[Any], number: int) -> list[Outcome]:
    """The outcomes of some rows: as they were written down before, or answered now and written down."""
    name = names.answers_part(desk.order.run_id, number)
    try:
        told = desk.on.store.read(desk.on.outbox, name).decode().splitlines()
    except Gone:
        outcomes = _answered(desk, samples, number)
        text = "".join(f"{outcome.dumps()}\n" for outcome in outcomes)
        if desk.on.store.write_once(desk.on.outbox, name, text.encode()):
            return outcomes
        told = desk.on.store.read(desk.on.outbox, name).decode().splitlines()  # somebody was faster
    return [Outcome.loads(line) for line in told]


def _answered(desk: Desk, samples: Sequence[Any], number: int) -> list[Outcome]:
    outcomes: list[Outcome | None] = [None] * len(samples)
    asked: list[_Asked] = []
    for at, sample in enumerate(samples):
        try:
            asked.append(_Asked(at, *_prompt(desk, sample)))
        except BadInput as error:
            outcomes[at] = Outcome(fault=_placed(desk, sample, error.faults[0]))
    for one, outcome in zip(asked, _replies(desk, asked, number), strict=True):
        fault = outcome.fault and _placed(desk, samples[one.at], outcome.fault)
        outcomes[one.at] = outcome._replace(fault=fault)
    return [outcome for outcome in outcomes if outcome is not None]


def _prompt(desk: Desk, sample: Any) -> tuple[list[int], list[Image]]:
    """A row's tokens and images. Raises BadInput where it cannot be asked."""
    turns = lines.row_of(sample).prompt
    system = desk.order.settings.recipe.generate.system
    if system is not None and turns[0].role != "system":
        turns = (Message(role="system", content=system), *turns)
    images = images_of(turns, sample.images)
    shown = desk.sight.shown(images) if desk.sight else ()
    prompt = Prompts(prompt=turns, tools=sample.tools, images=sample.images, line=sample.line)
    ids = ask(desk.chat, prompt, source=desk.order.dataset.source, shown=shown)
    if desk.engine.context is not None and len(ids) >= desk.engine.context:
        finding = f"The prompt is {len(ids)} tokens long; the model reads {desk.engine.context} at once."
        raise BadInput(Fault(place=desk.order.drop_name, finding=finding, next_step="Shorten it."))
    return ids, images


def _replies(desk: Desk, asked: Sequence[_Asked], number: int) -> list[Outcome]:
    """Answers to a part's rows, together; one by one where the machine cannot answer them together."""
    if not asked:
        return []
    try:
        return _ask(desk, asked, number)
    except (RuntimeError, ValueError, IndexError) as error:  # out of memory, an image of a shape of its own
        if len(asked) == 1:
            finding = f"The model could not answer: {str(error).strip().splitlines()[0]}"
            fault = Fault(place=desk.order.drop_name, finding=finding, next_step="Shorten or change the row.")
            return [Outcome(fault=fault)]
    return [outcome for one in asked for outcome in _replies(desk, [one], number)]


def _ask(desk: Desk, asked: Sequence[_Asked], number: int) -> list[Outcome]:
    options = desk.order.settings.recipe.generate
    most = options.max_new_tokens
    if desk.engine.context is not None:
        most = min(most, desk.engine.context - max(len(one.prompt) for one in asked))
    see = None
    if desk.sight is not None:
        sight, images = desk.sight, [one.images for one in asked]

        def see(ids_BT: Any, which: Sequence[int]) -> dict[str, Any]:
            return sight.tensors(ids_BT, [images[at] for at in which])

    replies = desk.engine.replies([one.prompt for one in asked], most, options.seed + number, see)
    return [
        Outcome(reply.text, "stop" if reply.ended else "length", len(one.prompt), reply.tokens)
        for one, reply in zip(asked, replies, strict=True)
    ]


def _placed(desk: Desk, sample: Any, fault: Fault) -> Fault:
    place = names.place(sample.source or desk.order.dataset.source, sample.line)
    return fault.model_copy(update={"place": place})

"""Orders and datasets as the functions would write them, for the job's tests. No tests here."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gpu_batch.text import folder_digest
from infra.ports import Cloud
from schemas import names
from schemas.layers import Resolved, flatten
from schemas.orders import BasePin, Counts, Dataset, ExportOrder, Shard, TrainOrder
from schemas.recipe import Recipe
from schemas.results import RESULTS, Result
from schemas.samples import Conversation, Message
from schemas.sources import Source

RUN = "0123456789abcdef"
DATASET = "fedcba9876543210"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TINY = EXAMPLES / "tiny-gemma3"


def turn(question: str, answer: str, line: int = 1) -> Conversation:
    """One question and its answer."""
    return conversation(("user", question), ("assistant", answer), line=line)


def conversation(*turns: tuple[str, str], line: int = 1) -> Conversation:
    """Turns as (role, text)."""
    return Conversation.model_validate(
        {"messages": [Message.model_validate({"role": r, "content": c}) for r, c in turns], "line": line}
    )


def tickets(first: int, last: int) -> list[Conversation]:
    """Rows of the example data set, with the lines they stand in."""
    with (EXAMPLES / "tickets" / "tickets.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [turn(row["message"], row["reply"], line=2 + at) for at, row in enumerate(rows)][first:last]


def tiny_pin(folder: Path = TINY) -> BasePin:
    """The tiny base, pinned as it lies there."""
    return BasePin(name="tiny-gemma3", where="folder", location=str(folder), revision=folder_digest(folder))


def write_shard(on: Cloud, split: str, samples: Sequence[Conversation], scratch: Path) -> tuple[Shard, ...]:
    """The rows as one Parquet file in the outbox; no file for no rows."""
    if not samples:
        return ()
    turn_type = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema([("messages", pa.list_(turn_type)), ("line", pa.int64())])
    path, name = scratch / f"{split}.parquet", names.shard(DATASET, "1", split, 0)
    pq.write_table(pa.Table.from_pylist([s.model_dump() for s in samples], schema=schema), path)
    on.store.upload(on.outbox, name, path)
    return (Shard(path=name, rows=len(samples)),)


def dataset(on: Cloud, train: Sequence[Conversation], test: Sequence[Conversation], scratch: Path) -> Dataset:
    """A dataset of these rows, its shards in the outbox."""
    return Dataset(
        id=DATASET,
        source="tickets.csv",
        made_of=Source(name="tickets.csv"),
        kind="conversation",
        why="Question in 'message', answer in 'reply'.",
        columns={"question": "message", "answer": "reply"},
        attempt="1",
        counts=Counts(
            read=len(train) + len(test), kept=len(train) + len(test), train=len(train), test=len(test)
        ),
        train=write_shard(on, "train", train, scratch),
        test=write_shard(on, "test", test, scratch),
        card="datasets/card.md",
        page="datasets/card.html",
    )


def train_order(on: Cloud, rows: Dataset, pin: BasePin | None = None, **settings: object) -> TrainOrder:
    """An order to train on these rows, written where the job looks for it. `settings` are the recipe's."""
    recipe = Recipe.model_validate({"base_model": "tiny-gemma3", **settings})
    order = TrainOrder(
        run_id=RUN,
        base=pin or tiny_pin(),
        dataset=rows,
        evaluation=recipe.evaluation,
        drop_name="tickets.csv",
        settings=Resolved(recipe=recipe, sources={key: "recipe" for key, _ in flatten(settings)}),
    )
    on.store.write(on.outbox, names.order(RUN, "train"), order.model_dump_json().encode())
    return order


def export_order(
    on: Cloud, order: TrainOrder, adapter: str | None, *formats: str, **whole: object
) -> ExportOrder:
    """An order to export what that training left, written where the job looks for it."""
    made = ExportOrder.model_validate(
        {
            "run_id": RUN,
            "base": order.base,
            "dataset": order.dataset,
            "evaluation": order.evaluation,
            "drop_name": order.drop_name,
            "adapter": adapter,
            "formats": formats,
            **whole,
        }
    )
    on.store.write(on.outbox, names.order(RUN, "export"), made.model_dump_json().encode())
    return made


def result_of(on: Cloud, stage: names.Stage, attempt: int = 1) -> Result:
    """What a job wrote last."""
    return RESULTS[stage].model_validate_json(on.store.read(on.outbox, names.result(RUN, stage, attempt)))


def metrics_of(on: Cloud, attempt: int = 1) -> list[dict[str, float]]:
    """The lines of an attempt's metrics."""
    lines = on.store.read(on.outbox, names.metrics(RUN, "train", attempt)).decode().splitlines()
    return [json.loads(line) for line in lines]

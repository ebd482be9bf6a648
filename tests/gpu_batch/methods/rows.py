"""Datasets of every kind on disk, for the methods' tests. No tests here."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from infra.ports import Cloud
from schemas import names
from schemas.layers import Resolved, flatten
from schemas.orders import Counts, Dataset, Shard, TrainOrder
from schemas.recipe import Recipe
from schemas.samples import Feedback as Judgement
from schemas.samples import Kind, Message, Preference, Prompts, Sample, Segment, Text
from schemas.sources import Source
from tests.gpu_batch.papers import DATASET, RUN, tickets, tiny_pin

TURN = pa.struct([("role", pa.string()), ("content", pa.string())])
TURNS = pa.list_(TURN)
COLUMNS: dict[Kind, list[tuple[str, Any]]] = {
    "conversation": [("messages", TURNS)],
    "preference": [("prompt", TURNS), ("chosen", TURNS), ("rejected", TURNS)],
    "feedback": [("prompt", TURNS), ("completion", TURNS), ("good", pa.bool_())],
    "prompts": [("prompt", TURNS), ("reference", pa.string())],
    "text": [("segments", pa.list_(pa.struct([("text", pa.string()), ("learn", pa.bool_())])))],
    "stepwise": [("prompt", TURNS), ("steps", TURNS)],
}


def said(role: str, text: str) -> tuple[Message, ...]:
    """One turn."""
    return (Message.model_validate({"role": role, "content": text}),)


def preferences(first: int, last: int) -> list[Preference]:
    """Tickets as they should be, and the same in small letters."""
    return [
        Preference(
            prompt=row.prompt,
            chosen=said("assistant", row.answer),
            rejected=said("assistant", row.answer.lower().replace(" | ", ", ")),
            line=row.line,
        )
        for row in tickets(first, last)
    ]


def subtle(first: int, last: int) -> list[Preference]:
    """Tickets as they should be, and with the fault and the day in the wrong order."""
    return [
        Preference(
            prompt=row.prompt,
            chosen=said("assistant", row.answer),
            rejected=said("assistant", " | ".join((*parts[:3], parts[4], parts[3], *parts[5:]))),
            line=row.line,
        )
        for row in tickets(first, last)
        for parts in [row.answer.split(" | ")]
    ]


def feedback(first: int, last: int) -> list[Judgement]:
    """Good tickets, and bad ones: one row in two."""
    rows = preferences(first, last)
    return [
        Judgement(
            prompt=row.prompt, completion=row.chosen if good else row.rejected, good=good, line=row.line
        )
        for row in rows
        for good in [row.line % 2 == 0]
    ]


def prompts(questions: Sequence[tuple[str, str]]) -> list[Prompts]:
    """Questions with the answer that graders compare with."""
    return [
        Prompts(prompt=said("user", question), reference=json.dumps({"answer": answer}), line=line)
        for line, (question, answer) in enumerate(questions, 2)
    ]


def texts(first: int, last: int) -> list[Text]:
    """Ticket lines as texts."""
    return [Text(segments=(Segment(text=row.answer),), line=row.line) for row in tickets(first, last)]


def dataset(on: Cloud, kind: Kind, train: Sequence[Sample], test: Sequence[Sample], scratch: Path) -> Dataset:
    """A dataset of these rows, its shards in the outbox."""

    def shards(split: str, samples: Sequence[Sample]) -> tuple[Shard, ...]:
        if not samples:
            return ()
        schema = pa.schema([*COLUMNS[kind], ("line", pa.int64())])
        path, name = scratch / f"{split}.parquet", names.shard(DATASET, "1", split, 0)
        pq.write_table(pa.Table.from_pylist([one.model_dump() for one in samples], schema=schema), path)
        on.store.upload(on.outbox, name, path)
        return (Shard(path=name, rows=len(samples)),)

    count = len(train) + len(test)
    return Dataset(
        id=DATASET,
        source="rows.jsonl",
        made_of=Source(name="rows.jsonl"),
        kind=kind,
        why="As it says.",
        columns={},
        attempt="1",
        counts=Counts(read=count, kept=count, train=len(train), test=len(test)),
        train=shards("train", train),
        test=shards("test", test),
        card="datasets/card.md",
        page="datasets/card.html",
    )


def order(on: Cloud, rows: Dataset, **settings: object) -> TrainOrder:
    """An order to train the tiny base on these rows, where the job looks for it."""
    recipe = Recipe.model_validate({"base_model": "tiny-gemma3", **settings})
    made = TrainOrder(
        run_id=RUN,
        base=tiny_pin(),
        dataset=rows,
        evaluation=recipe.evaluation,
        drop_name="rows.jsonl",
        settings=Resolved(recipe=recipe, sources={key: "recipe" for key, _ in flatten(settings)}),
    )
    on.store.write(on.outbox, names.order(RUN, "train"), made.model_dump_json().encode())
    return made

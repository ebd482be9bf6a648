"""A tuned adapter of the tiny base on a ground, exported and converted as the jobs do it. No tests here."""

from pathlib import Path
from typing import NamedTuple

from gpu_batch.folders import upload_folder
from infra.ports import Cloud
from schemas import names
from schemas.orders import GgufOrder, TrainOrder
from schemas.results import ExportResult
from tests.gpu_batch.papers import RUN, dataset, export_order, result_of, tickets, train_order

ADAPTER = names.weights(RUN, "train", 1, "adapter")
ROWS = tickets(0, 8)
MEASURING = {"rows": 8, "max_new_tokens": 60}


class Trained(NamedTuple):
    """A ground with an adapter that knows its rows by heart."""

    on: Cloud
    order: TrainOrder
    folder: Path


def trained(on: Cloud, adapter: Path, folder: Path) -> Trained:
    """What a training would have left: the rows that it is asked are those that it learned."""
    upload_folder(on, adapter, ADAPTER)
    order = train_order(on, dataset(on, ROWS, ROWS, folder), evaluation=MEASURING)
    export_order(on, order, ADAPTER, "merged")
    return Trained(on, order, folder)


def gguf_order(of: Trained, *quantizations: str, key: str = "", **settings: object) -> GgufOrder:
    """An order to make GGUF files of the merged model, written where the job looks for it."""
    made = result_of(of.on, "export")
    assert isinstance(made, ExportResult)
    given = {
        **of.order.model_dump(include={"run_id", "base", "dataset", "evaluation", "drop_name"}),
        "merged": made.merged,
        "quantizations": quantizations,
        "replies": made.replies,
        "loss": made.proof.loss if made.proof else None,
        **settings,
    }
    order = GgufOrder.model_validate(given)
    of.on.store.write(of.on.outbox, names.order(RUN, "gguf", key), order.model_dump_json().encode())
    return order

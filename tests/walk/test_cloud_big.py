"""A file that is too big for a function, on Google's own protocols: a Batch job prepares it."""

from pathlib import Path

import pytest

from infra import ledger
from schemas import names
from schemas.orders import TrainOrder
from schemas.records import DropRecord
from schemas.results import PrepareResult
from schemas.runs import RunRecord
from tests.cloud.loopback import Loopback, loopback
from tests.walk.test_cloud import ASKING, drops, forty, state

pytestmark = [pytest.mark.walk, pytest.mark.cloud]


def test_a_big_file_is_prepared_by_a_batch_job_and_the_run_has_a_machine_and_a_price(
    emulators: object, tmp_path: Path
) -> None:
    with loopback(tmp_path / "project", max_function_bytes=1000) as jinko:
        jinko.cp(forty(tmp_path, "big.csv"), **ASKING)
        bad = tmp_path / "bad.csv"
        bad.write_text("question,answer\n" + "a,\n" * 500)
        jinko.cp(bad, **ASKING)
        jinko.until(lambda: (state(jinko, "big.csv"), state(jinko, "bad.csv")) == ("asked", "refused"))

        drop = drops(jinko, "big.csv")[0]
        result = jinko.on.store.read(jinko.google.outbox, names.prepare_result(drop.id, 1))
        assert PrepareResult.model_validate_json(result).dataset_id == drop.dataset_id
        assert names.prepare_job_id(drop.id, 1) in jinko.submitted()
        assert refusal(jinko) == "bad.csv"
        assert jinko.heard(names.DEAD_LETTERS) == []

        run = ledger.load(jinko.on, RunRecord, drop.run_id or "")
        order = jinko.on.store.read(jinko.google.outbox, names.order(run.id, "train"))
        plan = TrainOrder.model_validate_json(order).plan
        assert plan is not None
        assert (plan.machine, plan.spot) == ("g2-standard-4", False)
        assert plan.usd_per_hour * plan.max_seconds / 3600 <= 10.001
        jinko.until(lambda: "g2-standard-4" in (jinko.page("big.csv") or ""), 30)


def refusal(jinko: Loopback) -> str:
    """Where the drop that was refused says that it is wrong."""
    refused: list[DropRecord] = [drop for drop in drops(jinko, "bad.csv") if drop.state == "refused"]
    return refused[0].faults[0].place.partition(":")[0]

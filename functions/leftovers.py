"""Files of a dataset that nobody needs: shards of tries that lost, and what a deletion is to remove.

Called by the deletion and by the sweep. Somebody may be preparing the same dataset at this moment, whose
files look like leftovers until its manifest is there. So the files are listed first and judged afterwards:
whoever wrote one of them has by then won (the manifest names its try), or lost, or its drop is `received` or
`preparing`.
"""

from functions.papers import read
from infra import ledger
from infra.ports import Cloud
from schemas import names
from schemas.orders import Dataset
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import RunRecord


def remove_leftovers(dataset: str, on: Cloud) -> None:
    """Remove what this dataset, which has a record, does not need; what may be somebody's work stays.

    A dataset whose manifest is gone counts as deleted, what the store says wins; but not while a run that has
    not ended reads its shards. A repeat removes the rest.
    """
    path = names.manifest(dataset)
    found = [one.name for one in on.store.list(on.outbox, names.dataset_prefix(dataset))]
    preparing = any(ledger.every(on, DropRecord, state=state) for state in ("received", "preparing"))
    record = ledger.load(on, DatasetRecord, dataset)
    used = any(not run.over for run in ledger.every(on, RunRecord, dataset_id=dataset))
    if record.state == "ready" and not preparing and not used and on.store.stat(on.outbox, path) is None:
        record = ledger.change(on, DatasetRecord, dataset, _deleted)
    manifest = read(on, path, Dataset)
    winner = manifest.attempt if manifest else None
    needless = found
    if record.state == "ready":  # where the manifest cannot be read, nobody has lost
        needless = [name for name in found if winner and not _of(name, winner, dataset)]
    elif preparing:
        needless = [name for name in found if _of(name, record.attempt, dataset)]
        needless = [name for name in needless if name != path or winner == record.attempt]
    for name in sorted(needless, key=lambda name: name != path):  # first what names the others
        on.store.delete(on.outbox, name)


def _deleted(it: DatasetRecord) -> DatasetRecord:
    return it.moved("deleted") if it.state == "ready" else it


def _of(name: str, attempt: str, dataset: str) -> bool:
    """Whether a file belongs to this try, if the manifest names it."""
    return name == names.manifest(dataset) or name.startswith(names.try_prefix(dataset, attempt))

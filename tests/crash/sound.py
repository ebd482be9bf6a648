"""What holds in every world that has come to rest, whoever died or met whom: `wrong` says what does not.

Not here: what this world in particular should have become; that is a comparison of endings.
"""

from infra import ledger
from schemas import names
from schemas.events import JOB_ENDED
from schemas.orders import Dataset
from schemas.records import DatasetRecord, DropRecord
from schemas.runs import Slots
from tests.crash.world import World


def wrong(world: World) -> list[str]:
    """Sentences on what is not as it has to be."""
    return [*_messages(world), *_drops(world), *_datasets(world), *_runs(world)]


def look(world: World) -> None:
    """At every moment: no more active runs than there are places, never two attempts of one run."""
    with world.ground.db.reading() as c:
        query = "SELECT id FROM jobs WHERE state IN ('QUEUED', 'RUNNING') AND NOT cancelled"
        living = [names.parse_job_id(row["id"]) for row in c.execute(query).fetchall()]
    runs = [job[0] for job in living if job]
    assert len(runs) == len(set(runs)), f"two attempts of one run are alive: {living}"
    assert len(runs) <= world.limit, f"more jobs are alive than there are places: {living}"


def _messages(world: World) -> list[str]:
    return [f"still in the queue: {m.topic} {world.errors.get(m.id, '')}" for m in world.messages()]


def _drops(world: World) -> list[str]:
    said = []
    for found in world.on.store.list(world.on.inbox):
        drop = names.drop_id(found.bucket, found.name, found.generation)
        if names.is_drop(found.name) and ledger.find(world.on, DropRecord, drop) is None:
            said.append(f"{found.name} has no record")
    for record in ledger.every(world.on, DropRecord):
        if record.state not in ("started", "refused") and record.waiting is None:
            said.append(f"the drop {record.name} stays {record.state}")
        if world.on.store.stat(world.on.outbox, names.status_page(record.name)) is None:
            said.append(f"the drop {record.name} has no page")
    return said


def _datasets(world: World) -> list[str]:
    said = []
    for record in ledger.every(world.on, DatasetRecord):
        found = {one.name for one in world.on.store.list(world.on.outbox, names.dataset_prefix(record.id))}
        wanted: set[str] = set()
        if record.state == "ready":
            manifest = names.manifest(record.id)
            if manifest not in found:
                said.append(f"the dataset {record.id} has no manifest")
                continue
            made = Dataset.model_validate_json(world.on.store.read(world.on.outbox, manifest))
            shards = [shard.path for shard in (*made.train, *made.test)]
            wanted = {manifest, made.card, made.page, *shards}
        said += [f"missing of the dataset: {name}" for name in sorted(wanted - found)]
        said += [f"left over of the dataset: {name}" for name in sorted(found - wanted)]
    return said


def _runs(world: World) -> list[str]:
    said = []
    places = {id for slots in ledger.every(world.on, Slots) for id in slots.runs}
    for run in world.runs():
        job = world.on.jobs.status(names.job_id(run.id, run.stage, run.attempt))
        ended = job is None or job.state in JOB_ENDED
        if run.over and not ended:
            said.append(f"the run is {run.state}, its job {job}")
        if run.over and run.id in places:
            said.append(f"the run is {run.state} and holds a place")
        if run.state in ("ordered", "submitted") or (run.state == "running" and ended):
            said.append(f"the run stays {run.state}, its job {job}")
        if run.state == "waiting" and len(places) < world.limit:
            said.append("the run waits though there is a place")
        order = world.on.store.stat(world.on.outbox, names.order(run.id, "train"))
        if (order is None) != (run.state == "deleted"):
            said.append(f"the run is {run.state}, its order {'is missing' if order is None else 'is there'}")
    return said

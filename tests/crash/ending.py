"""How a world ended, so that two endings can be compared: everything but moments and random ids.

Records with all that they say, objects by content, jobs, what was told on `runs`, everything that was ever
published, and what is still in the queue. Moments become TIME, the random id of a try at preparing TRY,
seconds that were spent are rounded to ten. Tries are not hidden: two tries' shards are two entries.
"""

import hashlib
import json
import re
from collections import Counter
from typing import Any, Final

from schemas import events
from tests.crash.world import World

Ending = dict[str, list[str]]
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC|\+00:00)?")
TRY: Final = re.compile(r"(?<=/)[0-9a-f]{8}(?=/)|(?<=\"attempt\": \")[0-9a-f]{8}(?=\")")
LASTED: Final = re.compile(r"(From start to end\W+(?:<[^>]+>\W*)*)[\w ]+")
GENERATION: Final = re.compile(r"\b1\d{15}\b")
SHOWN: Final = 3  # differences of one kind in a message


def ending(world: World) -> Ending:
    """What is there now, kind by kind."""
    with world.ground.db.reading() as c:
        documents = c.execute("SELECT kind, id, data FROM documents ORDER BY kind, id").fetchall()
        jobs = c.execute("SELECT id, arguments, state, cancelled, detail FROM jobs ORDER BY id").fetchall()
    told = {plain(message.data.decode()) for message in world.ground.queue.told("runs")}
    return {
        "records": [f"{row['kind']}/{row['id']}: {_record(row['data'])}" for row in documents],
        "objects": sorted(_objects(world)),
        "jobs": [json.dumps(list(row)) for row in jobs],
        "told on runs": sorted(told),
        "published": sorted({plain(events.dumps(event).decode()) for event in world.published}),
        "queue": [
            f"{message.topic}: {plain(message.data.decode())[:80]} {world.errors.get(message.id, '')}"
            for message in world.messages() + world.ground.queue.dead()
        ],
    }


def difference(wanted: Ending, found: Ending, kinds: frozenset[str] | None = None) -> str:
    """What is missing and what is too much, in a few lines; empty where both are the same."""
    said: list[str] = []
    for kind in wanted:
        if kinds is not None and kind not in kinds:
            continue
        missing, extra = Counter(wanted[kind]), Counter(found[kind])
        said += [f"  missing in {kind}: {_short(one)}" for one in list((missing - extra))[:SHOWN]]
        said += [f"  too much in {kind}: {_short(one)}" for one in list((extra - missing))[:SHOWN]]
    return "\n".join(said)


def plain(text: str) -> str:
    """A text without moments, tries and how long it took."""
    return LASTED.sub(r"\1LASTED", TRY.sub("TRY", MOMENT.sub("TIME", text)))


def _record(data: str) -> str:
    """A record as it stands, its seconds rounded."""
    read: dict[str, Any] = json.loads(data)
    if "spent" in read:
        read["spent"] = round(read["spent"], -1)
    return plain(json.dumps(read, sort_keys=True))


def _objects(world: World) -> list[str]:
    found = []
    for bucket in (world.on.inbox, world.on.outbox):
        for name in _names(world, bucket):
            data = (world.home / bucket / name).read_bytes()
            try:
                content = plain(data.decode())
            except UnicodeDecodeError:
                content = hashlib.sha256(data).hexdigest()
            found.append(f"{bucket}/{plain(name)}: {content}")
    return found


def _names(world: World, bucket: str) -> list[str]:
    top = world.home / bucket
    return [path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()]


def _short(text: str) -> str:
    return text if len(text) <= 700 else f"{text[:700]} …"

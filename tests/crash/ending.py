"""How a world ended, so that two endings can be compared: everything but moments and random ids.

Records with all that they say, objects by content, jobs, what was told on `runs`, everything that was ever
published, and what is still in the queue. Moments become TIME, the random id of a try at preparing TRY,
seconds that were spent are rounded to a hundred. Tries are not hidden: two tries' shards are two entries.
"""

import difflib
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
LASTED: Final = re.compile(r"under a second|\b\d+ (?:second|minute|hour)s?(?: \d+ (?:second|minute)s?)?\b")
PAGES: Final = "outbox/status/"
SHOWN: Final = 3  # differences of one kind in a message


def ending(world: World) -> Ending:
    """What is there now, kind by kind."""
    waiting = world.messages()
    with world.ground.db.reading() as c:
        jobs = c.execute("SELECT id, arguments, state, cancelled, detail FROM jobs ORDER BY id").fetchall()
    told = {plain(message.data.decode()) for message in world.ground.queue.told("runs")}
    documents = world.documents()
    objects = sorted(_objects(world))
    return {
        "standing": sorted(f"{kind} {_state(data)}" for kind, _, _, data in documents),
        "records": [f"{kind}/{id}: {_record(data)}" for kind, id, _, data in documents],
        "objects": [one for one in objects if not one.startswith(PAGES)],
        "pages": [one for one in objects if one.startswith(PAGES)],
        "jobs": [json.dumps(list(row)) for row in jobs],
        "told on runs": sorted(told),
        "published": sorted({plain(events.dumps(event).decode()) for event in world.published}),
        "queue": [
            f"{message.topic}: {plain(message.data.decode())[:80]} {world.errors.get(message.id, '')}"
            for message in waiting + world.ground.queue.dead()
        ],
    }


def difference(wanted: Ending, found: Ending, kinds: frozenset[str] | None = None) -> str:
    """What is missing, too much or different, in a few lines; empty where both endings are the same."""
    said: list[str] = []
    for kind in wanted:
        if kinds is None or kind in kinds:
            missing, extra = Counter(wanted[kind]), Counter(found[kind])
            said += _told(kind, list((missing - extra).elements()), list((extra - missing).elements()))
    return "\n".join(said)


def _told(kind: str, missing: list[str], extra: list[str]) -> list[str]:
    """A thing of the same name on both sides is told by what differs in it."""
    said = []
    others = {one.partition(": ")[0]: one for one in extra}
    for one in missing[:SHOWN]:
        name = one.partition(": ")[0]
        other = others.pop(name, None) if kind in ("records", "objects", "pages") else None
        if other is None:
            said.append(f"  {kind}, missing: {_short(one)}")
        else:
            extra.remove(other)
            lines = difflib.ndiff(_pieces(one), _pieces(other))
            apart = [line for line in lines if line[:1] in "-+"]
            said.append(f"  {kind}, {name}: {_short(' | '.join(apart))}")
    return said + [f"  {kind}, too much: {_short(one)}" for one in extra[:SHOWN]]


def _pieces(text: str) -> list[str]:
    return re.split(r"\n|, (?=\")", text)


def plain(text: str) -> str:
    """A text without moments, tries and how long it took."""
    return LASTED.sub("LASTED", TRY.sub("TRY", MOMENT.sub("TIME", text)))


def _record(data: str) -> str:
    """A record as it stands, its seconds rounded; not how often the sweep had to tell of it."""
    read: dict[str, Any] = json.loads(data)
    read.pop("swept", None)
    if "spent" in read:
        read["spent"] = round(read["spent"], -2)
    return plain(json.dumps(read, sort_keys=True))


def _state(data: str) -> str:
    return str(json.loads(data)["state"])


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
    return text if len(text) <= 400 else f"{text[:400]} …"

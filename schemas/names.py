"""Every id and every path, as pure functions; nobody else builds one.

Ids follow from what they name (DESIGN: "twice is once"), so that a redelivery finds what the first delivery
made. A test looks for paths built elsewhere.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final, Literal, get_args

Stage = Literal["train", "export", "gguf", "publish", "generate"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
Weights = Literal["adapter", "model", "merged", "gguf"]

SETTINGS_FILE: Final = "jinko.yaml"
RECIPE_SUFFIXES: Final = (".yaml", ".yml")
MAPPINGS: Final = ("dataset_info.json", "axolotl.yaml", "axolotl.yml")  # other tools': how data is read
SIDE_FILES: Final = frozenset({SETTINGS_FILE, *MAPPINGS})
# Component objects of a parallel composite upload lie below this, wherever gcloud (from 150 MiB on), gsutil
# or a person's own prefix puts it.
COMPONENTS: Final = "tmp/parallel_composite_uploads/"
ID_LENGTH: Final = 16  # hex digits, 64 bits: among a million ids, odds of a collision of 3 in 100 million


def digest(*parts: object) -> str:
    """Sixteen hex digits that follow from the parts alone (JSON, keys sorted)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def drop_id(bucket: str, name: str, generation: int) -> str:
    """A redelivery of the same object's notice finds the same record."""
    return digest("drop", bucket, name, generation)


ASKED: Final = 1  # where a file has its generation


def requested(request: str) -> str:
    """What a request by message is called where others have a file's name."""
    return f"requests/{request}"


def is_requested(name: str, generation: int) -> bool:
    """Whether a drop is no file but a run asked for by a message (the generations of files are moments)."""
    return generation == ASKED and name.startswith(requested(""))


def dataset_id(source: str, options: Mapping[str, object], prepare_version: int) -> str:
    """The same content with the same options is prepared once. `source` is the md5 where there is one."""
    return digest("dataset", source, dict(options), prepare_version)


def fingerprint(dataset: str, pinned: Mapping[str, object]) -> str:
    """Dataset and pinned recipe alone: an identical run that lives or succeeded answers a second drop."""
    return digest("fingerprint", dataset, dict(pinned))


def run_id(dataset: str, pinned: Mapping[str, object], drop: str) -> str:
    """Dataset, pinned recipe and the drop: a person's second try is a new run."""
    return digest("run", dataset, dict(pinned), drop)


def job_id(run: str, stage: Stage, attempt: int) -> str:
    """An id that Cloud Batch takes: `[a-z][a-z0-9-]{0,62}`. Creating it twice creates it once."""
    return f"r-{run}-{stage}-{attempt}"


def prepare_job_id(drop: str, attempt: int) -> str:
    """The job that prepares a file which is too big for a function; also an id that Cloud Batch takes."""
    return f"p-{drop}-{attempt}"


def parse_prepare_job_id(job: str) -> tuple[str, int] | None:
    """The drop and the attempt of a job that prepares; None for any other."""
    found = re.fullmatch(r"p-([0-9a-f]{16})-([1-9][0-9]*)", job)
    return (found[1], int(found[2])) if found else None


def parse_job_id(job: str) -> tuple[str, Stage, int] | None:
    """The run, stage and attempt of a job of ours; None for anybody else's."""
    found = re.fullmatch(r"r-([0-9a-f]{16})-([a-z]+)-([1-9][0-9]*)", job)
    stage = next((one for one in STAGES if found and found[2] == one), None)
    return (found[1], stage, int(found[3])) if found and stage else None


# ---------------------------------------------------------------- Pub/Sub

DEAD_LETTERS: Final = "jinko-dead-letters"  # the topic of what could not be delivered, and its subscription


def topic(topic: str) -> str:
    """The Pub/Sub topic of one of ours (`drops` → `jinko-drops`); its push subscription has the same id."""
    return f"jinko-{topic}"


# ---------------------------------------------------------------- the inbox


def is_drop(name: str) -> bool:
    """Whether an object of the inbox is something a person dropped to be answered.

    Folder markers, dotfiles, side files and the components of parallel uploads are not.
    """
    path = PurePosixPath(name)
    if not name or name.endswith("/") or path.name in SIDE_FILES:
        return False
    if any(part.startswith(".") for part in path.parts):
        return False
    return COMPONENTS not in name


def is_recipe(name: str) -> bool:
    """Whether a drop is a recipe (which names its data) rather than data."""
    return PurePosixPath(name).suffix.lower() in RECIPE_SUFFIXES


def request_of(name: str) -> tuple[str, str] | None:
    """What a drop asks of a run: `approve/<run>` → ("approve", "<run>"), `cancel/<run>` alike; else None.

    A suffix does not matter (`cancel/<run>.txt`): people make files with one.
    """
    verb, slash, rest = name.partition("/")
    if verb not in ("approve", "cancel") or not slash or "/" in rest:
        return None
    return verb, rest.partition(".")[0]


def named_data(recipe: str, named: str) -> list[str]:
    """What a recipe's `data.from` may mean: what lies beside the recipe, else what lies at the bucket's top.

    Names of objects, folders (`support/`) and wildcards (`support/*.csv`) alike.
    """
    named = named.removeprefix("./")
    beside_it = beside(recipe, named)
    return [named] if beside_it == named else [beside_it, named]


def beside(name: str, other: str) -> str:
    """The name of another object in the folder of this one."""
    folder = PurePosixPath(name).parent.as_posix()
    return other if folder == "." else f"{folder.rstrip('/')}/{other}"


def settings_files(name: str) -> list[str]:
    """Where a `jinko.yaml` may lie for a drop: the top of the bucket first, the drop's own folder last."""
    folders = [parent.as_posix() for parent in PurePosixPath(name).parents][::-1]
    return [SETTINGS_FILE if folder == "." else f"{folder.rstrip('/')}/{SETTINGS_FILE}" for folder in folders]


# ---------------------------------------------------------------- the outbox


def dataset_prefix(dataset: str) -> str:
    return f"datasets/{dataset}/"


def manifest(dataset: str) -> str:
    return f"datasets/{dataset}/dataset.json"


def shard(dataset: str, attempt: str, split: str, index: int) -> str:
    return f"datasets/{dataset}/{attempt}/{split}-{index:05d}.parquet"


def try_prefix(dataset: str, attempt: str) -> str:
    return f"datasets/{dataset}/{attempt}/"


def dataset_card(dataset: str, attempt: str, suffix: Literal["md", "html"]) -> str:
    return f"datasets/{dataset}/{attempt}/card.{suffix}"


def dataset_errors(dataset: str, attempt: str) -> str:
    return f"datasets/{dataset}/{attempt}/errors.jsonl"


def prepare_result(drop: str, attempt: int) -> str:
    return f"drops/{drop}/{attempt}/result.json"


def status_page(drop_name: str) -> str:
    """The page in words that follows a drop; it keeps the drop's path so that a person finds it."""
    return f"status/{drop_name}.md"


def run_prefix(run: str) -> str:
    return f"runs/{run}/"


def order(run: str, stage: Stage, key: str = "") -> str:
    """A stage's order. That of the first has no key; of a later one it follows from what is ordered."""
    return f"runs/{run}/{stage}/order{key and '-'}{key}.json"


def attempt_prefix(run: str, stage: Stage, attempt: int) -> str:
    return f"runs/{run}/{stage}/{attempt}/"


def result(run: str, stage: Stage, attempt: int) -> str:
    return f"runs/{run}/{stage}/{attempt}/result.json"


def metrics(run: str, stage: Stage, attempt: int) -> str:
    return f"runs/{run}/{stage}/{attempt}/metrics.jsonl"


def weights(run: str, stage: Stage, attempt: int, what: Weights) -> str:
    return f"runs/{run}/{stage}/{attempt}/{what}/"


def folder(name: str) -> str:
    """The prefix that an object lies under."""
    return "".join(name.rpartition("/")[:2])


def wandb_files(run: str, attempt: int) -> str:
    return f"runs/{run}/train/{attempt}/wandb/"


def answers(drop_name: str, suffix: Literal["jsonl", "csv"]) -> str:
    """The answers to a file of prompts; it keeps the drop's path so that a person finds it."""
    return f"answers/{drop_name}.{suffix}"


def answers_part(run: str, number: int) -> str:
    """A part of a run's answers, written once by whichever attempt came to it first."""
    return f"runs/{run}/generate/parts/{number:06d}.jsonl"


def run_report(run: str, suffix: Literal["md", "html"]) -> str:
    return f"runs/{run}/report.{suffix}"


def address(bucket: str, name: str) -> str:
    return f"gs://{bucket}/{name}"


def parse_address(address: str) -> tuple[str, str] | None:
    """The bucket and the name, or wildcard, in `gs://bucket/name`; None for anything else."""
    found = re.fullmatch(r"gs://([^/]+)/(.+)", address)
    return (found[1], found[2]) if found else None


def place(name: str, line: int | None = None) -> str:
    """Where something was found, as editors understand it: `poems.csv:14`."""
    return name if line is None else f"{name}:{line}"

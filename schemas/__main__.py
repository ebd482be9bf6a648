"""Writes the JSON Schemas of `schemas/json/` from the pydantic models: `python -m schemas`.

`python -m schemas --check` writes nothing: it names the files that are out of step and exits with 1. The
example events of `schemas/json/events/` are not touched.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import WithDefaultSchema

from schemas.events import Event
from schemas.orders import Dataset, Order
from schemas.recipe import Recipe
from schemas.records import DatasetRecord, DropRecord, Publisher
from schemas.results import Result
from schemas.runs import FingerprintRecord, Progress, RunRecord, Slots
from schemas.strict import END

FOLDER: Final = Path(__file__).resolve().parent / "json"
SUFFIX: Final = ".schema.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
EVENTS: Final[tuple[type[BaseModel], ...]] = get_args(Event)
PAPERS: Final[tuple[type[BaseModel], ...]] = (Dataset, *get_args(Order), *get_args(Result))
RECORDS: Final[tuple[type[BaseModel], ...]] = (
    DropRecord,
    DatasetRecord,
    RunRecord,
    FingerprintRecord,
    Progress,
    Slots,
    Publisher,
)
MODELS: Final[tuple[type[BaseModel], ...]] = (Recipe, *EVENTS, *PAPERS, *RECORDS)


class Written(GenerateJsonSchema):
    """A schema with the defaults of whole sections, which models make when they are asked."""

    def get_default_value(self, schema: WithDefaultSchema) -> Any:
        make: Any = schema.get("default_factory")
        of = getattr(make, "__self__", None)
        if isinstance(of, type) and issubclass(of, BaseModel):
            return make()
        return super().get_default_value(schema)


def file_name(model: type[BaseModel]) -> str:
    """FileDropped → `file-dropped.schema.json`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", model.__name__).lower() + SUFFIX


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON Schema, with an id that follows from its name. An event has to name its type."""
    about = model.model_json_schema(schema_generator=Written)
    if model in EVENTS:
        about["required"] = ["type", *about.get("required", [])]
    return about | {"$schema": DIALECT, "$id": f"urn:jinko:{file_name(model).removesuffix(SUFFIX)}"}


def files() -> dict[str, str]:
    """Every schema file's name and text, as they should be."""
    return {
        file_name(model): json.dumps(schema(model), indent=2, sort_keys=True, ensure_ascii=False).replace(
            json.dumps(END)[1:-1],
            "$",  # which in JSON Schema's own dialect is the very end
        )
        + "\n"
        for model in MODELS
    }


def out_of_step(folder: Path) -> Iterator[str]:
    """A sentence for every schema file that is missing, differs or has no model any more."""
    wanted = files()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob(f"*{SUFFIX}")}
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            yield f"{folder / name} is missing."
        elif name not in wanted:
            yield f"{folder / name} has no model any more."
        elif there[name] != wanted[name]:
            yield f"{folder / name} is out of step with its model."


def write(folder: Path) -> None:
    """Write every schema file, and remove those that have no model any more."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for path in folder.glob(f"*{SUFFIX}"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Read the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m schemas", description="Write the JSON Schemas.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of step")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the schemas lie")
    given = parser.parse_args(arguments)
    if not given.check:
        write(given.folder)
        return 0
    found = list(out_of_step(given.folder))
    for sentence in found:
        print(sentence)
    if found:
        print("Run `make schemas` (or `python -m schemas`) and commit what it wrote.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())

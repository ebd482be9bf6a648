"""Puts Jinko into a Google Cloud project, and takes it out again: what `make deploy`, `image`, `destroy` run.

    python -m infra.deploy apply PROJECT [REGION]              # terraform init and apply
    python -m infra.deploy image PROJECT [REGION] [--torch-index URL]
    python -m infra.deploy destroy PROJECT [REGION] [--files delete]

`apply` shows what it would change and asks, as terraform does. `image` builds the container on Cloud Build
and writes its digests into infra/terraform/images.auto.tfvars, which the next apply reads. `destroy` keeps
the two buckets and the database, with people's files, models and records, unless `--files delete` says
otherwise; an apply after it finds them again.

It needs terraform and gcloud, signed in (`gcloud auth login`, `gcloud auth application-default login`).
Nothing is done that these two would not do by hand, and every command that changes something is printed.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from schemas import names
from schemas.errors import BadInput, Fault

ROOT: Final = Path(__file__).resolve().parent.parent
MODULE: Final = ROOT / "infra" / "terraform"
DIGESTS: Final = MODULE / "images.auto.tfvars"
IMAGES: Final = ("cpu", "gpu")


class Kept(NamedTuple):
    """What a destroy leaves behind: its address in the module, its id for an import, how to see it."""

    address: str
    id: str
    look: tuple[str, ...]


def kept(project: str) -> list[Kept]:
    """The buckets and the database of a project."""
    found: list[Kept] = []
    for bucket in ("inbox", "outbox"):
        name = f"{project}-jinko-{bucket}"
        look = ("gcloud", "storage", "buckets", "describe", names.address(name, "").rstrip("/"))
        found.append(Kept(f"google_storage_bucket.{bucket}", name, look))
    asked = ("gcloud", "firestore", "databases", "describe", "--database=jinko", f"--project={project}")
    database = f"projects/{project}/databases/jinko"
    return [*found, Kept("google_firestore_database.jinko", database, asked)]


def apply(project: str, region: str | None) -> None:
    """Everything that the module describes; what an earlier destroy kept is taken up again."""
    _terraform("init", "-input=false")
    given = _variables(project, region)
    there = _state()
    for one in kept(project):
        if one.address not in there and _quietly(*one.look):
            _terraform("import", *given, one.address, one.id)
    _terraform("apply", *given)


def image(project: str, region: str | None, torch_index: str) -> None:
    """Build both containers; their digests into a file that the next apply reads."""
    region = region or "us-central1"
    account = f"jinko-build@{project}.iam.gserviceaccount.com"
    submit = [
        *("gcloud", "builds", "submit", str(ROOT), f"--project={project}", "--format=value(id)"),
        f"--config={ROOT / 'gpu_batch' / 'cloudbuild.yaml'}",
        f"--substitutions=_REGION={region},_TORCH_INDEX={torch_index}",
        f"--service-account=projects/{project}/serviceAccounts/{account}",
        f"--gcs-source-staging-dir={names.address(f'{project}-jinko-source', 'image')}",
    ]
    build = _answer(*submit).split()[-1]
    told = _answer(
        "gcloud", "builds", "describe", build, f"--project={project}", "--format=json(results.images)"
    )
    digests = {}
    for pushed in json.loads(told)["results"]["images"]:
        path = pushed["name"].rpartition(":")[0]
        digests[path.rpartition("/")[2]] = f"{path}@{pushed['digest']}"
    lines = [f'{name}_image = "{digests[name]}"\n' for name in IMAGES]
    DIGESTS.write_text(
        "# Made by `make image`: what the last build was.\n" + "".join(lines), encoding="utf-8"
    )
    print("".join(lines) + f"Written to {DIGESTS.relative_to(ROOT)}. Next: make deploy PROJECT={project}")


def destroy(project: str, region: str | None, files: str) -> None:
    """Everything out of the project; people's files too where `files` is `delete`. A repeat goes on."""
    _terraform("init", "-input=false")
    given = _variables(project, region)
    there = _state()
    ours = [address for address in there if address.partition("[")[0] in _kept_addresses(project)]
    if files == "delete":
        given = [*given, "-var=delete_files=true"]
        if ours:
            _terraform("apply", *given, *(f"-target={address}" for address in ours))
    elif ours:
        _terraform("state", "rm", *ours)
    _terraform("destroy", *given)
    if files != "delete":
        left = ", ".join(one.id for one in kept(project))
        print(f"Kept, and still paid for: {left}. `make deploy PROJECT={project}` takes them up again.")


def _kept_addresses(project: str) -> set[str]:
    return {*(one.address for one in kept(project)), "google_firestore_field.record"}


def _variables(project: str, region: str | None) -> list[str]:
    """The project, and the region where one was named: else that of terraform.tfvars, or the default."""
    return [f"-var=project={project}", *([f"-var=region={region}"] if region else [])]


def _state() -> set[str]:
    """The addresses of what terraform has made so far; none where there is no state yet."""
    command = ["terraform", f"-chdir={MODULE}", "state", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(listed.stdout.split("\n")) - {""} if listed.returncode == 0 else set()


def _terraform(*arguments: str) -> None:
    _run("terraform", f"-chdir={MODULE}", *arguments)


def _run(*command: str) -> None:
    """One command, with this terminal. Raises BadInput where it failed; it has said why itself."""
    print(f"$ {shlex.join(command)}", flush=True)
    if subprocess.run(command, check=False).returncode != 0:
        raise _refused(command)


def _answer(*command: str) -> str:
    """The same, for what it writes."""
    print(f"$ {shlex.join(command)}", flush=True)
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode != 0:
        raise _refused(command)
    return ran.stdout


def _quietly(*command: str) -> bool:
    """Whether it succeeds."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _refused(command: Sequence[str]) -> BadInput:
    finding = "It failed; what it says stands above."
    return BadInput(Fault(place=f"{command[0]}", finding=finding, next_step="Mend that and type it again."))


def _installed(program: str, where: str) -> None:
    if shutil.which(program) is None:
        step = f"Install it: {where}. Then type this again."
        raise BadInput(Fault(place=program, finding="It is not on this machine.", next_step=step))


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 2 where something is missing or was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("what", choices=("apply", "image", "destroy"))
    parser.add_argument("project", help="the project's id")
    parser.add_argument("region", nargs="?", help="where it lies; us-central1 if left out")
    parser.add_argument("--torch-index", default="", help="image: the CPU index that pytorch.org names")
    parser.add_argument("--files", choices=("keep", "delete"), default="keep", help="destroy: people's files")
    given = parser.parse_args(arguments)
    try:
        _installed("gcloud", "https://cloud.google.com/sdk/docs/install")
        if given.what == "image":
            image(given.project, given.region, given.torch_index)
            return 0
        _installed("terraform", "https://developer.hashicorp.com/terraform/install")
        if given.what == "apply":
            apply(given.project, given.region)
        else:
            destroy(given.project, given.region, given.files)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

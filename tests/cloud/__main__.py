"""A Google Cloud project on this machine, with Jinko in it, to play with: `make cloud-up`.

The official emulators, the three functions as they are deployed, and a stand-in for Cloud Batch whose jobs
run on this machine. Nothing leaves the loopback addresses; nothing is kept after Ctrl-C.
"""

import shlex
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from functions.story import tell
from functions.verdict import verdict
from infra import ledger
from infra.settings import BUNDLED_MODELS
from schemas import names
from schemas.records import DropRecord
from tests.cloud.emulators import lacks
from tests.cloud.google_rest import on_loopback
from tests.cloud.loopback import Loopback, has_gcloud, loopback, ticking

EXAMPLE = BUNDLED_MODELS / "tickets" / "tickets.csv"
TICK_SECONDS = 60.0
LOOK_SECONDS = 2.0


def main() -> int:
    """Stand until Ctrl-C; the exit code."""
    out = Console()
    missing = lacks() or ("" if has_gcloud() else "gcloud is missing (the Google Cloud CLI)")
    if missing:
        out.print(f"This cannot start: {missing}. docs/cloud.md says how to get it.")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="jinko-cloud-") as folder, suppress(KeyboardInterrupt):
        with out.status("Starting Cloud Storage, Firestore, Pub/Sub, Cloud Batch and three functions …"):
            standing = loopback(Path(folder))
            jinko = standing.__enter__()
        try:
            with on_loopback(jinko.google.project, jinko.environment) as answering:
                _tell(jinko, out, {"JINKO_REST_EMULATOR_HOST": answering.host})
                with ticking(jinko, TICK_SECONDS):
                    _watch(jinko, out)
        finally:
            standing.__exit__(None, None, None)
    out.print("Stopped; everything that was in it is gone.")
    return 0


def _tell(jinko: Loopback, out: Console, doctor: dict[str, str]) -> None:
    """What to type in another terminal."""
    variables = jinko.gcloud() | jinko.environment | doctor
    script = jinko.folder / "env"
    script.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    page = names.address(jinko.google.outbox, names.status_page(EXAMPLE.name))
    lines = (
        "A project stands. In another terminal:",
        "",
        f"  source {script}",
        f"  gcloud storage cp {EXAMPLE} {names.address(jinko.google.inbox, '')} "
        "--custom-metadata=base_model=tiny-gemma3,training.max_steps=200,training.learning_rate=0.01",
        f"  gcloud storage cat {page}",
        f"  {Path(sys.executable).parent / 'jinko'} status",
        f"  {Path(sys.executable).parent / 'jinko'} doctor",
        "",
        f"Logs of the functions and jobs: {jinko.folder}",
        "Ctrl-C stops it, and forgets everything.",
        "",
    )
    for line in lines:
        out.print(line, soft_wrap=True, highlight=False, markup=False)


def _watch(jinko: Loopback, out: Console) -> None:
    """A line whenever a drop stands otherwise."""
    said: dict[str, str] = {}
    while True:
        for drop in ledger.every(jinko.on, DropRecord)[::-1]:
            stands = verdict(tell(jinko.on, drop))
            if said.get(drop.id) != stands:
                said[drop.id] = stands
                out.print(f"{drop.name}: {stands}", highlight=False, markup=False)
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

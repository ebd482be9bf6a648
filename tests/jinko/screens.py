"""The screens in docs/commands.md: what the commands really print, with stable ids, times and places.

    python -m tests.jinko.screens           # writes them all anew (minutes: some train the tiny base)
    python -m tests.jinko.screens --quick   # only those that train nothing
    python -m tests.jinko.screens 'jinko up'    # only this one, in a folder where nothing was typed before

A screen stands between `<!-- screen: COMMAND -->` and `<!-- end -->`. RUN and DATASET in a command are the
newest ids there are. The quick ones are played again by a test, and must be what the page shows.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from infra import ground, ledger
from infra.settings import Settings
from jinko.__main__ import main as jinko
from schemas.records import DatasetRecord
from schemas.runs import RunRecord
from tests.cloud.google_rest import GoogleRest, fresh

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "commands.md"
BLOCK = re.compile(r"<!-- screen: (.+?) -->\n.*?<!-- end -->", re.DOTALL)
SHORT = "--set training.max_steps=20 --set evaluation.rows=3"
DOCTOR = "jinko doctor"
QUICK = (
    "jinko check support.csv",
    "jinko check old.csv",
    "jinko drop old.csv",
    "jinko drop tickets.csv --set confirm=true",
    "jinko status",
    "jinko cancel RUN",
    "jinko status shop/tickets.csv",
    "jinko datasets",
    "jinko show DATASET",
    "jinko delete RUN --yes",
    "jinko retry tickets.cvs",
    DOCTOR,
)
UP = "jinko up"
SLOW = (
    UP,
    "jinko demo",
    "jinko drop tickets.csv",
    "jinko models",
    "jinko show RUN",
    "jinko pull RUN",
    "jinko export RUN q8_0",
    f"jinko drop tickets.csv {SHORT} --set confirm=true",
    "jinko approve RUN",
    f"jinko drop tickets.csv {SHORT} --set training.max_length=16",
    "jinko retry RUN",
)
UNSHOWN = (SLOW[7], SLOW[9])  # only to have something to approve, and something that failed
SUPPORT = """\
question,answer,agent
Do you ship to Norway?,Yes. Parcels to Norway take four to six days.,Ida
My lamp flickers.,Sorry about that! Please send its number and a new one is on its way.,Ida
Can I pay by invoice?,"Yes, from your second order on.",Jon
Where is my parcel?,,Jon
Do you ship to Norway?,Yes. Parcels to Norway take four to six days.,Jon
How do I return a chair?,"Print the label from your account; we fetch it.",Ida
Is the oak table waxed?,"Oiled, not waxed. Oil it once a year.",Jon
Do you have a shop?,"Yes: Harbour Street 4, open Tuesday to Saturday.",Ida
"""


def prepare(folder: Path) -> Path:
    """A person's folder: a small file of theirs, one that cannot be used, the example with its settings."""
    shop = folder / "shop"
    shop.mkdir()
    (shop / "support.csv").write_text(SUPPORT)
    (shop / "old.csv").write_text("Order,Total\n4711,12.50\n")
    for name in ("tickets.csv", "jinko.yaml"):
        shutil.copy(ROOT / "examples" / "tickets" / name, shop / name)
    return shop


def play_up(shop: Path) -> str:
    """`jinko up` in a folder of its own: two files are copied in, then somebody presses Ctrl-C."""
    desk = shop.parent / "desk"
    inbox = desk / ".jinko" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "jinko.yaml").write_text("base_model: tiny-gemma3\nconfirm: true\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JINKO_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "jinko", "up"],
        cwd=desk,
        env=environment | {"COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in ("support.csv", "old.csv"):
        time.sleep(3)
        shutil.copy(shop / name, inbox / name)
    time.sleep(6)
    running.send_signal(signal.SIGINT)
    return f"$ {UP}\n{running.communicate()[0]}".replace(str(desk), str(shop))


def play(command: str, shop: Path) -> str:
    """Type a command in the folder: the screen, as a person sees it through a pipe."""
    if command == UP:
        return play_up(shop)
    if command == DOCTOR:
        return play_doctor(shop)
    return typed(command, shop, {})


def play_doctor(shop: Path) -> str:
    """Of a project before its first deployment, without a GPU's quota; a stand-in answers for Google."""
    answers = fresh("my-project")
    regional = answers["compute.googleapis.com/compute/v1/projects/my-project/regions/us-central1"]
    regional["quotas"][0]["limit"] = 0
    with GoogleRest(answers) as google:
        stand_in = {"JINKO_REST_EMULATOR_HOST": google.host}
        return typed(DOCTOR, shop, {"JINKO_PROJECT": "my-project"} | stand_in)


def typed(command: str, shop: Path, settings: dict[str, str]) -> str:
    """The same in this process."""
    here = ground.local(Settings(home=shop / ".jinko"))
    newest = {"RUN": RunRecord, "DATASET": DatasetRecord}
    for word, kind in newest.items():
        if word in command.split():
            command = re.sub(rf"\b{word}\b", ledger.every(here.cloud, kind)[0].id, command)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JINKO_")}
    out = io.StringIO()
    with (
        mock.patch.dict(os.environ, environment | settings | {"COLUMNS": "80"}, clear=True),
        mock.patch.object(sys, "argv", shlex.split(command)),
        contextlib.chdir(shop),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        contextlib.suppress(SystemExit),
    ):
        jinko()
    return f"$ {command}\n{out.getvalue()}"


class Stable:
    """Makes screens the same on every machine: ids by their order, one time, one place."""

    def __init__(self, shop: Path) -> None:
        self.shop, self.known = shop, dict[str, str]()

    def __call__(self, screen: str) -> str:
        screen = screen.replace(str(self.shop), "/home/you/shop")
        screen = re.sub(r"\S*/jinko-demo-\w+", "/tmp/jinko-demo", screen)
        screen = re.sub(r"\b[0-9a-f]{16}\b|(?<=/)[0-9a-f]{8}(?=/)", self._id, screen)
        screen = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "2026-10-14 09:30", screen)
        screen = re.sub(r"\d+\.\d+ kB", "2.5 kB", screen)
        return "\n".join(line.rstrip() for line in screen.splitlines()).rstrip() + "\n"

    def _id(self, found: re.Match[str]) -> str:
        made = f"{(len(self.known) + 1) * 0x9E3779B97F4A7C15 % 2**64:016x}"
        return self.known.setdefault(found[0], made[: len(found[0])])


def shown() -> dict[str, str]:
    """Command → the block that the page shows of it."""
    return {found[1]: found[0] for found in BLOCK.finditer(PAGE.read_text())}


def block(command: str, screen: str) -> str:
    return f"<!-- screen: {command} -->\n```console\n{screen}```\n<!-- end -->"


def main(commands: Sequence[str]) -> None:
    """Play the commands in order, and write what they print into the page."""
    with tempfile.TemporaryDirectory() as folder:
        shop = prepare(Path(folder))
        stable = Stable(shop)
        for command in commands:
            made = block(command, stable(play(command, shop)))
            before = shown().get(command)
            if before is not None:
                PAGE.write_text(PAGE.read_text().replace(before, made))
            print(f"{'not on the page' if before is None else 'written'}: {command}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(QUICK if given == ["--quick"] else given or (*QUICK, *SLOW))

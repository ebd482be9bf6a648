"""The command line. Each verb is a few lines; the work is beside it, and more verbs are in `jinko.verbs`.

Exit codes: 0 done; 1 a run failed or something did not answer; 2 what was given cannot be used; 3 one
question to answer first.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jinko import using, verbs
from schemas.errors import BadInput, Unavailable

ONE = "One file"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Drop a file, get a fine-tuned model.\n\n"
    "Start with `jinko demo`: it trains a tiny model on this machine in about a minute. Then look at a file "
    "of yours with `jinko check FILE`, and train on it with `jinko drop FILE`. Everything is kept in the "
    "folder where you type, below .jinko.",
)

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON object instead of words.")]
SetOptions = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. training.epochs=2. May be repeated."),
]


@app.command(rich_help_panel=ONE)
def demo(as_json: AsJson = False) -> None:
    """Train a tiny model on the example, here and now, and show what it learned.

    Needs no account, no GPU and no download. Everything lies in a new temporary folder, which is printed.
    """
    from jinko.demo import demo as run

    raise typer.Exit(run(as_json))


@app.command(rich_help_panel=ONE)
def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file; or gs://bucket/name, hf://owner/name.")
    ],
    options: SetOptions = None,
    every: Annotated[
        bool, typer.Option("--all", metavar="", help="Read every row, not only the first 20,000.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, what would be trained, and what is wrong with it. Writes nothing.

    A jinko.yaml beside the file is heeded, as by jinko drop.

    Exit code 0: usable. 2: not usable. 3: one question to answer, with the option that answers it.
    """
    from functions.on_upload.check import refusal
    from jinko import screens
    from jinko.checking import judged

    try:
        verdict = judged(file, options or [], every)
    except BadInput as error:
        if not as_json:
            raise
        verdict = refusal(error.faults)
    if as_json:
        shown = verdict.model_dump(mode="json", exclude={"code": True, "faults": {"__all__": {"also"}}})
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        screens.verdict(file, verdict, Console())
    raise typer.Exit(verdict.code)


@app.command(rich_help_panel=ONE)
def drop(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Data (CSV, JSONL) or a recipe (YAML).")],
    options: SetOptions = None,
) -> None:
    """Train on a file: drop it into this folder's inbox and work until its model is there.

    Which model to start from: --set base_model=owner/name (of the Hugging Face Hub), or tiny-gemma3, which
    comes with Jinko. Wait for your yes before the training starts: --set confirm=true. Train anew where the
    same was trained before: --set again=true. All settings: docs/first-drop.md.

    A jinko.yaml beside the file is dropped with it. Ctrl-C leaves a running training running.
    """
    from jinko.drop import put, settings_given
    from jinko.endings import conclude
    from jinko.follow import follow_drop
    from jinko.here import opened

    given = settings_given(options or [])
    here = opened()
    raise typer.Exit(conclude(here, lambda: follow_drop(here, put(here, file, given))))


verbs.add_to(app)
using.add_to(app)


@app.command(rich_help_panel=verbs.LOOK)
def doctor(
    machine: Annotated[
        str, typer.Option("--machine", metavar="NAME", help="The machine whose GPU's quota is looked at.")
    ] = "",
    publishing: Annotated[
        bool, typer.Option("--publishing", metavar="", help="Ask the Hub what the writing token may do.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything that Jinko needs, and say what to type where something is missing.

    Here: this machine and folder. With JINKO_PROJECT set: that project, before its first deployment (APIs,
    billing, the quota of a GPU; --machine names another than g2-standard-8) and after it (buckets, functions,
    images, secrets, and whether the newest file was answered). Nothing is changed.

    With --publishing it asks the Hub who the writing token belongs to, and remembers the answer.
    Exit code 0: nothing is missing. 1: something is.
    """
    from jinko import doctor as looking

    raise typer.Exit(looking.publishing() if publishing else looking.run(machine, as_json))


def main() -> None:
    """Run the command; what a person can mend is told in words, never as a traceback."""
    from jinko import screens

    errors = Console(stderr=True)
    try:
        app()
    except BadInput as error:
        screens.faults(error.faults, errors)
        raise SystemExit(2) from None
    except Unavailable as error:
        errors.print(f"Something did not answer, also when asked again: {error}", markup=False)
        errors.print(
            "Nothing was lost: repeat the command in a while. What was dropped, jinko up tries again."
        )
        raise SystemExit(1) from None
    except BrokenPipeError:  # whoever read what was printed has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        errors.print(f"{where}{error.strerror or error}", markup=False, highlight=False)
        errors.print("This machine refused it. Mend that, then repeat the command; nothing was lost.")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

"""The verbs that ask something of runs and datasets, or list them."""

import json
from typing import Annotated

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as on its status page.")]


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command."""
    for verb in (up, retry, cancel, approve, delete, datasets, models, show):
        app.command()(verb)


def up() -> None:
    """Watch this folder's inbox (.jinko/inbox) and work until Ctrl-C: every file dropped there is answered.

    Copy files in, by hand or by program; read .jinko/outbox/status. Only one process works a folder; a second
    one says who does. What was going on when it was last stopped goes on.
    """
    from infra import ground
    from jinko.up import run

    raise typer.Exit(run(ground.local()))


def retry(run: Run) -> None:
    """Try a run's failed or cancelled part once more, from what is there; nothing else is repeated."""
    from infra import ground
    from jinko import ask
    from jinko.endings import conclude

    here = ground.local()
    raise typer.Exit(conclude(here, lambda: ask.retry(here, run)))


def cancel(run: Run) -> None:
    """Stop a run and its job. What it has saved stays; jinko retry goes on from there."""
    from infra import ground
    from jinko import ask
    from jinko.endings import conclude

    here = ground.local()
    raise typer.Exit(conclude(here, lambda: ask.cancel(here, run)))


def approve(run: Run) -> None:
    """Say yes to a run that asked for it (confirm: true), and work until it is done."""
    from infra import ground
    from jinko import ask
    from jinko.endings import conclude

    here = ground.local()
    raise typer.Exit(conclude(here, lambda: ask.approve(here, run)))


def delete(
    id: Annotated[str, typer.Argument(metavar="ID", help="A run's or a dataset's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
) -> None:
    """Remove the files of a run (weights, report) or of a dataset (rows, card). There is no way back."""
    from infra import ground
    from jinko import ask

    if not yes:
        typer.confirm(f"Remove all files of {id}?", abort=True)
    what = ask.delete(ground.local(), id)
    print(f"Deleted the files of {what} {id}.")


def datasets(as_json: AsJson = False) -> None:
    """List the datasets prepared here: any of them can be named in a recipe as data.from."""
    from infra import ground
    from jinko import lists

    rows = lists.datasets(ground.local())
    print(json.dumps(rows, indent=2)) if as_json else lists.table(rows, "No dataset here yet.", Console())


def models(as_json: AsJson = False) -> None:
    """List the models trained here, the newest first, with what they answered before and after."""
    from infra import ground
    from jinko import lists

    rows = lists.models(ground.local())
    print(json.dumps(rows, indent=2)) if as_json else lists.table(rows, "No model here yet.", Console())


def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="A run's or a dataset's id.")],
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a run or dataset: settings and where each came from, figures, files."""
    from infra import ground
    from jinko import lists

    details = lists.details(ground.local(), id)
    print(json.dumps(details, indent=2)) if as_json else lists.show(details, Console())

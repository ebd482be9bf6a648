"""The verbs that ask something of runs and datasets, or list them."""

import json
from typing import Annotated

import typer
from rich.console import Console

ALL, STEER, LOOK = "Many files", "Steer a run", "See what there is"

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of words.")]
Run = Annotated[
    str, typer.Argument(metavar="RUN", help="The run's id, or the name of its file: then its newest run.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a run or of a dataset.")]


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command."""
    app.command(rich_help_panel=ALL)(up)
    for look in (status, datasets, models, show):
        app.command(rich_help_panel=LOOK)(look)
    for steer in (approve, cancel, retry, delete):
        app.command(rich_help_panel=STEER)(steer)


def up() -> None:
    """Watch this folder's inbox until Ctrl-C: every file that is copied there is answered.

    The inbox is .jinko/inbox; the answers, in words, are in .jinko/outbox/status. Only one process works a
    folder; a second one says who does. What was going on when it was last stopped goes on.
    """
    from jinko.here import opened_folder
    from jinko.up import run

    raise typer.Exit(run(opened_folder()))


def retry(run: Run) -> None:
    """Try once more what failed or was stopped, from what is there; nothing else is repeated.

    A training that failed or was stopped begins anew; an export takes the weights that are there. Settings
    stay as they are: to change one, drop the file again.
    """
    from jinko import ask
    from jinko.endings import conclude
    from jinko.here import opened

    here = opened()
    raise typer.Exit(conclude(here, lambda: ask.retry(here, run)))


def cancel(run: Run) -> None:
    """Stop a run, also one that waits. What it has saved stays; jinko retry takes it up again."""
    from jinko import ask
    from jinko.endings import conclude
    from jinko.here import opened

    here = opened()
    raise typer.Exit(conclude(here, lambda: ask.cancel(here, run), wish="cancelled"))


def approve(run: Run) -> None:
    """Say yes to a run that waits for it (the setting confirm: true), and work until it is done.

    A run that nobody says yes to lapses after 7 days.
    """
    from jinko import ask
    from jinko.endings import conclude
    from jinko.here import opened

    here = opened()
    raise typer.Exit(conclude(here, lambda: ask.approve(here, run)))


def delete(
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", metavar="", help="Do not ask whether I am sure.")] = False,
) -> None:
    """Remove the files of a run (weights, report) or a dataset (rows, card). There is no way back.

    The file that was dropped stays in the inbox, and the status page says that the rest was deleted. What is
    in use is not removed.
    """
    from functions import pages
    from jinko import ask
    from jinko.here import opened

    here = opened()
    chosen = ask.removal(here, id)
    if chosen.gone and not chosen.size:
        print(f"The {chosen.what} {id} was deleted before; nothing is left to remove.")
        return
    named = f"{chosen.what} {id} ({chosen.file}, {pages.size(chosen.size)})"
    if not yes and not _sure(f"Remove all files of {named}? There is no way back."):
        print("Nothing was removed.")
        raise typer.Exit(1)
    ask.delete(here, chosen)
    print(f"Removed all files of {named}.")


def _sure(question: str) -> bool:
    try:
        return typer.confirm(question)
    except typer.Abort:  # nobody is there to answer
        print()
        return False


def status(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run's id, or the name of a file; all if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how every file that was dropped here stands, or tell the whole story of one."""
    from functions.status import gather, render
    from jinko import story, tables
    from jinko.here import opened

    here = opened()
    told = story.stories(here.cloud)
    if run is not None:
        told = story.named(told, run)
    out = Console()
    if as_json:
        print(json.dumps([story.as_json(one) for one in told], indent=2, ensure_ascii=False))
    elif run is not None:
        from rich.markdown import Markdown

        out.print(Markdown(render(gather(here.cloud, told[0].drop.name))))
    else:
        tables.status(told, out, here.name)


def datasets(as_json: AsJson = False) -> None:
    """List the datasets prepared here; a recipe names one as data.from."""
    from jinko import lists
    from jinko.here import opened

    rows = lists.datasets(opened())
    print(json.dumps(rows, indent=2)) if as_json else lists.table(rows, "No dataset here yet.", Console())


def models(as_json: AsJson = False) -> None:
    """List the models trained here, the newest first, and how many answers of each are right."""
    from jinko import lists
    from jinko.here import opened

    rows = lists.models(opened())
    print(json.dumps(rows, indent=2)) if as_json else lists.table(rows, "No model here yet.", Console())


def show(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a run or of a dataset, or the name of a file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a run or dataset: figures, files, settings and where each came from."""
    from jinko import details
    from jinko.here import opened

    told = details.details(opened(), id)
    print(json.dumps(told, indent=2)) if as_json else details.show(told, Console())

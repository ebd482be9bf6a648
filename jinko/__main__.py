"""The command line. Each verb is a few lines; the work is beside it, and more verbs are in `jinko.verbs`.

Exit codes: 0 done; 1 a run failed or something did not answer; 2 what was given cannot be used; 3 one
question to answer first.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schemas.errors import BadInput, Unavailable

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Drop a file, get a fine-tuned model.\n\n"
    "Start with `jinko demo`: it trains a tiny model on this machine in about a minute. Then look at a file "
    "of yours with `jinko check FILE`, and train on it with `jinko drop FILE`.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
SetOptions = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. training.epochs=2. May be repeated."),
]


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Train a tiny model on the example, here and now, and show what it learned.

    Needs no account, no GPU and no download. Everything lies in a new temporary folder, which is printed.
    """
    from jinko.demo import demo as run

    raise typer.Exit(run(as_json))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV with a header, or JSONL.")],
    options: SetOptions = None,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, what would be trained, and what is wrong with it. Writes nothing.

    Exit code 0: usable. 2: not usable. 3: one question to answer, with the option that answers it.
    """
    from functions.on_upload.check import check as judge
    from jinko import screens
    from jinko.drop import settings_given
    from schemas import layers

    layer = layers.Layer(source="metadata", place="--set", values=dict(settings_given(options or [])))
    verdict = judge(file, layers.resolve([layer]).recipe.data)
    if as_json:
        print(
            json.dumps(
                verdict.model_dump(
                    mode="json", exclude={"code": True, "findings": True, "faults": {"__all__": {"also"}}}
                ),
                indent=2,
                ensure_ascii=False,
            )
        )
    else:
        screens.verdict(file, verdict, Console())
    raise typer.Exit(verdict.code)


@app.command()
def drop(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Data (CSV, JSONL) or a recipe (YAML).")],
    options: SetOptions = None,
) -> None:
    """Drop a file into this folder's ground (.jinko) and work until its model is there.

    A `jinko.yaml` beside the file is dropped with it. Ctrl-C leaves a running training running.
    """
    from infra import ground
    from jinko.drop import put, settings_given
    from jinko.endings import conclude
    from jinko.follow import follow_drop

    given = settings_given(options or [])
    here = ground.local()
    raise typer.Exit(conclude(here, lambda: follow_drop(here, put(here, file, given))))


@app.command()
def status(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id, or the name of a drop; all if left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how every drop of this folder's ground stands, or tell one run's whole story."""
    from functions.status import refresh
    from infra import ground
    from jinko import screens, story
    from schemas import names
    from schemas.errors import Fault

    here = ground.local()
    told = story.stories(here.cloud)
    if run is not None:
        told = [one for one in told if run in (one.drop.run_id, one.drop.name, one.drop.id)]
        if not told:
            finding = "There is no run or drop of this name here."
            raise BadInput(Fault(place=run, finding=finding, next_step="See them all with: jinko status"))
    out = Console()
    if as_json:
        print(json.dumps([story.as_json(one) for one in told], indent=2, ensure_ascii=False))
    elif run is not None:
        from rich.markdown import Markdown

        refresh(here.cloud, told[0].drop.name)  # also where it is not written yet, or was removed by hand
        page = here.cloud.store.read(here.cloud.outbox, names.status_page(told[0].drop.name))
        out.print(Markdown(page.decode()))
    else:
        screens.status(told, out)


def main() -> None:
    """Run the command; what a person can mend is told in words, never as a traceback."""
    from jinko import screens, verbs

    verbs.add_to(app)

    errors = Console(stderr=True)
    try:
        app()
    except BadInput as error:
        screens.faults(error.faults, errors)
        raise SystemExit(2) from None
    except Unavailable as error:
        errors.print(f"Something did not answer, also when asked again: {error}", markup=False)
        errors.print("Nothing was lost. Run the command again in a while.")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

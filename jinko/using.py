"""The verbs that use what a run made: talk with it, fetch it, make other formats of it, publish it."""

from pathlib import Path
from typing import Annotated

import typer

from jinko.verbs import Run

USE = "Use a model"


def add_to(app: typer.Typer) -> None:
    """Make these verbs part of the command."""
    for use in (chat, pull, export, publish):
        app.command(rich_help_panel=USE)(use)


def chat(
    run: Run,
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="Ask this one thing; a talk if left out.")
    ] = None,
    base: Annotated[bool, typer.Option("--base", metavar="", help="The base's answer beside it.")] = False,
    system: Annotated[str | None, typer.Option(metavar="TEXT", help="How it is to behave.")] = None,
    temperature: Annotated[float, typer.Option(metavar="T", help="0: always the likeliest words.")] = 0.0,
    most: Annotated[int, typer.Option(metavar="N", help="Longest answer, in tokens.")] = 512,
) -> None:
    """Talk with a trained model on this machine, or ask it one thing. Answers come word by word.

    With --base each question is answered twice: before is the model that was started from, now is what the
    run made of it.
    """
    from jinko import chat as talking
    from jinko.here import opened

    asked = talking.Asked(base, system, most, temperature)
    raise typer.Exit(talking.chat(opened(), run, asked, question))


def pull(
    run: Run,
    format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="merged, adapter, gguf, or one of its files: q8_0."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where to; here if left out.")
    ] = None,
) -> None:
    """Fetch a run's model into a folder here, each file checked. A repeat goes on where it was cut short."""
    from jinko import pull as pulling
    from jinko.here import opened

    folder = pulling.pull(opened(), run, format, to)
    print(f"It lies in {folder}. How to use it: docs/use-your-model.md")


def export(
    run: Run,
    formats: Annotated[
        list[str],
        typer.Argument(metavar="FORMAT...", help="merged, gguf, f16, q8_0, q6_k, q5_k_m, q4_k_m."),
    ],
) -> None:
    """Make other formats of a run's weights, also long after it was trained. Nothing is trained.

    gguf is what Ollama and llama.cpp read; it means q4_k_m. Each file is asked before it is handed out.
    """
    from jinko import more
    from jinko.endings import conclude
    from jinko.here import opened

    here = opened()
    raise typer.Exit(conclude(here, lambda: more.export(here, run, formats)))


def publish(
    run: Run,
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="Of the Hugging Face Hub.")],
    public: Annotated[
        bool, typer.Option("--public", metavar="", help="For everybody to see; else for its owner alone.")
    ] = False,
) -> None:
    """Publish what a run made on the Hugging Face Hub, with a card that says how it was made.

    On this machine your own token is used: hf auth login, or HF_TOKEN.
    """
    from jinko import more
    from jinko.endings import conclude
    from jinko.here import opened

    here = opened()
    raise typer.Exit(conclude(here, lambda: more.publish(here, run, repository, public)))

"""Weights & Biases, only where a recipe names a project.

`tracked` opens a run whose id is ours, so that a restarted job continues it. Where to and with which key is
W&B's own business (WANDB_MODE, WANDB_API_KEY, WANDB_BASE_URL). No data and no code are sent, only numbers.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gpu_batch.folders import upload_folder
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.orders import TrainOrder
from schemas.scores import Score

if TYPE_CHECKING:
    from wandb import Run


@contextmanager
def tracked(order: TrainOrder, scratch: Path) -> Iterator["Run | None"]:
    """An open W&B run, or None if the recipe names no project. Closed at the end, failed if anything raised.

    Raises BadInput if W&B refuses us (no key, a bad project), Unavailable if it does not answer. Files go to
    WANDB_DIR, or into `scratch` where that is not set.
    """
    project = order.settings.recipe.wandb_project
    if project is None:
        yield None
        return
    run = _open(order, project, scratch)
    ended_well = False
    try:
        yield run
        ended_well = True
    finally:
        _close(run, 0 if ended_well else 1)


def _close(run: "Run", exit_code: int) -> None:
    """End the run, and wait for W&B's own process: until it is gone, its files may lack all that was told."""
    import wandb

    run.finish(exit_code=exit_code)
    wandb.teardown(exit_code)


def _open(order: TrainOrder, project: str, scratch: Path) -> "Run":
    import wandb  # half a second that most runs need not spend

    # These also reach the processes that W&B starts.
    os.environ["WANDB_RESUME"] = "allow"
    os.environ["WANDB_RUN_ID"] = order.run_id
    os.environ["WANDB_PROJECT"] = project
    os.environ.setdefault("WANDB_DIR", str(scratch))
    quiet = wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True)
    try:
        return wandb.init(
            project=project, id=order.run_id, resume="allow", name=order.drop_name, settings=quiet
        )
    except (wandb.errors.UsageError, wandb.errors.AuthenticationError) as error:
        finding = f"Weights & Biases refuses this run: {error}"
        next_step = "Set WANDB_API_KEY (or WANDB_MODE=offline), or leave wandb_project out."
        raise BadInput(Fault(place="wandb_project", finding=finding, next_step=next_step)) from error
    except wandb.errors.CommError as error:
        raise Unavailable(f"Weights & Biases did not answer: {error}") from error


# What the trainers' own callback does not send: it does not know of it.
OURS: Final = {
    "tokens_per_second": "train/tokens_per_second",
    "held_out_loss": "held_out/loss",
    "held_out_margin": "held_out/margin",
    "held_out_reward": "held_out/reward",
}


def track_step(run: "Run | None", step: int, numbers: Mapping[str, float]) -> None:
    """What was counted and measured by ourselves at a step; the curves have steps on their axis."""
    found = {theirs: numbers[ours] for ours, theirs in OURS.items() if ours in numbers}
    if run is not None and found:
        run.log({**found, "train/global_step": step})


def track_scores(run: "Run | None", before: Score | None, after: Score | None) -> None:
    """The held-out scores, beside the curves."""
    if run is None:
        return
    for when, score in (("before", before), ("after", after)):
        for name, value in (score.model_dump(exclude_none=True) if score else {}).items():
            run.summary[f"{when}/{name}"] = value


def keep_offline_run(on: Cloud, order: TrainOrder, attempt: int, scratch: Path) -> None:
    """With WANDB_MODE=offline, put W&B's files into the outbox, to be sent with `wandb sync` one day."""
    prefix = names.wandb_files(order.run_id, attempt)
    for folder in (scratch / "wandb").glob("offline-run-*"):
        upload_folder(on, folder, f"{prefix}{folder.name}/")

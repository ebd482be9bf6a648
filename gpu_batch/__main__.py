"""The front door of every job: read the order, do the work, write the result last.

    python -m gpu_batch --run RUN --stage train --attempt 1

Exit codes: 0 the result is written (also when it says what is wrong with the person's data), 75 something
outside did not answer and a retry may help, 1 a mistake of ours, with its traceback in the log, 2 arguments
that make no sense, 143 it was asked to stop (SIGTERM) and left no result. A job whose result is there already
ends at once.
"""

import argparse
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Final

from gpu_batch.engine import choose
from infra import ground
from infra.ports import Cloud, Gone
from schemas import names
from schemas.errors import BadInput, JinkoError, Unavailable
from schemas.names import Stage
from schemas.orders import ExportOrder, GenerateOrder, GgufOrder, Order, PublishOrder, TrainOrder
from schemas.results import RESULTS, Result

EXIT_DONE: Final = 0
EXIT_MISTAKE: Final = 1
EXIT_RETRY: Final = 75  # sysexits.h: EX_TEMPFAIL
EXIT_STOPPED: Final = 143  # 128 + SIGTERM, as shells have it
TIDY_SECONDS: Final = 10  # after SIGTERM, to remove scratch files and to close a W&B run

ORDERS: Final[Mapping[Stage, type[Order]]] = {
    "train": TrainOrder,
    "export": ExportOrder,
    "gguf": GgufOrder,
    "publish": PublishOrder,
    "generate": GenerateOrder,
}
DESCRIPTION: Final = """\
Run one job of a training run: read its order from the outbox, do the work, write result.json last.

Jinko starts this by itself, on a machine of Cloud Batch or as a process on this one; by hand it is useful to
see a job fail with your own eyes. Set JINKO_HOME to the ground's folder first (see infra/settings.py)."""
EPILOG: Final = """\
examples:
  python -m gpu_batch --run 0123456789abcdef --stage train --attempt 1
  python -m gpu_batch --run 0123456789abcdef --stage export --attempt 2
  python -m gpu_batch publish --check    (whom the Hub knows HF_TOKEN as, and what it may write to)

what the outbox then holds, under runs/RUN/STAGE/ATTEMPT/:
  train   adapter/ (LoRA) or model/ (full fine-tuning), metrics.jsonl (a line a step),
          result.json (scores before and after, answers)
  export  merged/ (if the order asks for it), result.json

exit codes: 0 result written; 75 try again later; 1 a mistake of Jinko; 2 wrong arguments;
143 stopped by SIGTERM, nothing written that counts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the command line names; the exit code. Twice is once."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    asked = _parser().parse_args(given) if given[:1] != ["publish"] else None
    try:
        if asked is None:
            return _publish(given[1:])
        return run_job(ground.cloud(), asked.run, asked.stage, asked.attempt, asked.order)
    except JinkoError as error:
        print(error, file=sys.stderr, flush=True)
        return EXIT_RETRY if isinstance(error, Unavailable) else EXIT_MISTAKE
    except Exception:  # noqa: BLE001 (the front door: whatever it is, the log must tell it and the code must say so)
        traceback.print_exc()
        return EXIT_MISTAKE


def _publish(arguments: Sequence[str]) -> int:
    """`publish --check`: no job of a run, but a look at the token that runs publish with."""
    from gpu_batch.publish import command

    return command(arguments, ground.cloud())


def _stop(signal_number: int, _: FrameType | None) -> None:
    """Asked to stop: tidy up and go. Asking again changes nothing, and tidying that hangs is cut short."""
    os.write(2, b"Asked to stop: this attempt ends without a result.\n")  # print is not for signal handlers
    signal.signal(signal_number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(EXIT_STOPPED))
    signal.alarm(TIDY_SECONDS)
    raise SystemExit(EXIT_STOPPED)


def run_job(on: Cloud, run: str, stage: Stage, attempt: int, key: str = "") -> int:
    """Do one attempt at one stage unless its result is there; the exit code of a job that could be done.

    `key` is the order's, of a stage that is not the run's first (`names.order`). Raises Unavailable if the
    order is not there or something outside does not answer.
    """
    result_name = names.result(run, stage, attempt)
    if on.store.stat(on.outbox, result_name):
        print(f"{result_name} is written already: nothing to do.", flush=True)
        return EXIT_DONE
    order = _order(on, run, stage, key)
    try:
        with tempfile.TemporaryDirectory(prefix="jinko-") as scratch:
            result = _work(order, attempt, on, Path(scratch))
    except BadInput as error:
        result = _refused(order, attempt, error)
    for fault in result.faults:
        print(f"refused: {fault}", flush=True)
    on.store.write_once(on.outbox, result_name, result.model_dump_json(indent=2).encode())
    return EXIT_DONE


def _order(on: Cloud, run: str, stage: Stage, key: str) -> Order:
    name = names.order(run, stage, key)
    try:
        return ORDERS[stage].model_validate_json(on.store.read(on.outbox, name))
    except Gone as error:
        raise Unavailable(f"There is no order at {name} (yet).") from error


def _work(order: Order, attempt: int, on: Cloud, scratch: Path) -> Result:
    """The stage's own module, imported only now: torch takes seconds that --help should not.

    It is called as its stage is: `gpu_batch.gguf.gguf`.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    if order.base.where == "folder" and order.stage != "publish":
        os.environ["HF_HUB_OFFLINE"] = "1"  # everything is here: nothing may ask the Hub
    if isinstance(order, TrainOrder):
        choose(order)  # Unsloth, where it trains, has to be imported before transformers
    stage = import_module(f"gpu_batch.{order.stage}")
    result: Result = getattr(stage, order.stage)(order, attempt, on, scratch)
    return result


def _refused(order: Order, attempt: int, error: BadInput) -> Result:
    return RESULTS[order.stage](run_id=order.run_id, attempt=attempt, faults=tuple(error.faults))


def _attempt(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("attempts count from 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gpu_batch",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run, 16 hex digits")
    parser.add_argument("--stage", required=True, choices=names.STAGES, help="which job of the run")
    parser.add_argument(
        "--attempt",
        required=True,
        type=_attempt,
        metavar="N",
        help="which try at it, from 1; names the folder",
    )
    parser.add_argument(
        "--order", default="", metavar="KEY", help="which order, of a stage that is not the run's first"
    )
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a container's first process would not even notice it otherwise
    sys.exit(main())

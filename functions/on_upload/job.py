"""The job that prepares what is too big for a function, by the very same code.

    python -m functions.on_upload.job --drop DROP --attempt 1

Exit codes, as of `gpu_batch`: 0 the result is written (also when it says what is wrong with the file), 75
something outside did not answer and a retry may help, 1 a mistake of ours, with its traceback in the log, 2
arguments that make no sense, 143 it was asked to stop (SIGTERM) and left no result. A job whose result is
there already ends at once. It moves no record: its end is told, and `on_job_done` does.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Final

from functions.on_upload.step import dataset_of
from infra import ground, ledger
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, JinkoError, Unavailable
from schemas.records import DropRecord
from schemas.results import PrepareResult

EXIT_DONE: Final = 0
EXIT_MISTAKE: Final = 1
EXIT_RETRY: Final = 75  # sysexits.h: EX_TEMPFAIL
EXIT_STOPPED: Final = 143  # 128 + SIGTERM, as shells have it

DESCRIPTION: Final = """\
Prepare one dropped file that is too big for a function: read it, check every row, write the dataset, and
result.json last.

Jinko starts this by itself, on a machine of Cloud Batch. Set the ground's variables first (see
infra/settings.py)."""
EPILOG: Final = """\
example:
  python -m functions.on_upload.job --drop 0123456789abcdef --attempt 1

what the outbox then holds: datasets/DATASET/ with dataset.json, and drops/DROP/ATTEMPT/result.json

exit codes: 0 result written; 75 try again later; 1 a mistake of Jinko; 2 wrong arguments;
143 stopped by SIGTERM, nothing written that counts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the command line names; the exit code. Twice is once."""
    asked = _parser().parse_args(arguments)
    try:
        return run_job(ground.cloud(), asked.drop, asked.attempt)
    except JinkoError as error:
        print(error, file=sys.stderr, flush=True)
        return EXIT_RETRY if isinstance(error, Unavailable) else EXIT_MISTAKE
    except Exception:  # noqa: BLE001 (the front door: whatever it is, the log must tell it and the code must say so)
        traceback.print_exc()
        return EXIT_MISTAKE


def run_job(on: Cloud, drop_id: str, attempt: int) -> int:
    """Prepare the drop's data unless this attempt's result is there; the exit code of a job that could.

    Raises Unavailable if the drop's record is not there or something outside does not answer.
    """
    result_name = names.prepare_result(drop_id, attempt)
    if on.store.stat(on.outbox, result_name):
        print(f"{result_name} is written already: nothing to do.", flush=True)
        return EXIT_DONE
    drop = ledger.load(on, DropRecord, drop_id)
    result = PrepareResult(drop_id=drop_id, attempt=attempt)
    print(f"preparing {drop.name}", flush=True)
    try:
        result = result.model_copy(update={"dataset_id": dataset_of(drop, on)})
        print(f"prepared: dataset {result.dataset_id}", flush=True)
    except BadInput as error:
        result = result.model_copy(update={"faults": tuple(error.faults)})
    for fault in result.faults:
        print(f"refused: {fault}", flush=True)
    on.store.write_once(on.outbox, result_name, result.model_dump_json(indent=2).encode())
    return EXIT_DONE


def _stop(signal_number: int, _: FrameType | None) -> None:
    """Asked to stop: go at once. What lies half-written in the outbox is swept when another attempt won."""
    os.write(2, b"Asked to stop: this attempt ends without a result.\n")  # print is not for signal handlers
    os._exit(EXIT_STOPPED)


def _attempt(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("attempts count from 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m functions.on_upload.job",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--drop", required=True, metavar="DROP", help="id of the drop, 16 hex digits")
    parser.add_argument(
        "--attempt", required=True, type=_attempt, metavar="N", help="which try at it, from 1"
    )
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a container's first process would not even notice it otherwise
    sys.exit(main())

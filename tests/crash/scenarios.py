"""The table of scenarios: each step, before each of the things that it may be asked to do.

A scenario brings a fresh world to where the step's message is the first in the queue (`setups`). Asking for
another kind is adding a line here.
"""

from typing import Final

from tests.crash import handing
from tests.crash import setups as to
from tests.crash.harness import Scenario, Then
from tests.crash.sweeping import SWEEPING
from tests.crash.wishing import WISHES

ALL: Final[tuple[Then, ...]] = ("again", "late", "lost")  # a lost message is mended by the sweep alone
ONCE: Final[tuple[Then, ...]] = ("again",)  # by the time it came late, it would mean something else

PREPARE: Final = [
    Scenario("prepare", "a data file", to.data, thens=ALL),
    Scenario("prepare", "a file that cannot be used", to.unusable, thens=ALL),
    Scenario("prepare", "a setting that is none", to.wrong_setting, thens=ALL),
    Scenario("prepare", "the same content again", to.same_content, thens=ALL),
    Scenario("prepare", "a file replaced before it was read", to.replaced),
    Scenario("prepare", "a recipe naming a file", to.recipe_of_a_file, thens=ALL),
    Scenario("prepare", "a recipe naming a dataset", to.recipe_of_a_dataset, thens=ALL),
    Scenario(
        "prepare", "a recipe naming a file to come", to.recipe_of_a_file_to_come, then=to.arrives, thens=ONCE
    ),
    Scenario("prepare", "approve/ drop", to.approve_by_drop),
    Scenario("prepare", "cancel/ drop", to.cancel_by_drop, thens=ONCE),
    Scenario("prepare", "cancel/ drop of no run", to.cancel_of_nothing, thens=ALL),
    Scenario("prepare", "a deleted dataset anew", to.deleted_dataset, thens=ALL),
    Scenario("prepare", "a file that is left to a job", handing.big, thens=ALL),
    Scenario("prepare", "a recipe whose file is left to a job", handing.big_recipe, thens=ALL),
    Scenario("prepare", "a deleted dataset anew by a job", handing.deleted_dataset, thens=ALL),
]
ORDER: Final = [
    Scenario("order", "a new run", to.new_run, thens=ALL),
    Scenario("order", "a base that is none", to.no_base, thens=ALL),
    Scenario("order", "confirm: true", to.asked, thens=ALL),
    Scenario("order", "again: true", to.again, thens=ALL),
    Scenario("order", "answered by an identical run", to.identical, thens=ALL),
    Scenario("order", "identical, but that one failed", to.identical_but_failed, thens=ALL),
    Scenario("order", "no free place", to.no_slot, limit=1, thens=ALL),
    Scenario("order", "a new run on a machine that is lent", handing.lent, thens=ALL),
]
REQUESTS: Final = [
    Scenario("approve", "a run that asked", to.approve),
    Scenario("cancel", "a run that asked", to.cancel_asked),
    Scenario("cancel", "a run that waits", to.cancel_waiting, limit=1, thens=ONCE),
    Scenario("cancel", "a run that was submitted", to.cancel_submitted, thens=ONCE),
    Scenario("cancel", "a run that runs; another waits", to.cancel_running, limit=1, thens=ONCE),
    Scenario("train", "a run asked for by a message", to.train),
    Scenario("train", "on a dataset that is not there", to.train_on_nothing),
    Scenario("retry", "after a training that failed", to.retry, jobs={("train", 1): "fails"}),
    Scenario("retry", "after an export that failed", to.retry, jobs={("export", 1): "fails"}),
    Scenario("retry", "after a cancellation", to.retry_cancelled, limit=1),
    Scenario("delete", "a run", to.delete_run),
    Scenario("delete", "a dataset", to.delete_dataset),
]
ADVANCE: Final = [
    Scenario("advance", "the training starts", to.starts, thens=ALL),
    Scenario("advance", "the training ended well", to.ends, thens=ALL),
    Scenario("advance", "the export ended well; another waits", to.export_ends, limit=1, thens=ALL),
    Scenario("advance", "the adapter is all that was wanted", to.adapter_only, thens=ALL),
    Scenario("advance", "the training failed", to.ends, jobs={("train", 1): "fails"}, thens=ALL),
    Scenario("advance", "the training was lost", to.ends, jobs={("train", 1): "lost"}, thens=ALL),
    Scenario(
        "advance", "lost four times", to.ends, jobs={("train", n): "lost" for n in range(1, 5)}, thens=ALL
    ),
    Scenario("advance", "the training was cancelled", to.is_cancelled, thens=ALL),
    Scenario("advance", "faults in the result", to.ends, jobs={("train", 1): "faults"}, thens=ALL),
    Scenario(
        "advance", "lost, and its money is used up", handing.used_up, jobs={("train", 1): "lost"}, thens=ALL
    ),
    Scenario("advance", "a preparation ended well", handing.ends, thens=ALL),
    Scenario("advance", "a preparation found faults", handing.finds_faults, thens=ALL),
    Scenario("advance", "a preparation failed", handing.ends, jobs={("prepare", 1): "fails"}, thens=ALL),
    Scenario("advance", "a preparation was lost", handing.ends, jobs={("prepare", 1): "lost"}, thens=ALL),
    Scenario(
        "advance",
        "a preparation lost four times",
        handing.ends,
        jobs={("prepare", n): "lost" for n in range(1, 5)},
        thens=ALL,
    ),
]
SCENARIOS: Final = [*PREPARE, *ORDER, *REQUESTS, *ADVANCE, *WISHES, *SWEEPING, *handing.SWEEPING]

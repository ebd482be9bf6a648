"""Every way in which the Hub can fail, at every call of a publishing: nothing is lost, one commit is made.

A failure that goes away while the Hub's library tries again is not even noticed. One that stays ends the run
in words, with the run's weights as they were, and a retry after it is gone finishes.
"""

import pytest

from functions.on_dataset_ready.requests import request
from gpu_batch.__main__ import EXIT_DONE, EXIT_RETRY, run_job
from schemas.events import RunRequested
from tests.functions.runs import now, page, said
from tests.hub.published import REPOSITORY, at_publishing, publish, result, weights_of
from tests.hub.server import Failure

pytestmark = pytest.mark.crash
CALLS = [
    "whoami",
    "info",
    "create",
    "validate",
    "preupload",
    "lfs-batch",
    "lfs-upload",
    "lfs-verify",
    "commit",
]
AGAIN = ["commits", "resolve"]  # of a repository that is there already
HOW = [401, 403, 404, 409, 412, 429, 500, "cut", "lost"]
TRANSIENT = {409, 412, 429, 500, "cut", "lost"}


def fails_and_is_retried(ground, there, run, call, how):
    """The call fails for as long as the attempts last; then it works, and a person retries."""
    before = weights_of(ground, run)
    there.fails[call] = Failure(how)
    code = publish(ground, run)
    if code == EXIT_RETRY:  # as often as it may be tried, each attempt the same
        detail = "The Hugging Face Hub did not answer."
        assert now(ground, run).attempt == 1
        said(ground, run, "publish", "FAILED", detail)
    else:
        assert code == EXIT_DONE
        if not result(ground, run).faults:
            return before, code
        said(ground, run, "publish", "SUCCEEDED")
    assert weights_of(ground, run) == before
    return before, code


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("call", CALLS)
def test_a_failure_that_stays_loses_nothing_and_a_retry_finishes_with_one_commit(ground, there, call, how):
    run = at_publishing(ground)
    before, code = fails_and_is_retried(ground, there, run, call, how)
    stands = now(ground, run)
    if stands.state == "failed":
        told = page(ground)
        assert f"jinko retry {run.id}" in told
        assert "safe" in told
        not_yet_there = (call, how) == ("info", 404)  # made a moment ago, and the Hub does not show it
        assert (code == EXIT_RETRY) == (how in TRANSIENT or not_yet_there)
    there.fails.clear()
    if stands.state == "failed":
        request(RunRequested(request="retry", run_id=run.id, request_id="again"), ground.cloud)
    stands = now(ground, run)
    assert publish(ground, run) == EXIT_DONE

    done = result(ground, run, stands.attempt)
    repository = there.world.repositories[REPOSITORY]
    assert done.faults == ()
    assert (done.commit, len(repository.commits)) == (repository.head.oid, 2)
    assert weights_of(ground, run) == before


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("call", AGAIN)
def test_so_it_is_where_an_earlier_version_is_there(ground, there, call, how):
    first = at_publishing(ground)
    publish(ground, first)
    run = at_publishing(ground, name="b.csv", export="merged,adapter", again="true")
    there.fails[call] = Failure(how)
    publish(ground, run)
    there.fails.clear()
    assert len(there.world.repositories[REPOSITORY].commits) == 2

    assert run_job(ground.cloud, run.id, "publish", 2, now(ground, run).paper) == EXIT_DONE
    assert result(ground, run, 2).faults == ()
    assert len(there.world.repositories[REPOSITORY].commits) == 3


@pytest.mark.parametrize("how", [429, 500, "cut"])
@pytest.mark.parametrize("call", ["preupload", "lfs-batch", "lfs-upload", "lfs-verify"])
def test_a_failure_that_goes_away_is_not_even_noticed(ground, there, call, how):
    run = at_publishing(ground)
    there.fails[call] = Failure(how, times=2)

    assert publish(ground, run) == EXIT_DONE
    assert result(ground, run).faults == ()
    assert len(there.world.repositories[REPOSITORY].commits) == 2


@pytest.mark.parametrize("call", ["lfs-verify", "commit"])
def test_what_was_uploaded_before_it_failed_is_not_sent_again(ground, there, call):
    run = at_publishing(ground, export="merged,adapter")
    there.fails[call] = Failure("cut")
    assert publish(ground, run) == EXIT_RETRY
    assert there.asked.count("lfs-upload") == 2
    there.fails.clear()

    assert run_job(ground.cloud, run.id, "publish", 2, now(ground, run).paper) == EXIT_DONE
    assert there.asked.count("lfs-upload") == 2
    assert len(there.world.repositories[REPOSITORY].commits) == 2

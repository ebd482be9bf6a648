"""The Hugging Face Hub, asked for base models: which commit, which small files, the whole snapshot.

Errors are translated here, once: what a person can mend (no such model, a licence to accept, a bad name) is
BadInput, a Hub that does not answer is Unavailable. An unreachable base is said and never replaced. The Hub's
address and token are its own library's variables (HF_ENDPOINT, HF_TOKEN); huggingface_hub is imported on the
first call, since it costs a cold start 0.2 s.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schemas.errors import BadInput, Fault, Unavailable

TIMEOUT_SECONDS: Final = 15.0


def commit_of(repository: str, revision: str | None = None) -> str:
    """The commit that a repository's revision (its main branch, if left out) stands at now."""
    from huggingface_hub import HfApi

    with _translated(repository, revision):
        found = HfApi().model_info(repository, revision=revision, timeout=TIMEOUT_SECONDS)
    if not found.sha:
        raise Unavailable(f"The Hub did not say at which commit {repository} stands.")
    return found.sha


def fetch_files(repository: str, commit: str, wanted: Sequence[str], folder: Path) -> None:
    """Put those of the wanted files that the repository has into a folder."""
    from huggingface_hub import HfApi, hf_hub_download

    with _translated(repository, commit):
        there = set(HfApi().list_repo_files(repository, revision=commit))
        for name in wanted:
            if name in there:
                hf_hub_download(repository, name, revision=commit, local_dir=folder)


def fetch_snapshot(repository: str, commit: str) -> Path:
    """The whole model at a commit, in the Hub library's own cache; a repeat finds it there."""
    from huggingface_hub import snapshot_download

    # Weights in other frameworks' formats are as large again and are never read.
    unread = ["*.bin", "*.h5", "*.msgpack", "*.gguf", "*.onnx", "*.pth", "original/*"]
    with _translated(repository, commit):
        return Path(snapshot_download(repository, revision=commit, ignore_patterns=unread))


@contextmanager
def _translated(repository: str, revision: str | None) -> Iterator[None]:
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        step = "Accept its licence on its page at the Hub, and set HF_TOKEN to a token that may read it."
        raise _refused(repository, "This base model asks you to accept its licence first.", step) from error
    except errors.RevisionNotFoundError as error:
        raise _refused(repository, f"The base model has no revision {revision!r}.", _CHECK) from error
    except errors.HFValidationError as error:
        raise _refused(repository, "This is no name of a model.", _CHECK) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403, 404):
            finding = f"The base model cannot be reached: the Hub answered {status}."
            raise _refused(repository, finding, f"{_CHECK} A private model needs HF_TOKEN.") from error
        raise Unavailable(f"The Hub answered {status} when asked for {repository}.") from error
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(f"The Hub could not be reached for {repository}: {error}.") from error


_CHECK: Final = "Check base_model: models of the Hub are written owner/name."


def _refused(repository: str, finding: str, next_step: str) -> BadInput:
    return BadInput(Fault(place=f"base_model: {repository}", finding=finding, next_step=next_step))

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
# Other libraries' copies of the weights, and pickles, which could run code when they are opened.
NOT_FETCHED: Final = (
    "*.bin",
    "*.ckpt",
    "*.gguf",
    "*.h5",
    "*.msgpack",
    "*.onnx",
    "*.pt",
    "*.pth",
    "*.tflite",
    "onnx/*",
    "original/*",
)


def commit_of(repository: str, revision: str | None = None) -> str:
    """The commit that a repository's revision (its main branch, if left out) stands at now."""
    from huggingface_hub import HfApi

    with _translated(repository, revision):
        found = HfApi().model_info(repository, revision=revision, timeout=TIMEOUT_SECONDS)
    if not found.sha:
        raise Unavailable(f"The Hub did not say at which commit {repository} stands.")
    return found.sha


def fetch_files(repository: str, commit: str, wanted: Sequence[str], folder: Path) -> list[str]:
    """Put those of the wanted files that the repository has into a folder; the names of all that it has."""
    from huggingface_hub import HfApi, hf_hub_download

    with _translated(repository, commit):
        there = HfApi().list_repo_files(repository, revision=commit)
        for name in wanted:
            if name in there:
                hf_hub_download(repository, name, revision=commit, local_dir=folder)
    return there


def fetch_snapshot(repository: str, commit: str) -> Path:
    """The whole model at a commit, in the Hub library's own cache; a repeat finds it there."""
    from huggingface_hub import snapshot_download

    with _translated(repository, commit):
        return Path(snapshot_download(repository, revision=commit, ignore_patterns=list(NOT_FETCHED)))


@contextmanager
def _translated(repository: str, revision: str | None) -> Iterator[None]:
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise _refused(repository, _GATED, _ACCEPT) from error
    except errors.RevisionNotFoundError as error:
        raise _refused(repository, f"The base model has no revision {revision} (any more).", _NAME) from error
    except errors.HFValidationError as error:
        raise _refused(repository, "This is no name of a model.", _NAME) from error
    except errors.RepositoryNotFoundError as error:
        raise _refused(repository, _MISSING, _NAME) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status == 403:
            raise _refused(repository, _GATED, _ACCEPT) from error
        if status in (401, 404):
            raise _refused(repository, _MISSING, _NAME) from error
        raise Unavailable(f"The Hugging Face Hub answered {status} when asked for {repository}.") from error
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(f"The Hugging Face Hub did not answer for {repository}: {error}.") from error
    except ValueError as error:  # no JSON: somebody else answered, such as a network's own login page
        raise Unavailable(f"What answered for {repository} is not the Hugging Face Hub.") from error


_GATED: Final = "The base model is gated: its makers want to know who uses it."
_ACCEPT: Final = "Accept its licence on its page and set HF_TOKEN, or choose another base_model."
_MISSING: Final = "There is no such model on the Hugging Face Hub, or it is private."
_NAME: Final = "Check base_model (owner/name, or owner/name@revision); for a private one, set HF_TOKEN."


def _refused(repository: str, finding: str, next_step: str) -> BadInput:
    return BadInput(Fault(place=f"base_model: {repository}", finding=finding, next_step=next_step))

"""The Hugging Face Hub, asked for base models (commit, small files, the whole snapshot) and for datasets.

Errors are translated here, once: what a person can mend (no such model, a licence to accept, a bad name) is
BadInput, a Hub that does not answer is Unavailable. An unreachable base is said and never replaced. The Hub's
address and token are its own library's variables (HF_ENDPOINT, HF_TOKEN); huggingface_hub is imported on the
first call, since it costs a cold start 0.2 s.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

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


def fetch_files(repository: str, commit: str, wanted: Sequence[str], folder: Path) -> dict[str, int]:
    """Put those of the wanted files that the repository has into a folder; names and bytes of all it has."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.hf_api import RepoFile

    with _translated(repository, commit):
        tree = HfApi().list_repo_tree(repository, recursive=True, revision=commit)
        there = {it.path: it.size for it in tree if isinstance(it, RepoFile)}
        for name in wanted:
            if name in there:
                hf_hub_download(repository, name, revision=commit, local_dir=folder)
    return there


def fetch_snapshot(repository: str, commit: str) -> Path:
    """The whole model at a commit, in the Hub library's own cache; a repeat finds it there."""
    from huggingface_hub import snapshot_download

    with _translated(repository, commit):
        return Path(snapshot_download(repository, revision=commit, ignore_patterns=list(NOT_FETCHED)))


def card_of(repository: str, commit: str) -> Mapping[str, Any]:
    """The metadata of a model's card at a commit, such as its licence; empty without a card."""
    from huggingface_hub import HfApi

    with _translated(repository, commit):
        found = HfApi().model_info(repository, revision=commit, timeout=TIMEOUT_SECONDS)
    return vars(found.card_data) if found.card_data else {}


class DatasetFiles(NamedTuple):
    """What a dataset's repository holds at a commit: its files and their sizes in bytes."""

    commit: str
    files: dict[str, int]


def dataset_files(repository: str, revision: str | None = None) -> DatasetFiles:
    """The files of a dataset at the commit that a revision (its main branch, if left out) stands at now."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    with _translated(repository, revision, _DATASET):
        found = HfApi().dataset_info(repository, revision=revision, timeout=TIMEOUT_SECONDS)
        if not found.sha:
            raise Unavailable(f"The Hub did not say at which commit {repository} stands.")
        tree = HfApi().list_repo_tree(repository, recursive=True, revision=found.sha, repo_type="dataset")
        return DatasetFiles(found.sha, {it.path: it.size for it in tree if isinstance(it, RepoFile)})


def fetch_dataset_file(repository: str, commit: str, name: str, folder: Path) -> Path:
    """Put one file of a dataset into a folder, below its own path; where it lies then. Twice fetches once."""
    from huggingface_hub import hf_hub_download

    with _translated(repository, commit, _DATASET):
        path = hf_hub_download(repository, name, revision=commit, local_dir=folder, repo_type="dataset")
        return Path(path)


class _Words(NamedTuple):
    """How a person's mistake with a repository is told."""

    place: str
    what: str
    accept: str
    name: str


_MODEL: Final = _Words(
    place="base_model: {}",
    what="model",
    accept="Accept its licence on its page and set HF_TOKEN, or choose another base_model.",
    name="Check base_model (owner/name, or owner/name@revision); for a private one, set HF_TOKEN.",
)
_DATASET: Final = _Words(
    place="data.from: hf://{}",
    what="dataset",
    accept="Ask for access on its page and set HF_TOKEN to a token of that account.",
    name="Check data.from (hf://owner/name, or hf://owner/name@revision); for a private one, set HF_TOKEN.",
)


@contextmanager
def _translated(repository: str, revision: str | None, words: _Words = _MODEL) -> Iterator[None]:
    import httpx
    from huggingface_hub import errors

    kind = "base model" if words is _MODEL else words.what
    gated = f"The {kind} is gated: its makers want to know who uses it."
    missing = f"There is no such {words.what} on the Hugging Face Hub, or it is private."

    def refused(finding: str, next_step: str) -> BadInput:
        return BadInput(Fault(place=words.place.format(repository), finding=finding, next_step=next_step))

    try:
        yield
    except errors.GatedRepoError as error:
        raise refused(gated, words.accept) from error
    except errors.RevisionNotFoundError as error:
        raise refused(f"The {kind} has no revision {revision} (any more).", words.name) from error
    except errors.HFValidationError as error:
        raise refused(f"This is no name of a {words.what}.", words.name) from error
    except errors.RepositoryNotFoundError as error:
        raise refused(missing, words.name) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status == 403:
            raise refused(gated, words.accept) from error
        if status in (401, 404):
            raise refused(missing, words.name) from error
        raise Unavailable(f"The Hugging Face Hub answered {status} when asked for {repository}.") from error
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(f"The Hugging Face Hub did not answer for {repository}: {error}.") from error
    except ValueError as error:  # no JSON: somebody else answered, such as a network's own login page
        raise Unavailable(f"What answered for {repository} is not the Hugging Face Hub.") from error

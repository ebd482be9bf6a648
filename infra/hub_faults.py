"""What can go wrong with the Hub while publishing, as a person's fault or as a reason to try again.

| the Hub says | it is | because |
| --- | --- | --- |
| 401 | a fault | the token is wrong, expired or revoked |
| 402, 403 | a fault | the token, the organization or the plan does not allow it; told with the Hub's words |
| 404 | a fault | the repository or its owner is not there, or not for this token |
| 409, 412 | worth another try | somebody wrote at the same moment; the next attempt looks anew |
| 408, 429, 5xx, no answer, no Hub | worth another try | after the Hub library's own five tries |
| any other | a fault | told with the Hub's own words |
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from schemas.errors import BadInput, Fault, Unavailable

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

PATIENCE: Final = (408, 409, 412, 429)
TOKEN: Final = (
    "On this machine: `hf auth login` with a token that may write, or set HF_TOKEN to one. On Google Cloud: "
    "add it as a new version of the secret jinko-hf-write."
)
WORDS: Final = 300  # characters of the Hub's own message


@contextmanager
def told(place: str, again: str = "") -> Iterator[None]:
    """Raise what the Hub's library raises as BadInput or Unavailable. `again`: what to do then."""
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.LocalTokenNotFoundError as error:
        raise _fault("HF_TOKEN", "There is no token for the Hugging Face Hub.", TOKEN, again) from error
    except errors.HfHubHTTPError as error:
        raise _refusal(error, place, again) from error
    except RuntimeError as error:  # a large file's upload: why it failed is below
        if isinstance(error.__cause__, errors.HfHubHTTPError):
            raise _refusal(error.__cause__, place, again) from error
        if isinstance(error.__cause__, httpx.HTTPError | OSError):
            raise Unavailable(f"The Hugging Face Hub broke off an upload: {error.__cause__}.") from error
        raise
    except (httpx.HTTPError, OSError) as error:
        raise Unavailable(f"The Hugging Face Hub did not answer: {error}.") from error
    except ValueError as error:
        if "Invalid metadata" in str(error):
            finding = f"The Hub does not take the model card: {' '.join(str(error).split())}"
            raise _fault(place, finding, "This is a mistake of Jinko's.", again) from error
        raise Unavailable("What answered is not the Hugging Face Hub.") from error  # a network's login page


def _refusal(error: "HfHubHTTPError", place: str, again: str) -> BadInput | Unavailable:
    """An answer that is an error, by its status."""
    status, said = error.response.status_code, _words(error)
    if status in (409, 412):
        return Unavailable(f"Somebody else wrote to the repository at the same moment. The Hub says: {said}")
    if status in PATIENCE or status >= 500:
        return Unavailable(f"The Hugging Face Hub answered {status}: {said}")
    if status == 401:
        return _fault("HF_TOKEN", f"The Hub does not take the token: {said}", TOKEN, again)
    if status in (402, 403):
        step = "Ask for the right on the Hub, or give Jinko a token that has it."
        return _fault(place, f"The Hub does not allow this: {said}", step, again)
    if status == 404:
        step = "Check the name, and that the token may see it."
        return _fault(place, f"The Hub does not find this (any more): {said}", step, again)
    step = "Look at the repository on the Hub."
    return _fault(place, f"The Hub answered {status}: {said}", step, again)


def _fault(place: str, finding: str, step: str, again: str) -> BadInput:
    return BadInput(Fault(place=place, finding=finding, next_step=f"{step} {again}".strip()))


def _words(error: "HfHubHTTPError") -> str:
    """The Hub's own message in one line, ended by a full stop. Answers of servers hold no token of ours."""
    text = error.server_message or error.response.headers.get("X-Error-Message") or "(it says nothing more)"
    line = " ".join(text.split())[:WORDS]
    return line if line.endswith((".", "!", "?")) else f"{line}."

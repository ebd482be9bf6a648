"""A service of the person's own that grades: signed requests to an allowed host, with time limit and retries.

    POST {"rows": [{"prompt": [{"role", "content"}], "answer": "…", "reference": {…}}, …]}
    → {"scores": [0.5, null, …]}: one from 0 to 1 a row, null where the service has no opinion

`Jinko-Signature` is the SHA-256 HMAC, in hex, of `Jinko-Timestamp`, a dot and the body, with the key that
both sides know. `Jinko-Request` is the same for every try of one request. Redirects are not followed: the
host that is allowed is the host that is asked.
"""

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from gpu_batch.graders.parts import Answered
from infra.settings import Settings
from schemas.errors import BadInput, Fault, Unavailable
from schemas.graders import Endpoint

if TYPE_CHECKING:
    import httpx

ROWS_AT_A_TIME: Final = 64
_ANSWER_BYTES: Final = 1_000_000
_ANSWERS_LATER: Final = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True)
class Endpoints:
    """Which services may be asked (`host` or `host:port`), and the key that requests are signed with.

    `trust` says whose certificates are believed; None: those that the system believes. `pause` is how many
    seconds are waited before the second try; twice as long before each further one.
    """

    hosts: tuple[str, ...] = ()
    key: bytes = b""
    trust: ssl.SSLContext | None = None
    pause: float = 1.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the person's own environment says."""
        return cls(hosts=settings.grader_hosts, key=settings.grader_key.encode())


NOWHERE: Final = Endpoints()


def ask(options: Endpoint, answered: Sequence[Answered], endpoints: Endpoints) -> list[float | None]:
    """The service's score of each answer, in order. A repeat asks again.

    Raises BadInput for a host that is not allowed or an answer that makes no sense, Unavailable if it does
    not answer at all.
    """
    _must_be_allowed(options, endpoints)
    scores: list[float | None] = []
    for start in range(0, len(answered), ROWS_AT_A_TIME):
        rows = answered[start : start + ROWS_AT_A_TIME]
        body = json.dumps({"rows": [_row(one) for one in rows]}, ensure_ascii=False).encode()
        scores += _scores(options, _tried(options, body, endpoints), len(rows))
    return scores


def _row(one: Answered) -> dict[str, Any]:
    turns = [{"role": message.role, "content": message.content} for message in one.prompt]
    return {"prompt": turns, "answer": one.answer, "reference": dict(one.reference)}


def _must_be_allowed(options: Endpoint, endpoints: Endpoints) -> None:
    import httpx

    try:
        url = httpx.URL(options.url)
    except httpx.InvalidURL as error:
        raise _bad(options, f"This is no address: {error}.", "Correct it.") from error
    host, port = url.host.lower(), url.port or 443
    allowed = {one.lower() for one in endpoints.hosts}
    if url.scheme != "https" or not allowed & {f"{host}:{port}", *([host] if port == 443 else [])}:
        finding = f"{host}:{port} is not on the list of services that may grade."
        raise _bad(options, finding, "Whoever runs Jinko adds it to JINKO_GRADER_HOSTS.")
    if not endpoints.key:
        finding = "There is no key to sign requests with."
        raise _bad(
            options, finding, "Whoever runs Jinko sets JINKO_GRADER_KEY (JINKO_GRADER_SECRET on Google)."
        )


def _bad(options: Endpoint, finding: str, next_step: str) -> BadInput:
    return BadInput(Fault(place=options.url, finding=finding, next_step=next_step))


def _tried(options: Endpoint, body: bytes, endpoints: Endpoints) -> bytes:
    """The service's answer, after as many tries as are allowed."""
    import httpx

    why = ""
    for number in range(options.tries):
        if number:
            time.sleep(endpoints.pause * 2 ** (number - 1))
        try:
            return _once(options, body, endpoints)
        except (httpx.TransportError, TimeoutError, Unavailable) as error:
            why = str(error) or type(error).__name__
    raise Unavailable(f"The grading service {options.url} did not answer in {options.tries} tries: {why}.")


def _once(options: Endpoint, body: bytes, endpoints: Endpoints) -> bytes:
    import httpx

    verify = True if endpoints.trust is None else endpoints.trust
    with httpx.Client(verify=verify, timeout=options.seconds, follow_redirects=False) as client:
        with client.stream("POST", options.url, content=body, headers=_signed(body, endpoints)) as response:
            if response.status_code in _ANSWERS_LATER:
                raise Unavailable(f"it said {response.status_code}")
            if response.status_code != 200:
                finding = f"The grading service answered {response.status_code} instead of 200."
                raise _bad(options, finding, "See its own log for the reason.")
            return b"".join(_pieces(options, response))


def _pieces(options: Endpoint, response: "httpx.Response") -> Iterator[bytes]:
    ends, size = time.monotonic() + options.seconds, 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > _ANSWER_BYTES:
            raise _bad(options, "The grading service's answer is over a megabyte.", "Send the scores alone.")
        if time.monotonic() > ends:
            raise TimeoutError("its answer took too long")
        yield piece


def _signed(body: bytes, endpoints: Endpoints) -> dict[str, str]:
    stamp = str(int(time.time()))
    signature = hmac.new(endpoints.key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Jinko-Timestamp": stamp,
        "Jinko-Signature": signature,
        "Jinko-Request": hashlib.sha256(body).hexdigest()[:32],
    }


def _scores(options: Endpoint, answer: bytes, rows: int) -> list[float | None]:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        said = None
    scores = said.get("scores") if isinstance(said, dict) else None
    if not isinstance(scores, list) or len(scores) != rows or not all(map(_is_score, scores)):
        finding = f"The grading service did not answer with {rows} scores from 0 to 1 (or null)."
        raise _bad(options, finding, 'Answer {"scores": [...]}, one for each row that was sent.')
    return [None if one is None else float(one) for one in scores]


def _is_score(one: Any) -> bool:
    return one is None or (isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1)

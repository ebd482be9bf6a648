"""Where Google's errors end: whatever a client raises becomes BadInput or Unavailable, in words.

    with translated(bucket):            # a Resource: what was spoken to, and the commands that mend it
        client.list_blobs(...)

Errors are known by the names of their classes, so that nothing of Google's is imported here. A test walks
Google's own modules and fails for a class that is not in the table. What a caller expects (a 404 that means
"not there") it catches inside.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple

from schemas.errors import BadInput, Fault, JinkoError, Unavailable

# What helps: signing in, a permission, making what is missing, nothing but another request, or time.
Kind = Literal["sign in", "allow", "make", "refused", "later"]
LONGEST: Final = 400  # characters of Google's own words in a message


class Resource(NamedTuple):
    """What is spoken to. `make` and `allow` are gcloud commands; `allow` has a `{member}` in it."""

    place: str
    what: str
    project: str
    api: str
    make: str
    allow: str


_API: Final[Mapping[Kind, str]] = {
    "sign in": "Unauthorized Unauthenticated DuplicateCredentialArgs",
    "allow": "Forbidden PermissionDenied",
    "make": "NotFound",
    "refused": "ClientError BadRequest InvalidArgument FailedPrecondition OutOfRange MethodNotAllowed "
    "AlreadyExists LengthRequired RequestRangeNotSatisfiable MethodNotImplemented "
    "AsyncRestUnsupportedParameterError UnseekableStreamError",
    # Also a 412 and a 409 that nobody expected: somebody else wrote at that moment.
    "later": "GoogleAPIError GoogleAPICallError RetryError Redirection MovedPermanently NotModified "
    "TemporaryRedirect ResumeIncomplete Conflict Aborted PreconditionFailed TooManyRequests "
    "ResourceExhausted Cancelled ServerError InternalServerError Unknown DataLoss BadGateway "
    "ServiceUnavailable GatewayTimeout DeadlineExceeded ResumableTransferError TransferStalledError "
    "UploadCancelledError MissingStatusHeaderError",
}
_AUTH: Final[Mapping[Kind, str]] = {
    "sign in": "GoogleAuthError RefreshError UserAccessTokenError DefaultCredentialsError "
    "MutualTLSChannelError ClientCertError OAuthError ReauthFailError ReauthSamlChallengeFailError "
    "MalformedError InvalidResource InvalidOperation InvalidValue InvalidType OSError",
    "later": "TransportError TimeoutError ResponseError",
}
_OTHERS: Final[Mapping[Kind, str]] = {
    "refused": "google.cloud.storage.exceptions.InvalidPathError",
    "later": "google.resumable_media.common.InvalidResponse google.resumable_media.common.DataCorruption "
    "google.cloud.storage.exceptions.InvalidResponse google.cloud.storage.exceptions.DataCorruption "
    "grpc.RpcError grpc.FutureTimeoutError requests.exceptions.RequestException "
    "urllib3.exceptions.HTTPError http.client.HTTPException "
    "builtins.ConnectionError builtins.TimeoutError ssl.SSLError socket.gaierror",
}
KINDS: Final[Mapping[str, Kind]] = {
    prefix + name: kind
    for prefix, table in (
        ("google.api_core.exceptions.", _API),
        ("google.auth.exceptions.", _AUTH),
        ("", _OTHERS),
    )
    for kind, names in table.items()
    for name in names.split()
}


@contextmanager
def translated(of: Resource) -> Iterator[None]:
    """Inside, a foreign error becomes ours; anything that is not Google's passes as it is."""
    try:
        yield
    except Exception as error:
        ours = our_error(error, of)
        if ours is not None:
            raise ours from error
        raise


def our_error(error: Exception, of: Resource) -> JinkoError | None:
    """What we make of an error; None of one that is not Google's or the network's."""
    lineage = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    kind = next((KINDS[name] for name in lineage if name in KINDS), None)
    if kind is None:
        return None
    said = " ".join(str(getattr(error, "message", None) or error).split())[:LONGEST]
    kind = _in_truth(kind, error, said)
    if kind == "later":
        return Unavailable(f"{of.place} did not answer as it should: {said or type(error).__name__}")
    finding, step = _words(kind, of, said)
    return BadInput(Fault(place=of.place, finding=finding, next_step=step))


def _in_truth(kind: Kind, error: Exception, said: str) -> Kind:
    """Where the class alone misleads: credentials behind a 503, and a token server that was away."""
    if "invalid_grant" in said or "Reauthentication" in said:
        return "sign in"
    causes = (error.__cause__, *error.args)
    away = any(type(cause).__name__ == "TransportError" for cause in causes)
    return "later" if kind == "sign in" and (away or getattr(error, "retryable", False)) else kind


def _words(kind: Kind, of: Resource, said: str) -> tuple[str, str]:
    """The finding and the next step, with the command that mends it."""
    if "has not been used in project" in said or "SERVICE_DISABLED" in said:
        enable = f"gcloud services enable {of.api} --project={of.project}"
        return f"The API {of.api} is not enabled in the project {of.project}.", f"Enable it: {enable}"
    if "billing" in said.lower():
        link = f"gcloud billing projects link {of.project} --billing-account=ACCOUNT"
        return f"Google asks for billing: {said}", f"Link a billing account: {link}"
    if kind == "sign in":
        login = "gcloud auth application-default login"
        return f"There are no Google credentials that can be used: {said}", f"Sign in: {login}"
    if kind == "allow":
        step = f"Allow it: {of.allow.format(member=_member(said))}"
        return f"This is not allowed: {said}", step
    if kind == "make":
        step = f"Make it: {of.make} (or name another one in the settings)."
        return f"There is no such {of.what}.", step
    step = "Asking again would be refused again; look whether the settings name what was meant."
    return f"Google refused the request: {said}", step


def _member(said: str) -> str:
    """Who was refused, as far as Google's words tell."""
    found = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", said)
    if found is None:
        return "user:YOUR-ADDRESS"
    kind = "serviceAccount" if found[0].endswith(".gserviceaccount.com") else "user"
    return f"{kind}:{found[0]}"

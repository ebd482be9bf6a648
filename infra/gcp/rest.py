"""Google's REST, for the questions of `jinko doctor`: reads only, one door for a dozen services.

The ports' own clients are for what Jinko does every minute; a client for every service that is looked at once
would be as many packages to install. Not here: anything that changes something.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from infra.gcp.faults import Resource, translated
from infra.settings import GoogleSettings

TIMEOUT: Final = 30.0  # seconds for one question
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"


class Answer(NamedTuple):
    """The HTTP status and the JSON that came with it; empty where it was none."""

    status: int
    body: Mapping[str, Any]

    @property
    def said(self) -> str:
        """Google's own words, where it refused."""
        told = self.body.get("error")
        return " ".join(str(told.get("message", "")).split()) if isinstance(told, Mapping) else ""


class GoogleRest:
    """Questions in the name of the person who is signed in, on the account of the project."""

    def __init__(self, google: GoogleSettings) -> None:
        self._google = google

    @cached_property
    def _client(self) -> Any:
        """Raises a Google error, which callers translate, where nobody is signed in."""
        from google.auth import default
        from google.auth.credentials import AnonymousCredentials, CredentialsWithQuotaProject
        from google.auth.transport.requests import AuthorizedSession

        credentials: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
        if not self._google.rest_emulator_host:
            credentials, _ = default(scopes=[SCOPE])
        if isinstance(credentials, CredentialsWithQuotaProject):
            # Questions count against the project that they are about, not whichever gcloud has chosen.
            credentials = credentials.with_quota_project(self._google.project)  # type: ignore[no-untyped-call]
        return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]

    def get(self, api: str, path: str, **parameters: str) -> Answer:
        """What a service answers, also where it refuses. Raises BadInput where nobody is signed in,
        Unavailable where nothing answers."""
        host = self._google.rest_emulator_host
        root = f"http://{host}/{api}" if host else f"https://{api}"
        with translated(self._resource(api)):
            got = self._client.get(f"{root}/{path}", params=parameters, timeout=TIMEOUT)
            try:
                body = got.json()
            except ValueError:  # a page in HTML, from something in between
                body = {}
            return Answer(got.status_code, body if isinstance(body, Mapping) else {})

    def _resource(self, api: str) -> Resource:
        project = self._google.project
        return Resource(api, "service", project, api, make="", allow="")

"""A project as `jinko doctor` sees it: questions that end in an answer, or in how to tell of none."""

from collections.abc import Callable, Mapping
from typing import Any

from infra.checks import Check, Standing
from infra.gcp.rest import GoogleRest
from infra.settings import GoogleSettings
from schemas.errors import Unavailable

Told = tuple[Standing, str, str]  # how it stands, what was found, the line to type


class Unseen(Exception):
    """Something could not be looked at, or is not there: how to tell it. Always caught in this room."""

    def __init__(self, standing: Standing, found: str, line: str = "") -> None:
        super().__init__(found)
        self.told: Told = (standing, found, line)


class Project:
    """A project as a person sees it: its settings, and questions about it that end in an answer or Unseen."""

    def __init__(self, google: GoogleSettings) -> None:
        self.google, self.id, self.region = google, google.project, google.region
        self._rest = GoogleRest(google)

    def ask(self, api: str, path: str, **parameters: str) -> Mapping[str, Any]:
        """What is there. Raises Unseen where nothing is, or where it may not be seen."""
        host = f"{api}.googleapis.com"
        try:
            answer = self._rest.get(host, path, **parameters)
        except Unavailable as error:
            raise Unseen("unknown", f"It did not answer: {error}") from error
        if answer.status == 200:
            return answer.body
        if answer.status == 404:
            raise Unseen("missing", "It is not there.", self.deploy)
        said = answer.said or f"{host} answered with {answer.status}."
        if "SERVICE_DISABLED" in str(answer.body) or "has not been used in project" in said:
            raise Unseen("unknown", f"{host} has to be switched on first.", self.enable(api))
        if answer.status in (401, 403):
            role = f"gcloud projects add-iam-policy-binding {self.id} --member=user:YOUR-ADDRESS"
            raise Unseen("unknown", f"You may not look at it: {said}", f"{role} --role=roles/viewer")
        raise Unseen("unknown", said)

    @property
    def deploy(self) -> str:
        """What makes everything that the module has."""
        region = "" if self.region == "us-central1" else f" REGION={self.region}"
        return f"make deploy PROJECT={self.id}{region}"

    def enable(self, *apis: str) -> str:
        """What switches APIs on."""
        return (
            f"gcloud services enable {' '.join(f'{api}.googleapis.com' for api in apis)} --project={self.id}"
        )

    def check(self, section: str, what: str, look: Callable[[], Told]) -> Check:
        """One look, told."""
        try:
            return Check(section, what, *look())
        except Unseen as error:
            return Check(section, what, *error.told)

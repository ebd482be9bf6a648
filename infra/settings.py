"""Where Jinko runs, read from the environment: the one reader of os.environ.

| variable | what it says | default |
| --- | --- | --- |
| JINKO_GROUND | `local` (this machine) or `gcp` (a Google Cloud project) | gcp where JINKO_PROJECT is set |
| JINKO_HOME | the local ground's folder | `.jinko` in the working folder |
| JINKO_MODELS | the folder of bundled bases | `examples/` beside the code |
| JINKO_MAX_ACTIVE_RUNS | how many runs may be active at once; the others wait | 5 |
| JINKO_PUBLISH_NAMESPACES | users and organizations of the Hub to publish below, by commas | any |
| JINKO_GRADER_HOSTS | hosts (`host` or `host:port`, commas between) whose services may grade answers | none |
| JINKO_GRADER_KEY | the key that requests to them are signed with | none: no service is asked |

On Google Cloud; a person's own command needs the first alone, the functions and jobs get all from Terraform:

| variable | what it says | default |
| --- | --- | --- |
| JINKO_PROJECT | the project's id | none |
| JINKO_REGION | where its jobs run | us-central1 |
| JINKO_INBOX, JINKO_OUTBOX | the two buckets | `PROJECT-jinko-inbox`, `PROJECT-jinko-outbox` |
| JINKO_DATABASE | the Firestore database | jinko |
| JINKO_GPU_IMAGE, JINKO_CPU_IMAGE | the container, by digest | none: no job can start |
| JINKO_JOB_ACCOUNT | the service account of jobs | none: no job can start |
| JINKO_WORKER_ACCOUNT, JINKO_PUBLISHER_ACCOUNT | of jobs without a GPU, and that publish | that of jobs |
| JINKO_NETWORK, JINKO_SUBNETWORK | the network of jobs' machines | Google's default |
| JINKO_HF_SECRET, JINKO_WANDB_SECRET | secret versions that jobs get as HF_TOKEN, WANDB_API_KEY | none |
| JINKO_HF_WRITE_SECRET | what the publisher alone gets as HF_TOKEN | none: nothing can be published |
| JINKO_GRADER_SECRET | the secret version that training jobs get as JINKO_GRADER_KEY | none |
| JINKO_MAX_FUNCTION_BYTES | files above it are prepared by a job | 500,000,000 |
| JINKO_BATCH_EMULATOR_HOST | `host:port` of a stand-in for Cloud Batch | none: Google's own |
| JINKO_REST_EMULATOR_HOST | `host:port` of a stand-in for what `jinko doctor` asks | none: Google's own |

The Hub's own variables (HF_ENDPOINT, HF_TOKEN), W&B's (WANDB_MODE, WANDB_API_KEY) and Google's
STORAGE_EMULATOR_HOST are read by their own libraries; FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST here,
since the clients that Google generates do not look for them.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import BadInput, Fault

BUNDLED_MODELS: Final = Path(__file__).resolve().parent.parent / "examples"
# A job tells nobody but us what it does, unless the person's own environment says otherwise.
QUIET: Final = {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
GROUNDS: Final = ("local", "gcp")


class GoogleSettings(BaseModel):
    """A Google Cloud project as Jinko uses it. Empty: not given."""

    model_config = ConfigDict(frozen=True)

    project: str
    region: str = "us-central1"
    inbox: str = ""
    outbox: str = ""
    database: str = "jinko"
    gpu_image: str = ""
    cpu_image: str = ""
    job_account: str = ""
    worker_account: str = ""
    publisher_account: str = ""
    network: str = ""
    subnetwork: str = ""
    hf_secret: str = ""
    hf_write_secret: str = ""
    wandb_secret: str = ""
    publish_namespaces: str = ""
    grader_hosts: str = ""
    grader_secret: str = ""
    max_function_bytes: int = Field(default=500_000_000, ge=1)
    batch_emulator_host: str = ""
    rest_emulator_host: str = ""

    def environment(self) -> dict[str, str]:
        """The same settings as variables; what was not given is left out."""
        given = {name: str(value) for name, value in self.model_dump().items()}
        return {f"JINKO_{name.upper()}": value for name, value in given.items() if value}


class Settings(BaseModel):
    """Where Jinko runs. Equal settings are the same ground. `google` is None on the local one."""

    model_config = ConfigDict(frozen=True)

    home: Path
    models: Path = BUNDLED_MODELS
    max_active_runs: int = Field(default=5, ge=1)
    publish_namespaces: tuple[str, ...] = ()
    grader_hosts: tuple[str, ...] = ()
    grader_key: str = Field(default="", repr=False)
    google: GoogleSettings | None = None

    @property
    def ground(self) -> str:
        """The ground's name."""
        return "gcp" if self.google else "local"

    def _given(self) -> dict[str, str]:
        return {
            "JINKO_PUBLISH_NAMESPACES": ",".join(self.publish_namespaces),
            "JINKO_GRADER_HOSTS": ",".join(self.grader_hosts),
            "JINKO_GRADER_KEY": self.grader_key,
        }

    def environment(self) -> dict[str, str]:
        """The same settings as variables, for a process that we start."""
        return {
            "JINKO_GROUND": self.ground,
            "JINKO_HOME": str(self.home),
            "JINKO_MODELS": str(self.models),
            "JINKO_MAX_ACTIVE_RUNS": str(self.max_active_runs),
            **{name: value for name, value in self._given().items() if value},
            **(self.google.environment() if self.google else {}),
        }


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process (or of a given environment). Raises BadInput for what makes no sense."""
    given = os.environ if environment is None else environment
    project = given.get("JINKO_PROJECT", "")
    ground = given.get("JINKO_GROUND") or ("gcp" if project else "local")
    if ground not in GROUNDS:
        raise BadInput(
            Fault(
                place="JINKO_GROUND",
                finding=f"There is no ground called {ground!r}.",
                next_step=f"Set it to one of: {', '.join(GROUNDS)}; or leave it out.",
            )
        )
    if ground == "gcp" and not project:
        finding = "It is not said which Google Cloud project Jinko is in."
        raise BadInput(Fault(place="JINKO_PROJECT", finding=finding, next_step="Set it to the project's id."))
    return Settings(
        home=Path(given.get("JINKO_HOME") or ".jinko").absolute(),
        models=Path(given.get("JINKO_MODELS", str(BUNDLED_MODELS))).absolute(),
        max_active_runs=_count(given.get("JINKO_MAX_ACTIVE_RUNS", "5"), "JINKO_MAX_ACTIVE_RUNS", "runs"),
        publish_namespaces=_names(given.get("JINKO_PUBLISH_NAMESPACES", "")),
        grader_hosts=_names(given.get("JINKO_GRADER_HOSTS", "")),
        grader_key=given.get("JINKO_GRADER_KEY", ""),
        google=_google(given, project) if ground == "gcp" else None,
    )


def _google(given: Mapping[str, str], project: str) -> GoogleSettings:
    """The project's settings; the buckets' names follow from the project where they are not given."""
    names = {name: f"JINKO_{name.upper()}" for name in GoogleSettings.model_fields}
    told = {name: given[variable] for name, variable in names.items() if given.get(variable)}
    bytes_ = told.pop("max_function_bytes", None)
    limit = {"max_function_bytes": _count(bytes_, "JINKO_MAX_FUNCTION_BYTES", "bytes")} if bytes_ else {}
    buckets = {"inbox": f"{project}-jinko-inbox", "outbox": f"{project}-jinko-outbox"}
    return GoogleSettings.model_validate({**buckets, **told, **limit})


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _count(text: str, name: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise BadInput(
            Fault(place=name, finding=f"{text!r} is no number of {what}.", next_step="Set it to 1 or more.")
        )
    return int(text)


def emulator(of: Literal["FIRESTORE", "PUBSUB"]) -> str:
    """`host:port` of one of Google's emulators; empty where Google itself is asked."""
    return os.environ.get(f"{of}_EMULATOR_HOST", "")


def adopt(settings: Settings) -> None:
    """Make these the settings of this process: for a command that opens a ground of its own."""
    os.environ.update(settings.environment())


def process_environment(settings: Settings) -> dict[str, str]:
    """This process's environment with these settings in it, and our packages on the path of a child."""
    root = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return {**QUIET, **os.environ, **settings.environment(), "PYTHONPATH": path}

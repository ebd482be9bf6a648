"""A stand-in for the container's training that takes a tenth of a second: it leaves what training leaves.

    environment = {"PYTHONPATH": str(install(folder))}     # for the Batch stand-in's jobs

It speaks Cloud Storage's JSON API by Python's own http.client, so that two hundred of them start quickly. A
drop named `real…` is really trained, by the package that this one stands in for. Every start appends a line
to `started`, so that a test sees a job that was started twice. No tests here.
"""

from pathlib import Path

JOB = """
import http.client, json, os, sys, urllib.parse
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
run, stage, attempt = given["--run"], given["--stage"], int(given["--attempt"])
server = urllib.parse.urlsplit(os.environ["STORAGE_EMULATOR_HOST"]).netloc
outbox = os.environ["JINKO_OUTBOX"]

def asked(verb, path, body=None):
    connection = http.client.HTTPConnection(server, timeout=60)
    connection.request(verb, path, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        print(verb, path, answer.status, text[:200])
        raise SystemExit(75)
    return text

key = f"-{given['--order']}" if "--order" in given else ""
name = urllib.parse.quote(f"runs/{run}/{stage}/order{key}.json", safe="")
order = json.loads(asked("GET", f"/storage/v1/b/{outbox}/o/{name}?alt=media"))
if order["drop_name"].startswith("real"):
    os.environ["PYTHONPATH"] = os.environ["REAL_PATH"]
    os.execv(sys.executable, [sys.executable, "-m", "gpu_batch", *sys.argv[1:]])
with open(os.environ["STARTED"], "a", encoding="utf-8") as file:
    file.write(f"{run}-{stage}-{attempt}\\n")

def leave(name, text):
    path = urllib.parse.quote(f"runs/{run}/{stage}/{attempt}/{name}", safe="")
    asked("POST", f"/upload/storage/v1/b/{outbox}/o?uploadType=media&name={path}", text.encode())

here = f"runs/{run}/{stage}/{attempt}/"
score = {"rows": 2, "exact_match": 0.0, "loss": 4.0}
said = {"stage": stage, "run_id": run, "attempt": attempt, "seconds": 0.1, "adapter": here + "adapter/"}
leave("adapter/adapter_model.safetensors", "weights of " + order["dataset"]["source"])
leave("result.json", json.dumps(said | {"before": score, "after": {**score, "loss": 1.0}, "steps": 6}))
"""


def install(folder: Path, real: Path) -> dict[str, str]:
    """Write the package; what is to be in a job's environment. `real` is the folder of the real one."""
    (folder / "gpu_batch").mkdir(parents=True)
    (folder / "gpu_batch" / "__init__.py").write_text("")
    (folder / "gpu_batch" / "__main__.py").write_text(JOB)
    return {"PYTHONPATH": str(folder), "REAL_PATH": str(real), "STARTED": str(folder / "started")}


def started(folder: Path) -> list[str]:
    """Every job that was started, as often as it was."""
    path = folder / "started"
    return path.read_text().split() if path.is_file() else []

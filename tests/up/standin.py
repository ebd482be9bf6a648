"""A stand-in for the container's jobs that takes 50 ms: it reads the order and leaves what training leaves.

    fake = install(tmp_path / "fake")     # a package `gpu_batch` to be put in front of the path

It imports nothing but what Python starts with and writes plain files: in the local ground the folder is the
truth. A drop named `wait…` is trained until the file `go` lies in its ground; one named `real…` is really
trained, by the package that this one stands in for. Every start leaves a line in `started`, so that a test
sees a job that was started twice, and a file in the folder for temporary ones. No tests here.
"""

from pathlib import Path

JOB = """
import json, os, sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
run, stage, attempt = given["--run"], given["--stage"], int(given["--attempt"])
home = os.environ["JINKO_HOME"]
top = os.path.join(home, "outbox", "runs", run)
key = f"-{given['--order']}" if "--order" in given else ""
with open(os.path.join(top, stage, f"order{key}.json"), encoding="utf-8") as file:
    order = json.load(file)
if order["drop_name"].startswith("real"):
    os.environ["PYTHONPATH"] = os.environ["REAL_PATH"]
    os.execv(sys.executable, [sys.executable, "-m", "gpu_batch", *sys.argv[1:]])
with open("started", "a", encoding="utf-8") as file:
    file.write(f"{os.getpid()}\\n")
print("stands in for", stage, flush=True)
with open(os.path.join(os.environ["TMPDIR"], "half"), "w") as file:
    file.write("of the weights")
while order["drop_name"].startswith("wait") and not os.path.exists(os.path.join(home, "go")):
    time.sleep(0.02)

def leave(name, text):
    path = os.path.join(top, stage, str(attempt), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)

said = {"stage": stage, "run_id": run, "attempt": attempt, "seconds": 0.1}
here = f"runs/{run}/{stage}/{attempt}/"
if stage == "train":
    leave("adapter/adapter_model.safetensors", "weights of " + order["dataset"]["source"])
    leave("metrics.jsonl", "".join(json.dumps({"step": n, "loss": 4.0 / n}) + "\\n" for n in range(1, 7)))
    score = {"rows": 2, "exact_match": 0.0, "loss": 4.0}
    said |= {"adapter": here + "adapter/", "before": score, "after": {**score, "loss": 1.0}, "steps": 6}
else:
    leave("merged/model.safetensors", "merged " + order["dataset"]["source"])
    said |= {"merged": here + "merged/", "compared": 2, "same": 2}
leave("result.json", json.dumps(said))
"""


def install(folder: Path) -> Path:
    """Write the package; the folder to be put in front of PYTHONPATH."""
    (folder / "gpu_batch").mkdir(parents=True)
    (folder / "gpu_batch" / "__init__.py").write_text("")
    (folder / "gpu_batch" / "__main__.py").write_text(JOB)
    return folder

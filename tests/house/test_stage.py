"""What is deployed of each function: its code and no other, the same bytes wherever it is staged."""

import re
import shutil
import stat
import subprocess
import sys
import zipfile

import pytest

from infra.reach import LEFT_OUT, STARTED, reached
from infra.stage import COMPILES, FUNCTIONS, contents, stage
from schemas.errors import BadInput
from tests.house.tree import ROOMS, ROOT, python, read

MOST = 1_000_000  # bytes of a staged function; they are 250 to 750 kB


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """{function: what was staged}."""
    return {made.function: made for made in stage(tmp_path_factory.mktemp("staged") / "to")}


def tree(folder):
    """{path: (content, mode, time)} of all that lies in a folder, folders too."""
    return {
        path.relative_to(folder).as_posix(): (
            path.read_bytes() if path.is_file() else None,
            path.stat().st_mode,
            path.stat().st_mtime,
        )
        for path in folder.rglob("*")
    }


def test_the_same_code_makes_the_same_bytes_from_another_clone_and_over_an_earlier_staging(staged, tmp_path):
    clone = tmp_path / "elsewhere" / "clone"
    for room in ROOMS:
        shutil.copytree(ROOT / room, clone / room, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "again" / "on_upload").mkdir(parents=True)
    for _ in range(2):
        shutil.copytree(staged["on_upload"].folder, tmp_path / "again" / "on_upload", dirs_exist_ok=True)
        (tmp_path / "again" / "on_upload" / "stale.py").touch()
        for made in stage(tmp_path / "again", clone):
            assert made.digest == staged[made.function].digest
            assert tree(made.folder) == tree(staged[made.function].folder)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gets_its_own_code_and_no_other(staged, function):
    held = set(contents(function))
    others = {other for other in FUNCTIONS if other != function}
    assert {"main.py", "requirements.txt", f"functions/{function}/main.py", "infra/gcp/ground.py"} <= held
    wrong = [
        name
        for name in held
        if name.startswith(
            ("tests/", "jinko/", "examples/", "infra/local", *(f"functions/{o}/" for o in others))
        )
        or name in ("infra/stage.py", "infra/lock.py", "infra/reach.py", "functions/on_upload/job.py")
        or (
            name.startswith("gpu_batch/")
            and not name.startswith(("gpu_batch/text/", "gpu_batch/__init__.py"))
        )
        or not name.endswith((".py", ".jinja", ".txt"))
    ]
    assert not wrong
    assert ("gpu_batch/text/labels.py" in held) is (function == "on_dataset_ready")
    assert staged[function].bytes < MOST


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_archive_holds_what_the_folder_holds(staged, function):
    made = staged[function]
    with zipfile.ZipFile(made.zip) as archive:
        packed = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}
    lying = {path: content for path, (content, *_) in tree(made.folder).items() if content is not None}
    assert packed == lying == contents(function)
    assert list(packed) == sorted(packed)
    assert all(stat.S_IMODE(mode) in (0o644, 0o755) for _, mode, _ in tree(made.folder).values())


@pytest.mark.parametrize("strange", ["notes.txt", "on_upload/main.py", "on_upload/anything"])
def test_a_folder_that_holds_anything_else_is_refused_and_stays_as_it_is(tmp_path, strange):
    (tmp_path / strange).parent.mkdir(exist_ok=True)
    (tmp_path / strange).write_text("mine")
    with pytest.raises(BadInput, match=r"what staging did not put there: (notes.txt|on_upload)\."):
        stage(tmp_path)
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["mine"]


def test_a_function_without_its_lock_is_not_staged(tmp_path):
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.txt"))
    with pytest.raises(BadInput, match="Type: make lock"):
        contents("on_upload", tmp_path)


def test_the_command_prints_sizes_and_digests_and_refuses_in_words(tmp_path):
    def typed():
        command = [sys.executable, "-m", "infra.stage", str(tmp_path / "to")]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    printed = typed().stdout.splitlines()
    assert len(printed) == 6
    assert printed[0].endswith(" kB")
    assert len(printed[1].split("sha256 ")[1]) == 64
    (tmp_path / "to" / "notes.txt").touch()
    refused = typed()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Name an empty folder" in refused.stderr


# ---------------------------------------------------------------- what is reached


def test_an_import_is_followed_wherever_it_stands_but_not_for_the_type_checker_alone(tmp_path):
    files = {
        "schemas/__init__.py": "",
        "schemas/a.py": "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import schemas.never, torch\nelse:\n    import yaml\n"
        "def f():\n    from schemas import b\n    import google.cloud.storage\n",
        "schemas/b.py": "import schemas.a\nfrom infra.local import store\n",
        "schemas/c.py": "",
        "infra/__init__.py": "",
        "infra/local/__init__.py": "",
        "infra/local/store.py": "import sqlite3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    ours, others = reached(tmp_path, "schemas.a")
    assert list(ours) == ["schemas", "schemas.a", "schemas.b"]
    assert others == {"typing", "typing.TYPE_CHECKING", "yaml", "google.cloud.storage"}


def test_a_program_that_a_module_starts_is_staged_with_it():
    """Read from the source: a file beside it, or a module, that a module names and gives to Python."""
    beside = re.compile(r'Path\(__file__\)\.with_name\("(\w+)\.py"\)')
    module = re.compile(r'"-m", "((?:functions|gpu_batch)\.[\w.]+)"')
    starts = {
        name.removesuffix(".py").replace("/", "."): found[0]
        for name in python(tests=False)
        if not name.startswith("jinko/")  # which is never deployed
        for folder in [name.rpartition("/")[0].replace("/", ".")]
        if (found := [f"{folder}.{one}" for one in beside.findall(read(name))] + module.findall(read(name)))
    }
    assert starts == STARTED
    assert "functions/on_upload/reading/sheets.py" in contents("on_upload")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_staged_function_renders_its_pages_from_compiled_templates_as_the_clone_does(staged, function):
    code = "from functions import pages; print(pages.markdown('status', told=[], earlier=[]), pages.__file__)"
    command = [sys.executable, "-B", "-c", code]
    here, clone = (
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.rpartition(" ")
        for folder in (staged[function].folder, ROOT)
    )
    assert here[0] == clone[0]
    assert here[2] != clone[2]
    assert not list(staged[function].folder.rglob("*.jinja"))


def test_what_is_left_out_and_what_compiles_are_there():
    assert all((ROOT / name.replace(".", "/")).is_dir() for name in LEFT_OUT)
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in COMPILES)

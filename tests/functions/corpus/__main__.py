"""Prints what Jinko makes of every file of the corpus: `python -m tests.functions.corpus`."""

import sys
import tempfile
from pathlib import Path

from tests.functions.corpus.judged import ALL, got, judged, wrong

bad = 0
print(f"{'file':<14} {'expected':<13} {'got':<13} about")
for case in ALL:
    with tempfile.TemporaryDirectory() as folder:
        verdict = judged(case, Path(folder))
    problems = wrong(case, verdict)
    bad += bool(problems)
    print(f"{case.file:<14} {case.expected:<13} {got(verdict):<13} {case.about}")
    for problem in problems:
        print(f"    WRONG: {problem[:300]}")
print(f"\n{len(ALL)} files, {len(ALL) - bad} right, {bad} wrong")
sys.exit(bad > 0)

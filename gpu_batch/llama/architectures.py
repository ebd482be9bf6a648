"""Which architectures the pinned converter knows: writes the list that drops are checked against.

    python -m gpu_batch.llama.architectures

Reads the converter's own table without running it. The list lies in functions/on_dataset_ready, which has no
converter; a test compares the two.
"""

import ast
import textwrap
from datetime import date
from pathlib import Path
from typing import Final

from gpu_batch.llama import pinned

WRITTEN: Final = Path(__file__).parents[2] / "functions" / "on_dataset_ready" / "convertible.py"
TABLE: Final = "TEXT_MODEL_MAP"
HEAD: Final = '''"""Architectures that llama.cpp's converter knows, as config.json names them.

Written by `python -m gpu_batch.llama.architectures`, and by nobody's hand.
"""

from typing import Final

LLAMA_CPP: Final = "{version}"
WRITTEN_ON: Final = "{day}"
ARCHITECTURES: Final = frozenset(
    """
{names}
""".split()
)
'''


def known() -> list[str]:
    """The architectures of the installed converter, by name."""
    source = (pinned.converter().parent / "conversion" / "__init__.py").read_text(encoding="utf-8")
    for statement in ast.parse(source).body:
        if (
            isinstance(statement, ast.AnnAssign)
            and ast.unparse(statement.target) == TABLE
            and statement.value
        ):
            return sorted(ast.literal_eval(statement.value))
    raise LookupError(f"The converter has no table {TABLE} any more.")


if __name__ == "__main__":
    names = textwrap.fill(" ".join(known()), width=105, break_long_words=False, break_on_hyphens=False)
    WRITTEN.write_text(HEAD.format(version=pinned.VERSION, day=date.today(), names=names), encoding="utf-8")

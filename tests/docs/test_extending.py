"""The code in the guide to writing ops runs, block after block."""

from __future__ import annotations

import re
from pathlib import Path

from theano.rewriting import optdb

GUIDE = Path(__file__).parents[2] / "docs" / "extending.md"


def test_the_code_of_the_guide_runs():
    text = GUIDE.read_text("utf-8")
    blocks = list(re.finditer(r"```python\n(.*?)```", text, re.DOTALL))
    assert len(blocks) >= 6
    names: dict[str, object] = {"__name__": "guide"}
    for block in blocks:
        # Blank lines before it, so that a failure names the line of the guide.
        first = text.count("\n", 0, block.start(1))
        exec(compile("\n" * first + block.group(1), str(GUIDE), "exec"), names)
    assert "SmoothAbs" in names
    optdb.remove("local_negative_smooth_abs")

"""Where in the user's own program a variable came from."""

from __future__ import annotations

import linecache
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = str(Path(__file__).resolve().parent.parent) + os.sep


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a program: its file, its number, and the function that it stands in."""

    filename: str
    line: int
    function: str

    @property
    def text(self) -> str:
        """The line's own text, stripped; empty where the source cannot be read."""
        return linecache.getline(self.filename, self.line).strip()

    def __deepcopy__(self, memo: object) -> SourceLine:
        return self

    def __str__(self) -> str:
        where = f"{Path(self.filename).name}:{self.line}"
        return f"{where} by `{self.text}`" if self.text else where


source_line = cache(SourceLine)
"""One object for all that a line creates, however often it runs."""


def user_line() -> SourceLine | None:
    """Return the innermost line of the call stack that does not belong to this package.

    The ``make_node`` of a user's own op is passed over: what counts is where the op was applied.
    """
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE) and code.co_name != "make_node":
            return source_line(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return None

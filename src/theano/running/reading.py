"""From the bytes of a file to text, and errors that name file, cell and line."""

from __future__ import annotations

import codecs
import re
import sys
from pathlib import Path

COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x19]")
STANDARD_INPUT = Path("<stdin>")
"""Stands for what is read instead of a file, and is its name in messages."""
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class ProgramError(Exception):
    """A program cannot be read, converted or started.

    Parameters
    ----------
    what : str
        What is wrong, one line.
    file : path
    cell : int, optional
        The number of the code cell, from 1.
    line : int, optional
        The line of the file (of the cell in a notebook), from 1.
    text : str, optional
        That line's own text.
    fix : str, optional
        What the user can do.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | Path,
        cell: int | None = None,
        line: int | None = None,
        text: str | None = None,
        fix: str | None = None,
    ):
        place = str(file)
        if cell is not None:
            place += f", cell {cell}"
        if line is not None:
            place += f", line {line}"
        lines = [f"{place}: {what}"]
        if text and text.strip():
            lines.append(f"    {text.strip()}")
        if fix is not None:
            lines.append(f"  fix: {fix}")
        super().__init__("\n".join(lines))
        self.what, self.file, self.cell, self.line = what, file, cell, line


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    ProgramError
        If there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProgramError("there is no such file", file=path) from None
    except IsADirectoryError:
        raise ProgramError("this is a folder, and one file is expected", file=path) from None
    except OSError as error:
        raise ProgramError(f"the file cannot be read: {error.strerror}", file=path) from None


def decode(data: bytes, path: Path) -> str:
    """Return text with plain line ends, in the encoding that the file declares.

    Without a declaration it is UTF-8, or else Latin-1, in which Python 2 let every byte pass.

    Raises
    ------
    ProgramError
        If this is no text, or not in the encoding that it declares.
    """
    marked = [encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)]
    if not marked and b"\0" in data:
        raise ProgramError("this is a binary file, not a program", file=path)
    encoding = marked[0] if marked else declared_encoding(data) or "utf-8"
    try:
        text = data.decode(encoding)
    except LookupError:
        raise ProgramError(
            f"the file declares an unknown encoding, {encoding}", file=path
        ) from None
    except UnicodeDecodeError:
        if declared_encoding(data):
            raise ProgramError(
                f"the file declares the encoding {encoding}, and is not in it", file=path
            ) from None
        if CONTROLS.search(data):
            raise ProgramError("this is a binary file, not a program", file=path) from None
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def declared_encoding(data: bytes) -> str | None:
    """Return what a comment such as ``# -*- coding: gbk -*-`` in the first two lines says."""
    for line in data.split(b"\n", 2)[:2]:
        found = COOKIE.match(line)
        if found:
            return found[1].decode("ascii")
    return None


def read_text(path: Path) -> str:
    """Return the text of a file, or of the standard input; see :func:`decode`."""
    return decode(sys.stdin.buffer.read() if path == STANDARD_INPUT else read_bytes(path), path)

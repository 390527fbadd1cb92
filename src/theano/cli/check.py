"""``theano check``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from theano.running.checking import Use, check_file
from theano.running.porting import programs_below
from theano.running.reading import ProgramError

COLOURS = {"present": "32", "moved": "33", "removed": "31", "missing": "31"}
MISSING, UNUSABLE = 1, 2


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``theano check`` takes to a parser."""
    parser.epilog = "Exit status: 0; 1 if a name is removed or missing; 2 if a file is not Python."
    parser.add_argument("path", metavar="FILE|FOLDER", type=Path)
    parser.add_argument("--all", action="store_true", help="list the names that are here too")


def check_command(options: argparse.Namespace) -> int:
    """List the names of Theano's that programs use, and return the exit status."""
    status = 0
    counts = dict.fromkeys(COLOURS, 0)
    found = programs(options.path)
    if not found:
        sys.stderr.write(f"theano check: {options.path}: this folder has no .py or .ipynb\n")
        return UNUSABLE
    for path in found:
        try:
            uses = check_file(path)
        except ProgramError as error:
            sys.stderr.write(f"theano check: {error}\n")
            status = UNUSABLE
            continue
        for use in uses:
            counts[use.status] += 1
            if use.status != "present" or options.all:
                cell = "" if use.cell is None else f"[cell {use.cell}]"
                sys.stdout.write(f"{path}{cell}:{use.lines[0]}: {described(use)}\n")
    if status and len(found) == 1:
        return status
    sys.stdout.write(", ".join(f"{n} {kind}" for kind, n in counts.items()) + "\n")
    return status or (MISSING if counts["removed"] or counts["missing"] else 0)


def described(use: Use) -> str:
    """Return a line about a name."""
    kind = f"{use.status:<8}"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        kind = f"\033[{COLOURS[use.status]}m{kind}\033[0m"
    times = f" ({len(use.lines)} times)" if len(use.lines) > 1 else ""
    arrow = f" -> {use.advice}" if use.status == "moved" and use.advice else ""
    advice = f"\n    {use.advice}" if use.status == "removed" else ""
    return f"{kind} {use.name}{times}{arrow}{advice}"


def programs(path: Path) -> list[Path]:
    """Return the scripts and notebooks below a folder, or the one file."""
    if not path.is_dir():
        return [path]
    return programs_below(path)

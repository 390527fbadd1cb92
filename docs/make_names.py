"""Writes ``docs/names.md``: every documented name of Theano's, and where it lives.

    python docs/make_names.py [--check]

``documented.tsv`` holds the names that Theano 1.0.5's documentation names, ``absent.toml`` those
that are not here, with the reason and what there is instead.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import importlib
import sys
import tomllib
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import theano
import theano.tensor as T
from theano.running.checking import status_of

HERE = Path(__file__).resolve().parent
PAGE = HERE / "names.md"

INSTANCES: dict[str, Any] = {
    "theano.compile.function.In": lambda: theano.In(T.dscalar("x"), value=1.0),
    "theano.compile.function.Out": lambda: theano.Out(T.dscalar("x")),
    "theano.compile.mode.Mode": theano.Mode,
    "theano.tensor._tensor_py_operators": lambda: T.dvector("x"),
    "theano.gof.FunctionGraph": lambda: theano.FunctionGraph([x := T.dscalar()], [x + 1]),
    "theano.gof.graph.Apply": lambda: (T.dscalar("x") + 1).owner,
    "theano.gof.graph.Variable": lambda: T.dscalar("x"),
    "theano.tensor.shared_randomstreams.RandomVariable": lambda: (
        T.shared_randomstreams.RandomStreams(1).uniform((2,))
    ),
}
"""How to make an object of a class some of whose documented attributes its objects alone have."""

INTRODUCTION = """\
# Every documented name

The names that Theano 1.0.5's documentation names, {count} in all: {present} are here, {absent} are
not. Written by `docs/make_names.py`; a test fails when a name is neither here nor in
`docs/absent.toml`, and when this page is no longer true.
"""


@dataclass
class Name:
    """A documented name.

    Attributes
    ----------
    name, kind : str
    home : str
        Where it lives today; empty if nowhere.
    reason, instead : str
        Why it is not here, and what there is instead.
    """

    name: str
    kind: str
    home: str = ""
    reason: str = ""
    instead: str = ""


def documented() -> list[tuple[str, str]]:
    """Return the documented names with their kinds, sorted."""
    with open(HERE / "documented.tsv", encoding="utf-8", newline="") as file:
        return [(row["name"], row["kind"]) for row in csv.DictReader(file, delimiter="\t")]


def absences() -> list[dict[str, Any]]:
    """Return the entries of ``absent.toml``."""
    entries: list[dict[str, Any]] = tomllib.loads((HERE / "absent.toml").read_text("utf-8"))[
        "absent"
    ]
    return entries


def is_here(name: str) -> bool:
    """Whether a full name leads to something, attributes of classes included."""
    parts = name.split(".")
    for k in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:k]))
        except ImportError:
            continue
        try:
            return attrgetter(".".join(parts[k:]))(found) is not None if parts[k:] else True
        except AttributeError:
            return False
    return False


def home_of(name: str) -> str:
    """Return where a name lives; empty if nowhere."""
    owner, _, attribute = name.rpartition(".")
    if owner in INSTANCES and hasattr(INSTANCES[owner](), attribute):
        return f"{home_of(owner)}, of its objects"
    status, advice = status_of(name)
    if status == "removed" or not is_here(name):
        return ""
    return advice.removeprefix("now ") or name


def names() -> list[Name]:
    """Return every documented name with what there is to say of it."""
    entries = absences()
    found = []
    for name, kind in documented():
        item = Name(name, kind, home_of(name))
        for entry in () if item.home else entries:
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in entry["names"]):
                item.reason, item.instead = entry["reason"], entry["instead"]
                break
        found.append(item)
    return found


def page(found: list[Name]) -> str:
    """Return the text of the page."""
    present = [item for item in found if item.home]
    parts = [
        INTRODUCTION.format(
            count=len(found), present=len(present), absent=len(found) - len(present)
        )
    ]
    modules: dict[str, list[Name]] = {}
    for item in found:
        modules.setdefault(".".join(item.name.split(".")[:3]), []).append(item)
    for module, items in modules.items():
        parts.append(f"\n## {module}\n\n| name | where it lives |\n|---|---|\n")
        for item in items:
            where = f"`{item.home}`" if item.home else f"not here: {item.reason}. {item.instead}"
            parts.append(f"| `{item.name}` | {where} |\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or say whether it is true."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it would change")
    arguments = parser.parse_args()
    found = names()
    for item in found:
        if not item.home and not item.reason:
            print(f"neither here nor in absent.toml: {item.name}", file=sys.stderr)
    text = page(found)
    if arguments.check:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE}: {len(found)} names, {sum(bool(i.home) for i in found)} here")
    return 0


if __name__ == "__main__":
    sys.exit(main())

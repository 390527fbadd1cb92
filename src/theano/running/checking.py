"""The names of Theano's that programs use: which are here, moved, or gone."""

from __future__ import annotations

import ast
import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from theano.legacy import TABLE, Removed
from theano.legacy.relics import EarlierOp, Relic
from theano.running.cells import plain_python
from theano.running.conversion import convert
from theano.running.dialect import parse
from theano.running.documents import document_cells
from theano.running.edits import dotted, imported_names
from theano.running.notebooks import notebook_cells, notebook_python, read_notebook
from theano.running.program import is_document
from theano.running.reading import ProgramError, read_text

ROWS = {row.path: row for row in TABLE}

Status = Literal["present", "moved", "removed", "missing"]


@dataclass
class Use:
    """A name of Theano's in a program.

    Attributes
    ----------
    name : str
        In full, such as ``theano.tensor.nnet.relu``.
    status : {"present", "moved", "removed", "missing"}
    advice : str
        Where it is today, or what to do without it.
    lines : list of int
        Where it is used; the line of the cell in a notebook.
    cell : int or None
        In a notebook, the cell where it is used first.
    """

    name: str
    status: Status
    advice: str = ""
    lines: list[int] = field(default_factory=list)
    cell: int | None = None


def check_file(path: Path) -> list[Use]:
    """Return the names of Theano's that a script, a notebook or a document uses, by line.

    Raises
    ------
    ProgramError
        If it is not Python.
    """
    text = read_text(path)
    uses: dict[str, Use] = {}
    names: dict[str, str] = {}
    for cell, first_line, source in sources_of(text, path):
        tree = parse(source)
        names.update(imported_names(tree))
        for name, line in theano_names(tree, names):
            if name not in uses:
                uses[name] = Use(name, *status_of(name), cell=cell)
            uses[name].lines.append(line + first_line - 1)
    return sorted(uses.values(), key=lambda use: (use.cell or 0, use.lines[0], use.name))


def sources_of(text: str, path: Path) -> Iterator[tuple[int | None, int, str]]:
    """Yield the pieces of a program as Python 3, with cell (in a notebook) and first line."""
    python: int | None = None
    in_notebook = path.suffix.lower() == ".ipynb"
    if in_notebook:
        notebook = read_notebook(text, path)
        cells, python = notebook_cells(notebook), notebook_python(notebook)
    elif is_document(path, text):
        cells = document_cells(text)
    else:
        yield None, 1, convert(plain_python(text).text, path).text
        return
    for cell in cells:
        plain = plain_python(cell.source)
        if plain.foreign is not None:
            continue
        try:
            done = convert(plain.text, path, python=python, cell=cell.number, first_line=cell.line)
            yield cell.number if in_notebook else None, cell.line, done.text
        except ProgramError:
            if cell.certain:
                raise


def theano_names(tree: ast.Module, names: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Yield what a program imports from Theano, and what it reaches for by attribute."""
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_theano(alias.name):
                    yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and is_theano(node.module or ""):
            for alias in node.names:
                name = node.module if alias.name == "*" else f"{node.module}.{alias.name}"
                yield str(name), node.lineno
        elif isinstance(node, ast.Attribute) and id(node) not in inner:
            # ast.walk comes to the whole of a.b.c before its parts.
            part = node.value
            while isinstance(part, ast.Attribute):
                inner.add(id(part))
                part = part.value
            full = dotted(node, names)
            if full is not None and is_theano(full):
                yield full, node.lineno


def is_theano(name: str) -> bool:
    """Whether a full name is Theano's."""
    return name == "theano" or name.startswith("theano.")


def status_of(name: str) -> tuple[Status, str]:
    """Return whether a full name is here, and where it is today if that is elsewhere.

    What follows an object that is no module, such as a method, is the object's own affair.
    """
    found: Any = importlib.import_module("theano")
    parts = name.split(".")
    moved = False
    for i, part in enumerate(parts[1:], 2):
        if not isinstance(found, ModuleType):
            break
        path = ".".join(parts[:i])
        row = ROWS.get(path)
        if isinstance(row, Removed):
            return "removed", row.advice
        moved = moved or (row is not None and not is_file(path))
        try:
            found = reach(found, part, path)
        except (ImportError, AttributeError):
            return "missing", ""
    if isinstance(found, type) and issubclass(found, (EarlierOp, Relic)):
        return "removed", "only old pickles need it, which are read without it"
    return ("moved", home_of(found, parts[-1])) if moved else ("present", "")


def reach(owner: ModuleType, part: str, path: str) -> Any:
    """Return an attribute of a module, or the module below it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return getattr(owner, part)
        except AttributeError:
            return importlib.import_module(path)


def is_file(path: str) -> bool:
    """Whether a module is one of today's, which the table only gives further names."""
    module = importlib.import_module(path)
    return getattr(module, "__file__", None) is not None and module.__name__ == path


def home_of(found: Any, name: str) -> str:
    """Return the shortest of today's names for an object."""
    if isinstance(found, ModuleType):
        return found.__name__ if getattr(found, "__file__", None) else ""
    for front in ("theano", "theano.tensor", "theano.tensor.nnet"):
        if vars(importlib.import_module(front)).get(name) is found:
            return f"{front}.{name}"
    module = getattr(found, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) else ""

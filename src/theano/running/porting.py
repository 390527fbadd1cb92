"""Writes programs, notebooks and folders of them as programs of today."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from theano.running.cells import RUN_FILE, plain_python
from theano.running.conversion import convert
from theano.running.documents import document_cells
from theano.running.edits import Ported, Remark, port_text
from theano.running.notebooks import (
    notebook_cells,
    notebook_python,
    raw_cells,
    read_notebook,
    set_source,
)
from theano.running.program import is_document
from theano.running.reading import ProgramError, read_text

LEFT_OUT = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})


@dataclass
class PortedFile:
    """One file, ported.

    Attributes
    ----------
    path : Path
        Of the original.
    name : Path
        Relative to the folder that was asked for, with the ending of what it became.
    ported : Ported
        ``ported.text`` is what the new file holds.
    """

    path: Path
    name: Path
    ported: Ported

    def summary(self) -> str:
        """Return what was changed, and what a person should look at."""
        done = self.ported
        if not done.changes and not done.remarks:
            return f"{self.path}: nothing to change"
        lines = [f"{self.path}:"]
        lines += [f"  changed  {kind} ({n})" for kind, n in sorted(done.changes.items())]
        lines += [f"  look at  {remark}" for remark in done.remarks]
        return "\n".join(lines)


def port_file(
    path: Path, name: Path | None = None, python: int | None = None, within: int | None = None
) -> PortedFile:
    """Port a script, a notebook (to a notebook) or a document (to a script).

    Parameters
    ----------
    path : Path
    name : Path, optional
        Of what it becomes, by default the file's own.
    python : {2, 3}, optional
        What it is written in.
    within : {2, 3}, optional
        What the program that a script is a part of is written in.

    Raises
    ------
    ProgramError
        If it cannot be read, or is not Python.
    """
    name = Path(path.name) if name is None else name
    text = read_text(path)
    if path.suffix.lower() == ".ipynb":
        return PortedFile(path, name, port_notebook(text, path, python))
    if is_document(path, text):
        return PortedFile(path, name.with_suffix(".py"), port_document(text, path, python))
    return PortedFile(path, name, port_text(text, str(path), python, within))


def port_folder(
    folder: Path, python: int | None = None, leave: Path | None = None
) -> Iterator[PortedFile | ProgramError]:
    """Port every script and notebook below a folder; what fails is yielded as an error.

    Parameters
    ----------
    folder : Path
    python : {2, 3}, optional
        What all are written in; by default found out by trying, and scripts that might be either
        are in Python 2 if one of them surely is.
    leave : Path, optional
        A folder below it that is left out.
    """
    paths = [path for path in programs_below(folder) if leave is None or leave not in path.parents]
    scripts = [path for path in paths if path.suffix.lower() == ".py"]
    within = 2 if python is None and any(map(is_python2, scripts)) else None
    for path in paths:
        try:
            yield port_file(path, path.relative_to(folder), python, within)
        except ProgramError as error:
            yield error


def programs_below(folder: Path) -> list[Path]:
    """Return the scripts and notebooks below a folder, less those that tools put there."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT and not f.startswith("."))
        found += [Path(root, f) for f in sorted(files) if f.lower().endswith((".py", ".ipynb"))]
    return found


def is_python2(path: Path) -> bool:
    """Whether a script is surely Python 2."""
    try:
        return convert(read_text(path), path).python2 is not None
    except ProgramError:
        return False


def port_notebook(text: str, path: Path, python: int | None) -> Ported:
    """Port the code cells of a notebook; what they printed is left out."""
    notebook = read_notebook(text, path)
    cells = notebook_cells(notebook)
    python = python or notebook_python(notebook) or python_of([c.source for c in cells], path)
    total = Ported("", text)
    raws = [raw for raw in raw_cells(notebook) or () if raw.get("cell_type") == "code"]
    for raw, cell in zip(raws, cells, strict=True):
        where = f"cell {cell.number}"
        plain = plain_python(cell.source)
        if plain.foreign is not None:
            continue
        done = port_text(plain.text, f"{path}, {where}", python)
        source = with_commands(cell.source, plain.text, done.text)
        if source is None:
            total.remarks.append(Remark(1, "it has commands of IPython's: left as it was", where))
            continue
        if source != cell.source:
            set_source(raw, source)
        gather(total, done, where)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = notebook.setdefault("metadata", {})
    if python == 2:
        metadata["kernelspec"] = kernel
        metadata.pop("language_info", None)
    total.text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return total


def with_commands(source: str, plain: str, ported: str) -> str | None:
    """Put IPython's commands back into a ported cell; None if their lines cannot be told."""
    old, replaced, new = source.split("\n"), plain.split("\n"), ported.split("\n")
    if source == plain:
        return ported
    if not len(old) == len(replaced) == len(new):
        return None
    lines = zip(old, replaced, new, strict=True)
    return "\n".join(line if line != command else now for line, command, now in lines)


def port_document(text: str, path: Path, python: int | None) -> Ported:
    """Port a document's code cells to one script."""
    cells = document_cells(text)
    if not cells:
        raise ProgramError("there is no Python in this document", file=path)
    total = Ported("", text)
    sources = []
    for cell in cells:
        plain = plain_python(cell.source)
        try:
            convert(plain.text, path, cell=cell.number, first_line=cell.line)
        except ProgramError:
            if cell.certain:
                raise
            total.remarks.append(Remark(1, "it is not Python: left out", f"cell {cell.number}"))
            continue
        if plain.foreign is None:
            alone = re.sub(rf"{RUN_FILE}\(('[^']*')\)", r"exec(open(\1).read())", plain.text)
            sources.append((cell, alone))
    python = python or python_of([source for _, source in sources], path)
    written = []
    for cell, source in sources:
        done = port_text(source.strip("\n"), f"{path}, cell {cell.number}", python)
        gather(total, done, f"cell {cell.number}")
        written.append(f"# %% {cell.number}\n{done.text.rstrip()}\n")
    total.text = "\n\n".join(written)
    return total


def python_of(sources: list[str], path: Path) -> int | None:
    """Return 2 if one of the cells is Python 2."""
    for source in sources:
        try:
            if convert(plain_python(source).text, path).python2 is not None:
                return 2
        except ProgramError:
            continue
    return None


def gather(total: Ported, part: Ported, where: str) -> None:
    """Add a cell's changes and remarks to those of the whole."""
    for kind, n in part.changes.items():
        total.changes[kind] = total.changes.get(kind, 0) + n
    total.remarks += [replace(remark, where=where) for remark in part.remarks]


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(text)
    os.replace(file.name, path)

"""Runs a program, a notebook or a document of its time."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from theano.running.cells import Cell, plain_python
from theano.running.compiling import Compiled, compile_program, parse_future, remember_source
from theano.running.conversion import convert
from theano.running.documents import document_cells
from theano.running.environment import environment
from theano.running.importing import Program
from theano.running.notebooks import (
    notebook_cells,
    notebook_language,
    notebook_python,
    read_notebook,
)
from theano.running.reading import STANDARD_INPUT, ProgramError, read_text

RUNNING = str(Path(__file__).resolve().parent) + os.sep
SCRIPTS = frozenset({".py", ".pyw", ".py2", ".py3"})
DOCUMENTS = frozenset({".md", ".markdown", ".mkd", ".rst", ".rest", ".txt", ".text", ".html"})
FAILED, UNUSABLE, INTERRUPTED = 1, 2, 130


def is_document(path: Path, text: str) -> bool:
    """Whether code has to be taken out of a file, rather than being all of it."""
    if path.suffix.lower() in SCRIPTS:
        return False
    if text.startswith("#!"):
        return False
    if path.suffix.lower() in DOCUMENTS:
        return not is_python(text, path)
    return "```" in text or not is_python(text, path)


def is_python(text: str, path: Path) -> bool:
    """Whether all of a text is Python 2 or 3."""
    try:
        convert(text, path)
    except ProgramError:
        return False
    return True


def run_program(
    file: str | Path,
    arguments: Sequence[str] = (),
    *,
    provide: Mapping[str, str | Path] | None = None,
    python: int | None = None,
    report: Callable[[str], None] | None = None,
) -> int:
    """Run a program, and return its exit status.

    Parameters
    ----------
    file : path
        A script of Python 2 or 3, a notebook, or a document; ``"-"`` is the standard input.
    arguments : sequence of str
        The program's own.
    provide : mapping, optional
        Names of modules, and the files that they are to be taken from.
    python : {2, 3}, optional
        What the program is written in, by default found out by trying.
    report : callable, optional
        Told, a line at a time, what is left out or converted; by default what is left out goes to
        the standard error stream.

    Returns
    -------
    int
        The program's own status; 1 if it ends in an exception, 2 if it cannot be started or lacks
        a module, 130 if it is interrupted.
    """
    say = complain if report is None else report
    path = STANDARD_INPUT if str(file) == "-" else Path(file)
    try:
        text = read_text(path)
        provided = {name: provided_file(name, place) for name, place in (provide or {}).items()}
        pieces = list(compiled_pieces(path, text, python, say))
    except ProgramError as error:
        complain(f"theano run: {error}")
        return UNUSABLE
    python2 = any(done.python2 is not None for _, done in pieces)
    program = Program(2 if python2 else python, provided)
    for cell, done in pieces:
        if done.python2 is not None and report is not None:
            where = f", cell {cell.number}" if cell is not None else ""
            say(f"{path}{where}: converted from Python 2 ({done.python2})")
    with environment(path, arguments, program) as namespace:
        namespace["__builtins__"] = program.builtins_for(python2)
        status = execute(path, pieces, namespace, provided)
    if report is not None:
        for module, sign in program.converted.items():
            say(f"{module}: converted from Python 2 ({sign})")
    return status


def provided_file(name: str, place: str | Path) -> Path:
    """Return the file of ``--provide name=place``.

    Raises
    ------
    ProgramError
        If there is none.
    """
    path = Path(place)
    if not path.exists():
        raise ProgramError(f"there is no such file, and it was to be the module {name}", file=path)
    return path


def compiled_pieces(
    path: Path, text: str, python: int | None, say: Callable[[str], None]
) -> Iterator[tuple[Cell | None, Compiled]]:
    """Compile a program, as a whole or cell by cell, before anything of it runs.

    Raises
    ------
    ProgramError
        If something of it is not Python and should be.
    """
    if path.suffix.lower() == ".ipynb":
        notebook = read_notebook(text, path)
        spoken = notebook_language(notebook)
        if not spoken.startswith(("python", "ipython")):
            raise ProgramError(f"the notebook is written in {spoken}, not in Python", file=path)
        python = python or notebook_python(notebook)
        yield from compiled_cells(path, notebook_cells(notebook), python, say, notebook=True)
    elif is_document(path, text):
        cells = document_cells(text)
        if not cells:
            raise no_python(text, path)
        remember_source(str(path), text)
        yield from compiled_cells(path, cells, python, say)
    else:
        remember_source(str(path), text)
        plain = plain_python(text)
        yield None, compile_program(plain.text, path, python=python)


def no_python(text: str, path: Path) -> ProgramError:
    """Return the message about a file that has no Python in it."""
    if path.suffix.lower() not in DOCUMENTS:
        try:
            convert(text, path)
        except ProgramError as error:
            return ProgramError(
                f"this is not Python ({error.what}), nor a document with Python in it",
                file=path,
                line=error.line,
                text=text.split("\n")[(error.line or 1) - 1],
            )
    return ProgramError("there is no Python in this document", file=path)


def compiled_cells(
    path: Path,
    cells: list[Cell],
    python: int | None,
    say: Callable[[str], None],
    notebook: bool = False,
) -> Iterator[tuple[Cell, Compiled]]:
    """Compile the cells of a document: all in Python 2 if one of them is.

    Raises
    ------
    ProgramError
        If a cell that is said to be Python is not.
    """
    usable: list[tuple[Cell, str]] = []
    python2 = python == 2
    for cell in cells:
        place = f"{path}, cell {cell.number}"
        plain = plain_python(cell.source)
        if plain.foreign is not None:
            say(f"{place}: skipped, it is for {plain.foreign}, not Python")
            continue
        for line, said in plain.skipped:
            say(f"{place}, line {cell.line + line - 1}: not executed: {said}")
        try:
            done = convert(
                plain.text, path, python=None if python == 2 else python, cell=cell.number,
                first_line=cell.line,
            )  # fmt: skip
        except ProgramError as error:
            if cell.certain:
                raise
            say(f"{place}, line {error.line}: skipped, it is not Python: {first_words(cell)}")
            continue
        python2 = python2 or done.python2 is not None
        usable.append((cell, plain.text))
    if not usable:
        raise ProgramError("there is no Python in this document", file=path)
    future: frozenset[str] = frozenset()
    for cell, text in usable:
        shown_as = f"{path}[cell {cell.number}]" if notebook else str(path)
        if notebook:
            remember_source(shown_as, cell.source)
        yield (
            cell,
            compile_program(
                text,
                path,
                within=2 if python2 else None,
                python=3 if python == 3 else None,
                cell=cell.number,
                first_line=cell.line,
                shown_as=shown_as,
                with_value=cell.echo,
                future=future,
            ),
        )
        future |= parse_future(text)


def first_words(cell: Cell) -> str:
    """Return the beginning of a cell, for a message."""
    return next((line.strip()[:60] for line in cell.source.split("\n") if line.strip()), "")


def execute(
    path: Path,
    pieces: list[tuple[Cell | None, Compiled]],
    namespace: dict[str, Any],
    provided: Mapping[str, Path],
) -> int:
    """Run the pieces of a program in one namespace, and return its exit status."""
    cell: Cell | None = None
    try:
        for cell, done in pieces:
            try:
                exec(done.code, namespace)
                if done.value is not None:
                    show(eval(done.value, namespace), cell, namespace)
            except Exception as error:
                # A document that shows what goes wrong goes on after it.
                if cell is None or not cell.raises:
                    raise
                print_traceback(error)
        return 0
    except SystemExit as ending:
        return exit_status(ending)
    except KeyboardInterrupt as interrupt:
        print_traceback(interrupt)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        complain(f"theano run: {missing_module(error, path, cell, provided)}")
        return UNUSABLE
    except BaseException as error:
        print_traceback(error)
        return FAILED
    finally:
        flush_output()


def flush_output() -> None:
    """Write what waits for the standard output, which a program may have replaced."""
    flush = getattr(sys.stdout, "flush", None)
    if flush is not None:
        flush()


def show(value: Any, cell: Cell | None, namespace: dict[str, Any]) -> None:
    """Show the value of a cell's last expression, as notebooks do."""
    if value is None:
        return
    namespace["_"] = value
    prompt = cell.prompt if cell is not None else None
    namespace.setdefault("Out", {})[prompt] = value
    sys.stdout.write(f"Out[{prompt}]: {value!r}\n" if prompt else f"{value!r}\n")


def exit_status(ending: SystemExit) -> int:
    """Return the status that ``sys.exit`` was called with."""
    if ending.code is None:
        return 0
    if isinstance(ending.code, int):
        return ending.code
    complain(str(ending.code))
    return FAILED


def missing_module(
    error: ModuleNotFoundError, path: Path, cell: Cell | None, provided: Mapping[str, Path]
) -> ProgramError:
    """Return the message about a module that is not there, and the command that mends it."""
    name = (error.name or "").partition(".")[0]
    file, line, text = str(path), None, None
    for frame in traceback.extract_tb(error.__traceback__):
        if not frame.filename.startswith((RUNNING, "<frozen")):
            file, line, text = frame.filename, frame.lineno, frame.line
    in_main = file == str(path) or file.startswith(f"{path}[")
    fix = None
    if not is_installed(name):
        also = [f"--provide {known}={shlex.quote(str(place))}" for known, place in provided.items()]
        words = ["theano run", shlex.quote(str(path)), *also, f"--provide {name}=PATH/TO/{name}.py"]
        package = PACKAGES.get(name, name)
        fix = f"{' '.join(words)}\n       or, if it is a package: pip install {package}"
    return ProgramError(
        f"there is no module named {error.name}",
        file=str(path) if in_main else file,
        cell=cell.number if cell is not None and in_main else None,
        line=line,
        text=text,
        fix=fix,
    )


PACKAGES = {
    "Image": "pillow",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Modules whose packages have other names."""


def is_installed(name: str) -> bool:
    """Whether a package is there, so that what is missing is a module of it."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def print_traceback(error: BaseException) -> None:
    """Print what Python prints, without the lines of what runs the program."""
    flush_output()
    shown = traceback.TracebackException(
        type(error), error, without_runner(error.__traceback__), compact=True
    )
    waiting, seen = [shown], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        part.stack[:] = [
            frame for frame in part.stack if not frame.filename.startswith((RUNNING, "<frozen"))
        ]
        waiting += [p for p in (part.__cause__, part.__context__) if p is not None]
    sys.stderr.write("".join(shown.format()))


def without_runner(tb: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the first frame of the program on."""
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(RUNNING):
        tb = tb.tb_next
    return tb


def complain(text: str) -> None:
    """Write a line to the standard error stream."""
    flush_output()
    sys.stderr.write(f"{text}\n")

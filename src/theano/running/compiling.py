"""Source to code objects that name the lines of the original file."""

from __future__ import annotations

import ast
import linecache
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from theano.running.conversion import Conversion, convert, syntax_error
from theano.running.dialect import future_features, parse
from theano.running.syntax import OldArrays, OldIndices, Python2Semantics

NO_COLUMN = -1


@dataclass(frozen=True)
class Compiled:
    """A program, module or cell, ready to run.

    Attributes
    ----------
    code : CodeType
    python2 : str or None
        What showed that it was Python 2.
    value : CodeType or None
        The last expression, where its value was asked for.
    """

    code: CodeType
    python2: str | None
    value: CodeType | None = None


def compile_program(
    text: str,
    file: str | Path,
    *,
    python: int | None = None,
    within: int | None = None,
    cell: int | None = None,
    first_line: int = 1,
    shown_as: str | None = None,
    with_value: bool = False,
    future: frozenset[str] = frozenset(),
) -> Compiled:
    """Compile Python 2 or Python 3 source.

    Parameters
    ----------
    text : str
    file : path
    python : {2, 3}, optional
        By default found out by trying.
    within : {2, 3}, optional
        What the program that this is a part of is written in.
    cell : int, optional
        The number of the code cell.
    first_line : int
        The line of the file that the text begins at.
    shown_as : str, optional
        The name of the file in tracebacks.
    with_value : bool
        Whether the last statement, if it is an expression, is compiled apart.
    future : frozenset of str
        Features that earlier cells imported from ``__future__``.

    Raises
    ------
    ProgramError
        If it is not Python.
    """
    done = convert(text, file, python=python, within=within, cell=cell, first_line=first_line)
    shown = str(file) if shown_as is None else shown_as
    tree = parse(done.text, shown)
    if done.python2 is not None:
        original = parse_future(done.original)
        true_division = "division" in (original | future)
        tree = Python2Semantics(true_division, goes_on=cell is not None).visit(tree)
    if "slice(" in done.text or "Ellipsis" in done.text:
        tree = OldIndices().visit(tree)
    if "array" in done.text:
        tree = OldArrays().visit(tree)
    restore_lines(tree, done, first_line)
    # In notebooks, a semicolon at the end asks not to show the value.
    shows = with_value and bool(tree.body) and not text.rstrip().endswith(";")
    last: ast.stmt | None = tree.body[-1] if shows else None
    value = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if isinstance(last, ast.Expr):
                tree.body.pop()
                value = compile(ast.Expression(last.value), shown, "eval", dont_inherit=True)
            code = compile(tree, shown, "exec", dont_inherit=True)
        except SyntaxError as error:
            error.lineno = (error.lineno or first_line) - first_line + 1
            raise syntax_error(error, text, file, cell, first_line) from None
    return Compiled(code, done.python2, value)


def parse_future(text: str) -> frozenset[str]:
    """Return what source, of either Python, imports from ``__future__``."""
    lines = [line for line in text.split("\n") if line.startswith("from __future__ import")]
    return frozenset().union(*(future_features(parse(line)) for line in lines if "(" not in line))


def restore_lines(tree: ast.Module, done: Conversion, first_line: int) -> None:
    """Give every node the line of the original, without columns where the line was changed."""
    origin = done.original_lines
    old, new = done.original.split("\n"), done.text.split("\n")
    same = [old[line - 1] == text for line, text in zip(origin, new, strict=False)]
    for node in ast.walk(tree):
        if not isinstance(
            node,
            ast.expr
            | ast.stmt
            | ast.excepthandler
            | ast.arg
            | ast.keyword
            | ast.alias
            | ast.pattern,
        ):
            continue
        start, end = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        if not (same[start] and same[end]):
            node.col_offset = node.end_col_offset = NO_COLUMN
        node.lineno = origin[start] + first_line - 1
        node.end_lineno = max(origin[end] + first_line - 1, node.lineno)


def remember_source(shown_as: str, text: str) -> None:
    """Let tracebacks and messages quote ``text`` as the lines of the file ``shown_as``."""
    # Entries without a time are not looked up on the disk again.
    linecache.cache[shown_as] = (
        len(text),
        None,
        [f"{line}\n" for line in text.split("\n")],
        shown_as,
    )

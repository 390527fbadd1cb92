"""Python 2 source to Python 3 source, by fissix, line for line where that can be."""

from __future__ import annotations

import difflib
import io
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fissix.pgen2 import tokenize
from fissix.pgen2.parse import ParseError

from theano.running.dialect import may_be_python2, parse, python2_sign
from theano.running.grammar import RefactoringTool, get_fixers_from_package
from theano.running.reading import ProgramError

PACKAGE = "fissix.fixes"
# Styles, not conversions.
OPTIONAL = frozenset({
    "buffer", "idioms", "set_literal", "ws_comma",
})  # fmt: skip
# They add lines or imports for what a program that only runs finds among its builtins, or change
# what `theano.running.importing` does at the time of the import, as Python 2 did.
BY_ENVIRONMENT = frozenset({
    "execfile", "exitfunc", "filter", "import", "input", "intern", "itertools", "itertools_imports",
    "map", "operator", "raw_input", "reduce", "reload", "types", "xrange", "zip",
})  # fmt: skip
TAB = 8


@dataclass(frozen=True)
class Conversion:
    """A program as Python 3.

    Attributes
    ----------
    text : str
    original : str
    python2 : str or None
        What showed that it was Python 2; None if it was Python 3, and is as it was.
    """

    text: str
    original: str
    python2: str | None

    @property
    def original_lines(self) -> list[int]:
        """For each line of ``text``, in order, the number of the line that it comes from."""
        old, new = self.original.split("\n"), self.text.split("\n")
        if len(old) == len(new):
            return list(range(1, len(new) + 1))
        lines = []
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        for _, old_start, old_end, new_start, new_end in matcher.get_opcodes():
            for step in range(new_end - new_start):
                lines.append(max(1, min(old_start + step + 1, max(old_end, old_start))))
        return lines


def convert(
    text: str,
    file: str | Path,
    *,
    python: int | None = None,
    within: int | None = None,
    cell: int | None = None,
    first_line: int = 1,
    port: bool = False,
) -> Conversion:
    """Convert a program to Python 3, if it is Python 2.

    Parameters
    ----------
    text : str
    file : path
        For messages.
    python : {2, 3}, optional
        What the program is written in; by default that is found out by trying.
    within : {2, 3}, optional
        What the program that this is a part of is written in, which decides where both would do.
    cell : int, optional
        The number of the code cell, for messages.
    first_line : int
        The line of the file that the text begins at, for messages.
    port : bool
        Make a program that stands alone, with the imports that it needs, rather than one for
        :mod:`theano.running` to run.

    Raises
    ------
    ProgramError
        If it is neither.
    """
    error: SyntaxError | None = None
    sign = "as asked" if python == 2 else None
    if python != 2:
        try:
            tree = parse(text)
        except SyntaxError as found:
            if python == 3:
                raise syntax_error(found, text, file, cell, first_line) from None
            error, sign = found, f"line {found.lineno}: {found.msg}"
        else:
            sign = python2_sign(text, tree) if python is None else None
            if sign is None and python is None and within == 2 and may_be_python2(text, tree):
                sign = "part of a program in Python 2"
            if sign is None:
                return Conversion(text, text, None)
    try:
        converted = refactor(text, str(file), port)
        parse(converted)
    except (ParseError, SyntaxError, tokenize.TokenError, IndentationError) as found:
        # The one that understood more of it says what is wrong.
        other = as_syntax_error(found, text)
        ended = isinstance(found, tokenize.TokenError)
        if error is None or (not ended and (other.lineno or 1) > (error.lineno or 1)):
            error = other
        raise syntax_error(error, text, file, cell, first_line) from None
    return Conversion(converted, text, sign)


def refactor(text: str, name: str, port: bool) -> str:
    """Return Python 2 source as Python 3 source."""
    text = spaces_for_tabs(text)
    # The grammar wants a last line end, and takes one as it takes the program's own.
    tree = refactoring_tool(port).refactor_string(text + "\n", name)
    return str(tree)[:-1]


@cache
def refactoring_tool(port: bool) -> RefactoringTool:
    """Return the fixers, which take a while to make."""
    logging.getLogger("RefactoringTool").setLevel(logging.ERROR)
    left_out = OPTIONAL if port else OPTIONAL | BY_ENVIRONMENT
    fixers = [
        name
        for name in get_fixers_from_package(PACKAGE)
        if name.removeprefix(f"{PACKAGE}.fix_") not in left_out
    ]
    return RefactoringTool(fixers, explicit=fixers)


def spaces_for_tabs(text: str) -> str:
    """Indent with spaces; a tab goes to the next multiple of eight, as Python 2 had it."""
    lines = text.split("\n")
    if not any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return text
    inside = lines_inside_strings(text)
    for i, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and i + 1 not in inside:
            lines[i] = indent.expandtabs(TAB) + line[len(indent) :]
    return "\n".join(lines)


def lines_inside_strings(text: str) -> set[int]:
    """Return the numbers of the lines that begin inside of a string."""
    inside: set[int] = set()
    try:
        for kind, _, start, end, _ in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
            if kind == tokenize.STRING:
                inside.update(range(start[0] + 1, end[0] + 1))
    except (tokenize.TokenError, IndentationError):
        pass
    return inside


def as_syntax_error(error: Exception, text: str) -> SyntaxError:
    """Return what the grammar of fissix says in the form that Python says it."""
    if isinstance(error, SyntaxError):
        return error
    if isinstance(error, ParseError):
        _, (line, _) = error.context
        return SyntaxError("invalid syntax", ("", line, 1, None))
    line = error.args[1][0] if len(error.args) > 1 else text.count("\n") + 1
    return SyntaxError(str(error.args[0]), ("", line, 1, None))


def syntax_error(
    error: SyntaxError, text: str, file: str | Path, cell: int | None, first_line: int
) -> ProgramError:
    """Return the message about what is neither Python 2 nor Python 3."""
    line = error.lineno or 1
    lines = text.split("\n")
    return ProgramError(
        f"syntax error: {error.msg}",
        file=file,
        cell=cell,
        line=line + first_line - 1,
        text=lines[min(line, len(lines)) - 1],
    )

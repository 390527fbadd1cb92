"""Code cells, and what IPython adds to Python in them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from fissix.pgen2 import tokenize

PYTHON_NAMES = frozenset({
    "py", "py2", "py3", "python", "python2", "python3", "ipython", "ipython2", "ipython3",
    "pycon", "pycon2", "pycon3", "python-repl", "python2.7", "sage", "theano", "code-cell",
})  # fmt: skip
MAGIC = re.compile(r"^(?P<indent>[ \t]*)(?P<mark>%{1,2}|!{1,2}|\?{1,2})(?P<said>[^\s=].*)$")
CAPTURED = re.compile(
    r"^(?P<indent>[ \t]*)(?P<names>[\w, \t]+?)[ \t]*=[ \t]*[!%](?P<said>[A-Za-z].*)$"
)
HELP = re.compile(r"^(?P<indent>[ \t]*)(?P<said>[\w.\[\]'\"]+)\?{1,2}[ \t]*$")
PYLAB = (
    "import numpy; import matplotlib; from matplotlib import pylab, mlab, pyplot; np = numpy; "
    "plt = pyplot; from numpy import *; from matplotlib.pyplot import *"
)
# They change how things look or are timed, not what is computed.
QUIET = frozenset({
    "matplotlib", "config", "load_ext", "reload_ext", "autoreload", "autosave", "precision",
    "colors", "doctest_mode", "logstart", "pdb", "pprint", "xmode", "aimport", "page", "gui",
    "automagic",
})  # fmt: skip
SETTING = re.compile(r"(?<=\w)[= ](?=.)")
RUN_FILE = "__execute_file__"
"""A builtin of programs that run."""
RUN_AS_THEY_ARE = frozenset({"time", "prun", "memit", "mprun", "lprun"})


@dataclass
class Cell:
    """One piece of code of a document.

    Attributes
    ----------
    number : int
        From 1, in the order of the document.
    source : str
        As it stands in the document, marks taken off.
    line : int
        The line of the document that it begins at, from 1; 1 in a notebook.
    certain : bool
        Whether the document says that it is Python, so that a syntax error is one.
    echo : bool
        Whether the value of a last expression was shown.
    prompt : int or None
        The number in its ``In [n]:``.
    raises : bool
        Whether the document shows that it ended in an exception.
    """

    number: int
    source: str
    line: int = 1
    certain: bool = True
    echo: bool = False
    prompt: int | None = None
    raises: bool = False


@dataclass
class Plain:
    """A cell without what IPython adds.

    Attributes
    ----------
    text : str
        Python, line for line.
    skipped : list of (int, str)
        Lines that are not executed, with their numbers in the cell.
    foreign : str or None
        The language of a cell that is not Python, such as ``bash``.
    """

    text: str
    skipped: list[tuple[int, str]] = field(default_factory=list)
    foreign: str | None = None


def plain_python(source: str) -> Plain:
    """Replace magics, shell commands and questions by Python that does what they stand for."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return Plain(source)
    skipped: list[tuple[int, str]] = []
    if lines[first].startswith("%%"):
        name, _, rest = lines[first][2:].partition(" ")
        if name in ("file", "writefile") and rest:
            return Plain(writing(rest.split(), lines[first + 1 :]))
        if name not in ("time", "timeit", "capture", "prun", "python", "python2", "python3", "py"):
            return Plain("", foreign=name)
        lines[first] = "" if name != "timeit" else f"pass  # {rest}"
        inner = plain_python("\n".join(lines))
        return Plain(inner.text, inner.skipped)
    candidates = {
        i: replaced for i, line in enumerate(lines) if (replaced := replacement(line)) is not None
    }
    if not candidates:
        return Plain(source)
    for i in candidates.keys() & continued_lines(lines, candidates):
        del candidates[i]
    for i, (text, said) in candidates.items():
        if said is not None:
            skipped.append((i + 1, said))
        lines[i] = text
    return Plain("\n".join(lines), skipped)


def replacement(line: str) -> tuple[str, str | None] | None:
    """Return Python for a line of IPython's, and the line itself where it is skipped; or None."""
    found = HELP.match(line)
    if found:
        return found["indent"] + "pass", None
    found = CAPTURED.match(line)
    if found:
        return f"{found['indent']}{found['names']} = []", line.strip()
    found = MAGIC.match(line)
    if not found:
        return None
    indent, said = found["indent"], found["said"]
    if found["mark"].startswith("?"):
        return indent + "pass", None
    if found["mark"].startswith("!"):
        return indent + "pass", line.strip()
    name, _, rest = said.partition(" ")
    rest = re.sub(r"^(-\w+\s+(\d+\s+)?)*", "", rest.strip())
    if not name.isidentifier():
        return None
    if name == "pylab":
        return indent + PYLAB, None
    if name in RUN_AS_THEY_ARE and rest:
        return indent + rest, None
    if name == "run" and rest:
        return f"{indent}{RUN_FILE}({rest.split()[0]!r})", None
    if name in ("env", "set_env") and SETTING.search(rest):
        return (
            f"{indent}__import__('os').environ.update([{SETTING.split(rest, maxsplit=1)!r}])",
            None,
        )
    if name == "cd" and rest:
        return f"{indent}__import__('os').chdir({rest!r})", None
    return indent + "pass", None if name in QUIET else line.strip()


def writing(words: list[str], lines: list[str]) -> str:
    """Return Python that writes lines to the file that ``%%writefile`` names."""
    mode = "a" if "-a" in words else "w"
    text = "\n".join(lines).rstrip("\n") + "\n"
    return f"with open({words[-1]!r}, {mode!r}) as _written: _written.write({text!r})"


def continued_lines(lines: list[str], candidates: dict[int, tuple[str, str | None]]) -> set[int]:
    """Return the candidates that stand within a string or brackets, or after a backslash."""
    text = "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if i in candidates else line
        for i, line in enumerate(lines)
    )
    inside = {i for i in candidates if i and lines[i - 1].endswith("\\")}
    depth = 0
    try:
        for kind, token, start, end, _ in tokenize.generate_tokens(
            io.StringIO(text + "\n").readline
        ):
            if kind == tokenize.STRING:
                inside.update(range(start[0], end[0]))
            if depth > 0 and start[0] - 1 in candidates:
                inside.add(start[0] - 1)
            if kind == tokenize.OP:
                depth += (token in "([{") - (token in ")]}")
    except (tokenize.TokenError, IndentationError):
        pass
    return inside

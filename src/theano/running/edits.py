"""Changes of a ported program beyond Python's own syntax: divisions, and names that are gone."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from theano.running.conversion import convert
from theano.running.dialect import future_features, parse, quotients_that_count
from theano.running.numpy_names import BUILTINS, MADE, RENAMED
from theano.running.standard_names import ABSTRACT, MOVED_MODULES, MOVED_NAMES, TEST_METHODS

WHOLE_CALLS = frozenset({"len", "int", "ord", "id"})
FLOAT_CALLS = frozenset({
    "float", "exp", "log", "log10", "log2", "sqrt", "tanh", "sin", "cos", "mean", "std", "var",
    "norm", "softmax", "sigmoid", "rand", "randn", "uniform", "normal", "time",
})  # fmt: skip
STANDARD = {
    "time.clock": "time.perf_counter",
    "fractions.gcd": "math.gcd",
    "inspect.getargspec": "inspect.getfullargspec",
    "os.getcwdu": "os.getcwd",
    "string.letters": "string.ascii_letters",
    "string.lowercase": "string.ascii_lowercase",
    "string.uppercase": "string.ascii_uppercase",
    "string.maketrans": "str.maketrans",
    "sys.maxint": "sys.maxsize",
}


@dataclass(frozen=True)
class Remark:
    """What a person should look at.

    Attributes
    ----------
    line : int
        Of the ported program, or of its cell, from 1.
    said : str
    where : str
        The cell, as ``"cell 3"``; empty for a script.
    """

    line: int
    said: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}, line {self.line}" if self.where else f"line {self.line}"
        return f"{place}: {self.said}"


@dataclass
class Ported:
    """A program for Python 3 and today's NumPy.

    Attributes
    ----------
    text : str
    original : str
    changes : dict
        What was changed, and how often.
    remarks : list of Remark
        What a person should look at.
    """

    text: str
    original: str
    changes: dict[str, int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def diff(self, name: str) -> str:
        """Return the changes as a unified diff."""
        return "".join(
            difflib.unified_diff(
                self.original.splitlines(keepends=True),
                self.text.splitlines(keepends=True),
                f"a/{name}",
                f"b/{name}",
            )
        )


@dataclass(frozen=True)
class Edit:
    """Replaces a piece of one line."""

    line: int
    start: int
    end: int
    new: str
    kind: str


def port_text(text: str, file: str, python: int | None = None, within: int | None = None) -> Ported:
    """Return a program as one for Python 3 and today's NumPy.

    Parameters
    ----------
    text, file : str
    python, within : {2, 3}, optional
        What it, and the program that it is a part of, is written in; see :func:`convert`.

    Raises
    ------
    ProgramError
        If it is not Python.
    """
    done = convert(text, file, python=python, within=within, port=True)
    ported = Ported(done.text, text)
    if done.python2 is not None:
        same = difflib.SequenceMatcher(None, text.split("\n"), done.text.split("\n"), False)
        changed = sum(
            max(a2 - a1, b2 - b1) for op, a1, a2, b1, b2 in same.get_opcodes() if op != "equal"
        )
        if changed:
            ported.changes["lines from Python 2 to Python 3"] = changed
    tree = parse(done.text)
    lines = done.text.split("\n")
    edits: list[Edit] = []
    names = imported_names(tree)
    edits += renamed(tree, names, ported.remarks)
    if done.python2 is not None:
        original = parse_quietly(text)
        if "division" not in original:
            edits += divisions(tree, lines, ported.remarks)
        edits += strings_raised(tree)
        edits += doubled_brackets(tree, lines)
        ported.remarks += python2_remarks(tree)
    for edit in sorted(set(edits), key=lambda e: (e.line, e.start), reverse=True):
        line = lines[edit.line - 1].encode()
        lines[edit.line - 1] = (line[: edit.start] + edit.new.encode() + line[edit.end :]).decode()
        ported.changes[edit.kind] = ported.changes.get(edit.kind, 0) + 1
    ported.text = "\n".join(lines)
    parse(ported.text)
    ported.remarks.sort(key=lambda remark: remark.line)
    return ported


def parse_quietly(text: str) -> frozenset[str]:
    """Return what a program of Python 2 imports from ``__future__``."""
    found: frozenset[str] = frozenset()
    for line in text.split("\n"):
        if line.startswith("from __future__ import"):
            try:
                found |= future_features(parse(line))
            except SyntaxError:
                continue
    return found


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each name that an import gives stands for: ``{"np": "numpy"}``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """Return the full name of ``np.random.rand``, by what is imported; None for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def renamed(tree: ast.Module, names: dict[str, str], remarks: list[Remark]) -> Iterator[Edit]:
    """Yield the edits of names that NumPy and the standard library renamed or removed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in MOVED_MODULES:
            remarks.append(
                Remark(node.lineno, f"{node.module} is now {MOVED_MODULES[node.module]}")
            )
        if isinstance(node, ast.ImportFrom) and node.module in MOVED_NAMES:
            for alias in node.names:
                home = MOVED_NAMES[node.module].get(alias.name)
                if home is not None and not home.startswith("theano"):
                    remarks.append(Remark(node.lineno, f"{node.module}.{alias.name} is now {home}"))
        if not isinstance(node, ast.Attribute):
            continue
        full = dotted(node, names)
        if full is None:
            continue
        owner, _, name = full.rpartition(".")
        new: str | None = None
        shown = ast.unparse(node)
        if owner == "numpy" and name in RENAMED:
            new = f"{ast.unparse(node.value)}.{RENAMED[name]}"
        elif owner == "numpy" and name in BUILTINS and name not in ("bool", "long"):
            new = BUILTINS[name].__name__
        elif owner == "numpy" and name in MADE:
            remarks.append(Remark(node.lineno, f"NumPy has no {name} any more"))
        elif full in STANDARD and STANDARD[full].rpartition(".")[0] == owner:
            new = f"{ast.unparse(node.value)}.{STANDARD[full].rpartition('.')[2]}"
        elif full in STANDARD:
            remarks.append(Remark(node.lineno, f"{full} is now {STANDARD[full]}"))
        elif owner == "collections" and name in ABSTRACT:
            remarks.append(Remark(node.lineno, f"{full} is now collections.abc.{name}"))
        elif name in TEST_METHODS and owner == "self":
            new = f"self.{TEST_METHODS[name]}"
        if new is not None and node.end_col_offset is not None and node.lineno == node.end_lineno:
            yield Edit(node.lineno, node.col_offset, node.end_col_offset, new, f"{shown} to {new}")


def divisions(tree: ast.Module, lines: list[str], remarks: list[Remark]) -> Iterator[Edit]:
    """Yield ``//`` for the divisions of what is surely whole; the doubtful ones are remarked."""
    counts = {id(count) for node in ast.walk(tree) for count in quotients_that_count(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left, right = node.left, node.right
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            left, right = node.target, node.value
        else:
            continue
        kinds = whole(left), whole(right)
        if False in kinds:
            continue
        if kinds == (True, True) or id(node) in counts:
            place = sign_between(left, right, lines)
            if place is not None:
                yield Edit(place[0], place[1], place[1] + 1, "//", "/ of integers to //")
                continue
        remarks.append(
            Remark(
                node.lineno,
                f"{ast.unparse(node)}: Python 2 floored this if both sides were integers; "
                "then write //",
            )
        )


def whole(node: ast.expr) -> bool | None:
    """Whether an expression is an integer: True, False (surely not one), or None (unknown)."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int) if isinstance(value, int | float | complex) else None
        case ast.UnaryOp(operand=operand):
            return whole(operand)
        case ast.BinOp(left=left, right=right, op=op):
            kinds = whole(left), whole(right)
            if False in kinds:
                return False
            return True if kinds == (True, True) and not isinstance(op, ast.Div) else None
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            if name in WHOLE_CALLS:
                return True
            return False if name in FLOAT_CALLS else None
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return True
        case ast.Attribute(attr="size" | "ndim"):
            return True
    return None


def sign_between(left: ast.expr, right: ast.expr, lines: list[str]) -> tuple[int, int] | None:
    """Return line and byte of the ``/`` between two operands, where both stand on one line."""
    if left.end_lineno != right.lineno or left.end_col_offset is None:
        return None
    between = lines[right.lineno - 1].encode()[left.end_col_offset : right.col_offset]
    if between.count(b"/") != 1:
        return None
    return right.lineno, left.end_col_offset + between.index(b"/")


def strings_raised(tree: ast.Module) -> Iterator[Edit]:
    """Yield ``raise Exception("text")`` for ``raise "text"``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Constant):
            continue
        text = node.exc
        if isinstance(text.value, str) and text.lineno == text.end_lineno:
            assert text.end_col_offset is not None
            kind = 'raise "text" to raise Exception("text")'
            yield Edit(text.lineno, text.end_col_offset, text.end_col_offset, ")", kind)
            yield Edit(text.lineno, text.col_offset, text.col_offset, "Exception(", kind)


def doubled_brackets(tree: ast.Module, lines: list[str]) -> Iterator[Edit]:
    """Yield ``print(x)`` for ``print((x))``, which ``print (x)`` becomes."""
    kind = "print((x)) to print(x)"
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and is_name(node, "print") and len(node.args) == 1):
            continue
        (said,) = node.args
        name = node.func
        if isinstance(said, ast.Tuple | ast.Starred | ast.GeneratorExp) or node.keywords:
            continue
        assert name.end_col_offset is not None
        assert said.end_col_offset is not None
        assert said.end_lineno is not None
        if name.lineno != said.lineno or said.end_lineno != node.end_lineno:
            continue
        before = lines[name.lineno - 1].encode()[name.end_col_offset : said.col_offset]
        after = lines[said.end_lineno - 1].encode()[said.end_col_offset : node.end_col_offset]
        if before == b"((" and after == b"))":
            yield Edit(said.lineno, said.col_offset - 1, said.col_offset, "", kind)
            yield Edit(said.end_lineno, said.end_col_offset, said.end_col_offset + 1, "", kind)


CHECKS: tuple[tuple[Callable[[ast.Call], bool], str], ...] = (
    (
        lambda call: is_method(call, "decode") or is_method(call, "encode"),
        "strings are text now, and have encode; bytes have decode",
    ),
    (
        lambda call: (
            is_method(call, "load")
            and "pickle" in ast.unparse(call.func).lower()
            and not call.keywords
        ),
        'a pickle that Python 2 wrote needs encoding="latin1"',
    ),
    (
        lambda call: is_method(call, "sort") and bool(call.args),
        "sort takes key=, and no comparison: functools.cmp_to_key makes one of the other",
    ),
    (
        lambda call: (is_name(call, "exec") or is_name(call, "eval")) and bool(call.args),
        "code in strings is left as it was",
    ),
    (lambda call: is_name(call, "cmp"), "cmp is gone: (a > b) - (a < b)"),
    (lambda call: is_name(call, "round"), "round gives an int, and rounds halves to even"),
    (lambda call: is_method(call, "tostring"), "tostring is now tobytes"),
)


def is_method(call: ast.Call, name: str) -> bool:
    """Whether a call is ``….name(…)``."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == name


def is_name(call: ast.Call, name: str) -> bool:
    """Whether a call is ``name(…)``."""
    return isinstance(call.func, ast.Name) and call.func.id == name


def python2_remarks(tree: ast.Module) -> list[Remark]:
    """Return remarks on what was converted and may mean something else."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said_by_methods = {id(call.func) for call in calls}
    return [
        Remark(node.lineno, f"{ast.unparse(node)[:60]}: {said}")
        for node in calls
        for applies, said in CHECKS
        if applies(node)
    ] + [
        Remark(node.lineno, f"{ast.unparse(node)[:60]}: exceptions have args, and no message")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "message"
        and isinstance(node.ctx, ast.Load)
        and id(node) not in said_by_methods
    ]

"""A graph as an indented tree of operations."""

from __future__ import annotations

import sys
from itertools import count
from typing import Any

from theano.compile.function_object import Function
from theano.graph import Apply, FunctionGraph, Variable

MAX_INDENTED = 50
"""Levels that are shown by indentation. Deeper ones say their number: with two more characters for
each level, a chain of 100,000 operations would take 10 GB."""


def debugprint(
    obj: Any,
    depth: int = -1,
    print_type: bool = False,
    file: Any = None,
    ids: str = "CHAR",
    stop_on_name: bool = False,
) -> Any:
    """Print a graph, each operation above its inputs.

    Inputs are indented; below the 50th level they have the number of their level instead.

    Parameters
    ----------
    obj : variable, Apply, Function, FunctionGraph, or a list of such
    depth : int
        How many levels to print; -1 for all.
    print_type : bool
        Show the type of each variable.
    file : file, "str" or None
        Where to print; ``"str"`` returns the text; None is the standard output.
    ids : {"CHAR", "int", ""}
        How operations are told apart: letters, numbers, or not at all. One that was printed before
        is not opened again.
    stop_on_name : bool
        Do not open a variable that has a name.

    Returns
    -------
    str or file
        The text for ``file="str"``, else the file.

    Raises
    ------
    TypeError
        ``obj`` is nothing that can be printed.
    """
    lines: list[str] = []
    labels: dict[Any, str] = {}
    numbers = count()
    todo = [(v, 0) for v in reversed(roots_of(obj))]
    while todo:
        variable, level = todo.pop()
        node = variable.owner
        key = variable if node is None else node
        seen = key in labels
        if not seen:
            labels[key] = label(next(numbers), ids)
        what = str(variable) if node is None else str(node.op)
        if node is not None and len(node.outputs) > 1:
            what += f".{variable.index}"
        kind = f" <{variable.type}>" if print_type else ""
        name = f" '{variable.name}'" if node is not None and variable.name else ""
        lines.append(f"{indentation(level)}{what}{kind} {labels[key]}{name}".rstrip())
        stop = stop_on_name and variable.name is not None
        if node is None or seen or stop or level + 1 == depth:
            continue
        todo.extend((v, level + 1) for v in reversed(node.inputs))
    text = "\n".join(lines) + "\n"
    if file == "str":
        return text
    out = sys.stdout if file is None else file
    out.write(text)
    return out


def roots_of(obj: Any) -> list[Variable]:
    """Return the variables that ``obj`` computes.

    Raises
    ------
    TypeError
        It computes none.
    """
    if isinstance(obj, (list, tuple)):
        return [v for one in obj for v in roots_of(one)]
    if isinstance(obj, Variable):
        return [obj]
    if isinstance(obj, Apply):
        return list(obj.outputs)
    if isinstance(obj, Function):
        return list(obj.maker.fgraph.outputs)
    if isinstance(obj, FunctionGraph):
        return list(obj.outputs)
    raise TypeError(f"debugprint prints variables, nodes, graphs and functions, not {obj!r}")


def indentation(level: int) -> str:
    """Return what stands before an operation that is ``level`` steps below the root."""
    return " |" * level if level <= MAX_INDENTED else f"{' |' * MAX_INDENTED} ({level}) "


def label(number: int, ids: str) -> str:
    """Return the mark of the operation that is printed as number ``number``."""
    if ids == "":
        return ""
    if ids == "int":
        return f"[id {number}]"
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"[id {letters}]"

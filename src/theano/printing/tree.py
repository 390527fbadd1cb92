"""A graph as an indented tree of operations."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from numbers import Number
from typing import Any

import numpy as np

from theano.compile.function_object import Function
from theano.compile.io import In, Out
from theano.errors import usage_error
from theano.graph import Apply, FunctionGraph, Variable
from theano.printing.naming import letters, op_text

__all__ = ["debugprint"]

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
    done: dict[Any, str] | None = None,
    print_storage: bool = False,
    print_clients: bool = False,
    used_ids: dict[Any, str] | None = None,
) -> Any:
    """Print a graph, each operation above its inputs.

    A line shows an operation or an input, which of several outputs is meant, the mark by which it
    is referred to, and the name of the variable in quotes. For a function the number of the
    operation in the order of computation follows. Inputs are indented; below the 50th level they
    have the number of their level instead. What is inside of loops and other ops that have a
    graph of their own is printed afterwards.

    Parameters
    ----------
    obj : variable, Apply, Function, FunctionGraph, In, Out, number, or a list, tuple or set of such
    depth : int
        How many levels to print; -1 for all.
    print_type : bool
        Show the type of each variable.
    file : file, "str" or None
        Where to print; ``"str"`` returns the text; None is the standard output.
    ids : {"CHAR", "int", "id", ""}
        How operations are told apart: letters, numbers, Python's ``id``, or not at all. One that
        was printed before is not opened again.
    stop_on_name : bool
        Do not open a variable that has a name.
    done : dict, optional
        Takes up what was printed, with its mark. Given to a second call, it goes on from there.
    print_storage : bool
        Show what is stored for each variable of a function: nothing between calls.
    print_clients : bool
        For variables with more than one user, show who they are.
    used_ids : dict, optional
        Marks of things that were only referred to.

    Returns
    -------
    str or file
        The text for ``file="str"``, else what was given as ``file``.

    Raises
    ------
    TypeError
        ``obj`` is nothing that can be printed, or ``depth`` is no integer.
    ValueError
        ``ids`` is not known.
    """
    if isinstance(depth, bool) or not isinstance(depth, (int, np.integer)):
        raise usage_error(
            TypeError, "debugprint was given a depth that is no integer", expected="int", got=depth
        )
    if ids not in ("CHAR", "int", "id", ""):
        raise usage_error(
            ValueError,
            "debugprint was given ids that it does not know",
            expected="'CHAR', 'int', 'id' or ''",
            got=repr(ids),
        )
    tree = Tree(depth, print_type, ids, stop_on_name, print_storage, print_clients, done, used_ids)
    for one in flat(obj):
        tree.print_object(one)
    tree.print_inner_graphs()
    text = "".join(f"{line}\n" for line in tree.lines)
    if file == "str":
        return text
    (sys.stdout if file is None else file).write(text)
    return file


def flat(obj: Any) -> Iterator[Any]:
    """Yield what is in lists, one after another."""
    if isinstance(obj, (list, tuple, set, frozenset)):
        for one in obj:
            yield from flat(one)
    else:
        yield obj


class Tree:
    """The lines that are printed so far."""

    def __init__(
        self,
        depth: int,
        print_type: bool,
        ids: str,
        stop_on_name: bool,
        print_storage: bool,
        print_clients: bool,
        done: dict[Any, str] | None,
        used_ids: dict[Any, str] | None,
    ) -> None:
        self.depth, self.print_type, self.ids = depth, print_type, ids
        self.stop_on_name = stop_on_name
        self.print_storage, self.print_clients = print_storage, print_clients
        self.lines: list[str] = []
        self.done = {} if done is None else done
        self.marks = {} if used_ids is None else used_ids
        self.marks.update(self.done)
        self.with_graphs: list[Variable] = []

    def print_object(self, obj: Any) -> None:
        """Print what one object computes.

        Raises
        ------
        TypeError
            It computes nothing.
        """
        if isinstance(obj, (In, Out)):
            obj = obj.variable
        if isinstance(obj, Variable):
            self.print_roots([obj])
        elif isinstance(obj, Apply):
            self.print_roots(obj.outputs)
        elif isinstance(obj, (Function, FunctionGraph)):
            fgraph = obj.maker.fgraph if isinstance(obj, Function) else obj
            storage = " [None]" if self.print_storage and isinstance(obj, Function) else ""
            self.print_roots(fgraph.outputs, fgraph, storage)
        elif isinstance(obj, (Number, np.ndarray)):
            self.lines.append(str(obj))
        else:
            raise usage_error(
                TypeError,
                "debugprint prints variables, nodes, graphs and functions, not this",
                got=obj,
            )

    def print_roots(
        self, roots: Sequence[Variable], fgraph: FunctionGraph | None = None, storage: str = ""
    ) -> None:
        """Print variables, each with all that it is computed from."""
        order = {} if fgraph is None else {n: str(i) for i, n in enumerate(fgraph.toposort())}
        for root in roots:
            if has_graph(root):
                self.with_graphs.append(root)
            self.print_tree(root, order=order, fgraph=fgraph, storage=storage)

    def print_inner_graphs(self) -> None:
        """Print what is inside of the ops that were met, and of those that are met there."""
        if not self.with_graphs:
            return
        self.lines += ["", "Inner graphs of the scan ops:"]
        if not all(is_loop(v) for v in self.with_graphs):
            self.lines[-1] = "Inner graphs:"
        for variable in self.with_graphs:
            self.lines.append("")
            self.print_tree(variable)
            node = variable.owner
            assert node is not None
            for graph in node.op.inner_graphs:
                # A loop is first given numbers that its step does not see.
                outer = node.inputs[len(node.inputs) - len(graph.inputs) :]
                outside = dict(zip(graph.inputs, outer, strict=False))
                for output in graph.outputs:
                    if has_graph(output):
                        self.with_graphs.append(output)
                    self.print_tree(output, " >", outside)

    def print_tree(
        self,
        root: Variable,
        prefix: str = "",
        outside: dict[Variable, Variable] | None = None,
        order: dict[Apply, str] | None = None,
        fgraph: FunctionGraph | None = None,
        storage: str = "",
    ) -> None:
        """Print one variable with all that it is computed from.

        Parameters
        ----------
        root : Variable
        prefix : str
            In front of each line.
        outside : dict, optional
            From the inputs of an inner graph to what the op is given for them.
        order : dict, optional
            The number of each node.
        fgraph : FunctionGraph, optional
            Tells who uses a variable.
        storage : str
            What each line ends with.
        """
        # A variable, what stands before it, what stands before what is below it, its level.
        todo = [(root, prefix, prefix, 0)]
        while todo:
            variable, before, below, level = todo.pop()
            if level == self.depth:
                continue
            if level > MAX_INDENTED:
                before = f"{prefix}{' |' * MAX_INDENTED} ({level}) "
            node = variable.owner
            kind = f" <{variable.type}>" if self.print_type else ""
            if node is None:
                mark = self.mark(variable)
                source = ""
                if outside and variable in outside:
                    outer = outside[variable]
                    source = f" -> {self.mark(outer if outer.owner is None else outer.owner)}"
                self.lines.append(f"{before}{variable} {mark}{kind}{source or storage}")
                continue
            was_printed = node in self.done
            mark = self.mark(node)
            which = f".{variable.index}" if len(node.outputs) > 1 else ""
            number = (order or {}).get(node, "")
            self.lines.append(
                f"{before}{op_text(node.op)}{which} {mark}{kind} '{variable.name or ''}'   "
                f"{number}{storage}{self.clients(variable, fgraph, order or {})}"
            )
            if was_printed or (self.stop_on_name and variable.name is not None):
                continue
            for i, x in reversed(list(enumerate(node.inputs))):
                is_last = i == len(node.inputs) - 1
                shown = below if level < MAX_INDENTED else ""
                todo.append((x, f"{shown} |", shown + ("  " if is_last else " |"), level + 1))
            if level + 1 != self.depth:
                self.with_graphs.extend(x for x in node.inputs if has_graph(x))

    def mark(self, thing: Any, *, is_printed: bool = True) -> str:
        """Return the mark of a node or of an input, a new one where it has none."""
        if thing not in self.marks:
            label = {
                "CHAR": lambda: letters(len(self.marks)),
                "int": lambda: str(len(self.marks)),
                "id": lambda: str(id(thing)),
            }.get(self.ids)
            self.marks[thing] = "" if label is None else f"[id {label()}]"
        if is_printed:
            self.done[thing] = self.marks[thing]
        return self.marks[thing]

    def clients(
        self, variable: Variable, fgraph: FunctionGraph | None, order: dict[Apply, str]
    ) -> str:
        """Return who uses a variable, if there are several and they are to be shown."""
        if not self.print_clients or fgraph is None:
            return ""
        users = [client for client, _ in fgraph.clients.get(variable, ())]
        if len(users) < 2:
            return ""
        if "output" in users:
            # It takes up a mark, as Theano has it.
            self.marks.setdefault("output", "output")
        shown = [
            ("output", "")
            if isinstance(user, str)
            else (self.mark(user, is_printed=False), int(order[user]))
            for user in users
        ]
        return f" clients:{shown}"


def has_graph(variable: Variable) -> bool:
    """Whether a variable is computed by an op that has a graph of its own."""
    return variable.owner is not None and bool(variable.owner.op.inner_graphs)


def is_loop(variable: Variable) -> bool:
    """Whether a variable is computed by a loop."""
    assert variable.owner is not None
    return type(variable.owner.op).__name__ in ("Loop", "Scan")

"""Questions about graphs, by the names and in the order that programs know them by.

Each takes lists of variables and returns lists. A walk goes from the last output to the first, and
from a node's first input to its last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from theano.graph import traversal
from theano.graph.apply import Apply
from theano.graph.ordering import toposort
from theano.graph.variable import Variable, construction_lists

__all__ = [
    "ancestors",
    "as_string",
    "clone",
    "clone_get_equiv",
    "general_toposort",
    "inputs",
    "io_connection_pattern",
    "is_in_ancestors",
    "list_of_nodes",
    "nodes_constructed",
    "op_as_string",
    "ops",
    "orphans",
    "stack_search",
    "variables",
    "variables_and_orphans",
    "view_roots",
]


@contextmanager
def nodes_constructed() -> Iterator[list[Variable]]:
    """Note the variables that are made within: ``with nodes_constructed() as made``."""
    made: list[Variable] = []
    construction_lists.append(made)
    try:
        yield made
    finally:
        # By identity: two lists of nothing are equal.
        construction_lists[:] = [one for one in construction_lists if one is not made]


def stack_search(
    start: deque[Any], expand: Callable[[Any], Any], mode: str = "bfs", build_inv: bool = False
) -> Any:
    """Return everything that is reached from ``start``, each once, in the order of the visits.

    Parameters
    ----------
    start : deque
        Where to begin; empty afterwards.
    expand : callable
        Returns what is reached from one of them, or None.
    mode : {"bfs", "dfs"}
        Breadth first, or depth first from the last.
    build_inv : bool
        Return also a dict from what is reached to the list of what it was reached from.

    Raises
    ------
    ValueError
        The mode is not known.
    """
    if mode not in ("bfs", "dfs"):
        raise ValueError(f"the mode of stack_search must be 'bfs' or 'dfs', got {mode!r}")
    take = start.popleft if mode == "bfs" else start.pop
    seen: set[int] = set()
    found: list[Any] = []
    reached_from: dict[Any, list[Any]] = {}
    while start:
        one = take()
        if id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        following = list(expand(one) or ())
        if build_inv:
            for other in following:
                reached_from.setdefault(other, []).append(one)
        start.extend(following)
    return (found, reached_from) if build_inv else found


def ancestors(
    variable_list: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> list[Variable]:
    """Return every variable that ``variable_list`` depends on, itself included.

    What is behind a variable in ``blockers`` is left out.
    """
    return list(traversal.ancestors(reversed(list(variable_list)), blockers))


def inputs(
    variable_list: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> list[Variable]:
    """Return the variables without an owner that ``variable_list`` depends on; constants too."""
    return [v for v in ancestors(variable_list, blockers) if v.owner is None]


def variables_and_orphans(
    i: Iterable[Variable], o: Iterable[Variable]
) -> tuple[list[Variable], list[Variable]]:
    """Return the variables between ``i`` and ``o``, and those without an owner not among ``i``.

    All outputs of a node are between, also those that ``o`` does not need.
    """
    given = set(i)

    def expand(variable: Variable) -> Any:
        if variable.owner is None or variable in given:
            return None
        return reversed([*variable.owner.inputs, *variable.owner.outputs])

    found = stack_search(deque(o), expand, "dfs")
    return found, [v for v in found if v.owner is None and v not in given]


def variables(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return the variables between ``i`` and ``o``, themselves included."""
    return variables_and_orphans(i, o)[0]


def orphans(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return the variables without an owner that ``o`` depends on besides ``i``."""
    return variables_and_orphans(i, o)[1]


def ops(i: Iterable[Variable], o: Iterable[Variable]) -> set[Apply]:
    """Return the nodes between ``i`` and ``o``."""
    return set(traversal.io_toposort(i, o))


def list_of_nodes(inputs: Iterable[Variable], outputs: Iterable[Variable]) -> list[Apply]:
    """Return the nodes between ``inputs`` and ``outputs``, breadth first from the outputs."""
    given = set(inputs)

    def expand(node: Apply) -> list[Apply]:
        return [
            v.owner
            for v in node.inputs
            if v.owner is not None and given.isdisjoint(v.owner.outputs)
        ]

    found: list[Apply] = stack_search(deque(v.owner for v in outputs), expand)
    return found


def is_in_ancestors(l_node: Apply, f_node: Apply) -> bool:
    """Whether ``l_node`` is ``f_node`` or depends on it."""
    return f_node in toposort(l_node.outputs)


def view_roots(r: Variable) -> list[Variable]:
    """Return the variables whose memory ``r`` may be a view of, as the ops' ``view_map`` says."""
    roots: list[Variable] = []
    todo = [r]
    while todo:
        variable = todo.pop()
        node, index = variable.owner, variable.index
        viewed = None if node is None or index is None else node.op.view_map.get(index)
        if node is None or viewed is None:
            roots.append(variable)
        else:
            todo.extend(node.inputs[i] for i in reversed(viewed))
    return roots


def io_connection_pattern(
    inputs: Sequence[Variable], outputs: Sequence[Variable]
) -> list[list[bool]]:
    """Return ``pattern[i][j]``: whether output ``j`` depends differentiably on input ``i``."""
    reaching: dict[Variable, set[int]] = {}
    for i, variable in enumerate(inputs):
        reaching.setdefault(variable, set()).add(i)
    for node in traversal.io_toposort(inputs, outputs):
        pattern = node.op.connection_pattern(node)
        for j, output in enumerate(node.outputs):
            reaching[output] = set().union(
                *(
                    reaching.get(variable, ())
                    for variable, row in zip(node.inputs, pattern, strict=True)
                    if row[j]
                )
            )
    return [[i in reaching.get(v, ()) for v in outputs] for i in range(len(inputs))]


def clone(
    i: Sequence[Variable],
    o: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool | None = None,
) -> tuple[list[Variable], list[Variable]]:
    """Return copies of ``i`` and ``o``, with the graph between them.

    ``copy_inputs=False`` keeps ``i`` themselves. ``copy_orphans``, by default as ``copy_inputs``,
    says the same of constants and shared variables that are not among ``i``.
    """
    copies = clone_get_equiv(
        i, o, copy_inputs, copy_inputs if copy_orphans is None else copy_orphans
    )
    return [copies[v] for v in i], [copies[v] for v in o]


def clone_get_equiv(
    inputs: Iterable[Variable],
    outputs: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool = True,
    memo: dict[Any, Any] | None = None,
) -> dict[Any, Any]:
    """Copy the graph between ``inputs`` and ``outputs``.

    Returns
    -------
    dict
        From each variable and each node to its copy. It is ``memo``, where that is given, which may
        say beforehand what stands for a variable.
    """
    memo = {} if memo is None else memo
    for v in inputs:
        memo.setdefault(v, v.clone() if copy_inputs else v)
    given = {v: new for v, new in memo.items() if isinstance(v, Variable)}
    on_leaf = (lambda v: v.clone()) if copy_orphans else None
    _, found = traversal.rebuild(outputs, given, copy_all=True, on_leaf=on_leaf)
    for node in traversal.io_toposort(given, outputs):
        memo.setdefault(node, found[node.outputs[0]].owner)
    memo.update(found)
    return memo


def general_toposort(outputs: Iterable[Any], deps: Callable[[Any], Any]) -> list[Any]:
    """Return ``outputs`` and all that they need, each behind what it needs itself.

    Parameters
    ----------
    outputs : iterable
    deps : callable
        Returns what one of them needs, or None.

    Raises
    ------
    ValueError
        Some need one another.

    References
    ----------
    Kahn, "Topological sorting of large networks", Communications of the ACM 5(11), 1962.
    """
    reached, users = stack_search(deque(outputs), deps, "dfs", True)
    missing = {one: len(list(deps(one) or ())) for one in reached}
    ready = deque(one for one in reached if not missing[one])
    ordered = []
    while ready:
        one = ready.popleft()
        ordered.append(one)
        for user in users.get(one, ()):
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    if len(ordered) < len(reached):
        raise ValueError("general_toposort was given a graph that has a cycle")
    return ordered


def format_node(node: Apply, arguments: Sequence[str]) -> str:
    """Return the text of a node whose inputs have the given texts."""
    return f"{node.op}({', '.join(arguments)})"


def as_string(
    i: Iterable[Variable],
    o: Iterable[Variable],
    leaf_formatter: Callable[[Variable], str] = str,
    node_formatter: Callable[[Apply, Sequence[str]], str] = format_node,
) -> list[str]:
    """Return, for each of ``o``, how it is computed from ``i``.

    A node that is used several times is written ``*n -> text`` where it comes first and ``*n``
    elsewhere, with ``::k`` behind it for its output ``k``, where it has several.
    """
    outputs = list(o)
    given = set(i)
    # In the order in which they are written, each with how often it is used.
    uses: dict[Apply, int] = {}
    todo = list(reversed(outputs))
    while todo:
        variable = todo.pop()
        node = variable.owner
        if node is not None and variable not in given:
            uses[node] = uses.get(node, 0) + 1
            if uses[node] == 1:
                todo.extend(reversed(node.inputs))
    several = [node for node, times in uses.items() if times > 1]
    numbers = {node: k for k, node in enumerate(several, 1)}

    written: set[Apply] = set()
    texts: list[str] = []
    steps: list[tuple[Variable, bool]] = [(v, False) for v in reversed(outputs)]
    while steps:
        variable, inputs_done = steps.pop()
        node = variable.owner
        if node is None or variable in given:
            texts.append(leaf_formatter(variable))
        elif inputs_done:
            first = len(texts) - len(node.inputs)
            text = node_formatter(node, texts[first:])
            texts[first:] = [f"*{numbers[node]} -> {text}" if node in numbers else text]
        elif node in written:
            which = f"::{variable.index}" if len(node.outputs) > 1 else ""
            texts.append(f"*{numbers[node]}{which}")
        else:
            written.add(node)
            steps.append((variable, True))
            steps.extend((v, False) for v in reversed(node.inputs))
    return texts


def op_as_string(
    i: Iterable[Variable],
    op: Apply,
    leaf_formatter: Callable[[Variable], str] = str,
    node_formatter: Callable[[Apply, Sequence[str]], str] = format_node,
) -> str:
    """Return how the node ``op`` is computed from ``i``; see :func:`as_string`."""
    return node_formatter(op, as_string(i, op.inputs, leaf_formatter, node_formatter))

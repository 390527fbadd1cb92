"""Walks over graphs, and copies of them. All iterative."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from theano.errors import MissingInputError, NullTypeGradError, usage_error
from theano.graph.apply import Apply
from theano.graph.null_type import DisconnectedType, NullType
from theano.graph.ordering import toposort
from theano.graph.variable import Constant, Variable

__all__ = [
    "ancestors",
    "check_inputs_given",
    "clone",
    "clone_get_equiv",
    "clone_replace",
    "graph_inputs",
    "io_toposort",
    "is_same_graph",
    "missing_inputs",
    "rebuild",
    "toposort",
    "variables_between",
]


def ancestors(
    variables: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> Iterator[Variable]:
    """Yield every variable that ``variables`` depend on, themselves included, outputs first.

    Nothing behind a variable in ``blockers`` is visited; blockers themselves are yielded.
    """
    stop = set(blockers or ())
    seen: set[Variable] = set()
    todo = list(reversed(list(variables)))
    while todo:
        variable = todo.pop()
        if variable in seen:
            continue
        seen.add(variable)
        yield variable
        if variable.owner is not None and variable not in stop:
            todo.extend(reversed(variable.owner.inputs))


def graph_inputs(
    variables: Iterable[Variable], blockers: Collection[Variable] | None = None
) -> list[Variable]:
    """Return the variables without an owner that ``variables`` depend on; constants too."""
    stop = set(blockers or ())
    return [v for v in ancestors(variables, stop) if v.owner is None or v in stop]


def missing_inputs(inputs: Collection[Variable], outputs: Iterable[Variable]) -> list[Variable]:
    """Return what ``outputs`` need besides ``inputs``: variables with neither owner nor value."""
    given = set(inputs)
    return [
        v
        for v in graph_inputs(outputs, given)
        if v not in given and not isinstance(v, Constant) and not hasattr(v, "container")
    ]


def io_toposort(inputs: Iterable[Variable], outputs: Iterable[Variable]) -> list[Apply]:
    """Return the nodes between ``inputs`` and ``outputs`` in an order that computes them."""
    return toposort(outputs, set(inputs))


def variables_between(inputs: Iterable[Variable], outputs: Iterable[Variable]) -> list[Variable]:
    """Return all variables from ``outputs`` back to ``inputs``, siblings of outputs included."""
    start = list(inputs)
    found = dict.fromkeys([*start, *outputs])
    for node in io_toposort(start, list(found)):
        found.update(dict.fromkeys([*node.inputs, *node.outputs]))
    return list(found)


def rebuild(
    outputs: Sequence[Variable],
    replace: Mapping[Variable, Variable],
    *,
    copy_all: bool = False,
    on_leaf: Callable[[Variable], Variable] | None = None,
    strict: bool = False,
) -> tuple[list[Variable], dict[Variable, Variable]]:
    """Return ``outputs`` recomputed with some variables replaced.

    Parameters
    ----------
    outputs : sequence of Variable
        What to recompute. Nothing in their graph is changed.
    replace : mapping
        From variables of the graph to what stands in for them. A replacement is taken as it is;
        the walk does not enter it.
    copy_all : bool
        Copy every node. Without it only nodes that depend on a replacement are copied.
    on_leaf : callable, optional
        Gives what stands for a variable without an owner that ``replace`` does not name.
    strict : bool
        Demand that replacements be of the types of what they replace.

    Returns
    -------
    outputs : list of Variable
        The recomputed outputs.
    memo : dict
        From each variable that was visited to its counterpart.
    """
    memo: dict[Variable, Variable] = dict(replace)

    def counterpart(variable: Variable) -> Variable:
        if variable not in memo:
            if variable.owner is not None:
                return variable
            memo[variable] = on_leaf(variable) if on_leaf is not None else variable
        return memo[variable]

    for node in toposort(outputs, set(replace)):
        new_inputs = [counterpart(v) for v in node.inputs]
        if copy_all or any(a is not b for a, b in zip(node.inputs, new_inputs, strict=True)):
            new_node = node.clone_with_new_inputs(new_inputs, strict=strict)
            new_node.set_source(node.source)
            new_outputs = new_node.outputs
        else:
            new_outputs = node.outputs
        for old, new in zip(node.outputs, new_outputs, strict=True):
            memo.setdefault(old, new)
            if new.name is None:
                new.name = old.name
    return [counterpart(v) for v in outputs], memo


def clone_get_equiv(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool = True,
) -> dict[Variable, Variable]:
    """Copy the graph between ``inputs`` and ``outputs``; return the map from old to new.

    ``copy_orphans`` copies constants and shared variables that are not among the inputs too.
    """
    replace = {v: v.clone() if copy_inputs else v for v in inputs}
    on_leaf = (lambda v: v.clone()) if copy_orphans else None
    _, memo = rebuild(outputs, replace, copy_all=True, on_leaf=on_leaf)
    return memo


def clone(
    inputs: Sequence[Variable], outputs: Sequence[Variable], copy_inputs: bool = True
) -> tuple[list[Variable], list[Variable]]:
    """Return copies of ``inputs`` and ``outputs``, with the graph between them."""
    memo = clone_get_equiv(inputs, outputs, copy_inputs)
    return [memo[v] for v in inputs], [memo[v] for v in outputs]


def clone_replace(
    output: Variable | Sequence[Variable] | None,
    replace: Mapping[Variable, Any] | Sequence[tuple[Variable, Any]] | None = None,
    strict: bool = True,
    share_inputs: bool = True,
    copy_inputs: bool | None = None,
) -> Variable | list[Variable]:
    """Return a copy of ``output`` with some variables replaced: ``theano.clone``.

    Parameters
    ----------
    output : Variable, or list or tuple of Variable
        What to copy, with all nodes that it is computed by.
    replace : dict, or list or tuple of pairs, optional
        From variables to what stands in for them, all at once: a replacement may depend on what is
        replaced. It is used as it is. A value that is no variable becomes a constant.
    strict : bool
        A replacement must have the type of what it replaces, wherever that is used, or be
        convertible to it without loss. Otherwise what depends on it is made anew.
    share_inputs : bool
        Use the same variables without owner, shared ones too. Otherwise copies of them, of
        replacements too; the copy of a shared variable has its value in the same place.
    copy_inputs : bool, optional
        An earlier name of ``share_inputs``.

    Returns
    -------
    Variable, or list of Variable
        A list for a list or tuple.

    Raises
    ------
    TypeError
        A type differs and ``strict`` is set, or something is no variable.
    ValueError
        ``replace`` is no dict, list or tuple.
    """
    if copy_inputs is not None:
        warnings.warn(
            "clone() was given `copy_inputs`, which has been renamed `share_inputs`", stacklevel=2
        )
        share_inputs = copy_inputs
    outputs = [] if output is None else [output] if isinstance(output, Variable) else output
    if not isinstance(outputs, (list, tuple)) or not all(isinstance(v, Variable) for v in outputs):
        raise usage_error(
            TypeError, "clone() copies variables", expected="a variable, or a list", got=output
        )
    pairs = replacements(replace)
    on_leaf: Callable[[Variable], Variable] | None = None
    if not share_inputs:
        on_leaf = cache(lambda variable: variable.clone())
        values, _ = rebuild(list(pairs.values()), {}, copy_all=True, on_leaf=on_leaf)
        pairs = dict(zip(pairs, values, strict=True))
    new, _ = rebuild(outputs, pairs, copy_all=True, on_leaf=on_leaf, strict=strict)
    return new[0] if isinstance(output, Variable) else new


def replacements(replace: Any) -> dict[Variable, Variable]:
    """Return what ``clone_replace`` is to replace, values made constants.

    Raises
    ------
    TypeError, ValueError
        See there.
    """
    if replace is None:
        return {}
    if not isinstance(replace, (Mapping, list, tuple)):
        raise usage_error(
            ValueError,
            "clone() was given a `replace` that it cannot read",
            expected="a dict, or a list or tuple of pairs",
            got=replace,
        )
    found: dict[Variable, Variable] = {}
    for old, new in replace.items() if isinstance(replace, Mapping) else replace:
        if not isinstance(old, Variable):
            raise usage_error(TypeError, "clone() replaces variables", got=old)
        found[old] = new if isinstance(new, Variable) else old.type.filter_variable(new)
    return found


def is_same_graph(
    a: Variable,
    b: Variable,
    givens: Mapping[Variable, Variable] | None = None,
    debug: bool = False,
) -> bool:
    """Whether two variables are computed in the same way from the same inputs.

    Parameters
    ----------
    a, b : Variable
        The two.
    givens : mapping, optional
        Variables to take for one another.
    debug : bool
        Kept for programs that give it.
    """
    same = dict(givens or {})
    todo = [(a, b)]
    done: set[tuple[Variable, Variable]] = set()
    while todo:
        x, y = todo.pop()
        x, y = same.get(x, x), same.get(y, y)
        if x is y or (x, y) in done:
            continue
        done.add((x, y))
        if isinstance(x, Constant):
            if not x.equals(y):
                return False
            continue
        if x.owner is None or y.owner is None or x.index != y.index:
            return False
        if x.owner.op != y.owner.op or x.owner.nin != y.owner.nin:
            return False
        todo.extend(zip(x.owner.inputs, y.owner.inputs, strict=True))
    return True


def check_inputs_given(inputs: Collection[Variable], outputs: Iterable[Variable]) -> None:
    """Raise unless every leaf that ``outputs`` need is among ``inputs`` or has a value.

    Raises
    ------
    MissingInputError
        Names the first input that is missing.
    NullTypeGradError
        It is the mark of a gradient that has no value.
    """
    missing = missing_inputs(inputs, outputs)
    for variable in missing:
        if isinstance(variable.type, (DisconnectedType, NullType)):
            why = getattr(variable.type, "why_null", "nothing depends on its variable")
            raise usage_error(
                NullTypeGradError,
                f"a function was asked for a gradient that has no value: {why}",
                got=variable,
            )
    if missing:
        raise usage_error(
            MissingInputError,
            "an input of the graph was not given a value",
            got=missing[0],
            fix="list it among the inputs, or replace it through `givens`",
        )

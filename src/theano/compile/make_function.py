"""``theano.function``."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from theano.compile.collect import Collector
from theano.compile.executor import Executor
from theano.compile.function_object import Function
from theano.compile.io import In, read_inputs, read_outputs
from theano.compile.maker import Maker, input_containers
from theano.compile.mode import get_mode
from theano.compile.profiling import ProfiledFunction, profile_for, with_profile
from theano.compile.warn import warn_user
from theano.errors import UnusedInputError, usage_error
from theano.graph import FunctionGraph, Variable
from theano.graph.provenance import user_line
from theano.graph.traversal import ancestors, check_inputs_given
from theano.graph.view import deep_copy_op
from theano.options import config

__all__ = ["function", "pfunc"]


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
        What the function returns; a dict has its keys in alphabetical order.
    mode : str or Mode, optional
        How to compile; by default ``config.mode``.
    updates : dict or list of pairs, optional
        From shared variables to their values after each call.
    givens : dict or list of pairs, optional
        Replacements in the graph, in this order: each is itself subject to those before it.
    no_default_updates : bool or list of shared variables
        Leave out the default updates of all, or of those listed.
    accept_inplace : bool
        Kept for programs that give it.
    name : str, optional
        For messages; by default the file and the line of the caller.
    rebuild_strict : bool
        Replacements in ``givens`` must have the type of what they replace.
    allow_input_downcast : bool or None
        Whether arguments may lose precision; None allows it for Python floats to ``floatX``.
    profile : bool, str or ProfileStats, optional
        Measure the calls: ``f.profile.summary()`` prints the result, as does the end of the
        program. A string is a title; ``"nodes"`` runs each node by itself, on the host, and times
        it. By default ``config.profile``.
    on_unused_input : {"raise", "warn", "ignore"}, optional
        What to do with an input that nothing depends on; by default ``config.on_unused_input``.

    Returns
    -------
    Function

    Raises
    ------
    TypeError
        An input or an output is no variable, or an update or a given has the wrong type.
    UnusedInputError
        An input plays no part, or is given twice.
    MissingInputError
        The graph needs a variable that is not among the inputs.
    ValueError
        An update is given twice, or the mode is not known.
    """
    ins = read_inputs(inputs, allow_input_downcast)
    variables = [one.variable for one in ins]
    mode = get_mode(mode)
    outs, form = read_outputs(outputs)
    if name is None:
        line = user_line()
        name = f"{Path(line.filename).name}:{line.line}" if line is not None else None

    stats = profile_for(profile, name)
    mode = with_profile(mode, stats)
    started = time.perf_counter()
    collector = Collector(variables, givens, rebuild_strict)
    stateful = [i for i, one in enumerate(ins) if one.update is not None]
    flat = [out.variable for out in outs]
    copies = collector.copy([*flat, *(one.update for one in ins if one.update is not None)])
    new_values = collector.collect_updates(updates, no_default_updates)
    arguments = [collector.memo[v] for v in variables]
    all_outputs = [*copies, *new_values.values()]
    check_all_used(ins, arguments, all_outputs, on_unused_input)

    all_inputs = [*arguments, *collector.stand_ins]
    check_inputs_given(set(all_inputs), all_outputs)
    fgraph = FunctionGraph(all_inputs, all_outputs, clone=False)
    before_rewriting = time.perf_counter()
    mode.rewrite(fgraph)
    rewriting = time.perf_counter() - before_rewriting
    copy_objects(fgraph, [out.borrow for out in outs])

    containers = input_containers(ins)
    state = [s.container.storage for s in collector.shared]
    executor = Executor(
        fgraph,
        state,
        [*(containers[i].storage for i in stateful), *(state[i] for i in new_values)],
        mode,
        name or "",
    )
    maker = Maker(fgraph, ins, outs, form, mode, name)
    made = Function(executor, maker, collector.shared, containers)
    if stats is None:
        return made
    stats.optimizer_time += rewriting
    stats.compile_time += time.perf_counter() - started
    return ProfiledFunction(made, stats)


def pfunc(params: Any, *args: Any, **kwargs: Any) -> Function:
    """Return ``function(params, ...)``."""
    return function(params, *args, **kwargs)


def copy_objects(fgraph: FunctionGraph, borrowed: Sequence[bool]) -> None:
    """Copy what is no array where the caller, or a shared variable, would hold it with another.

    Parameters
    ----------
    fgraph : FunctionGraph
    borrowed : sequence of bool
        For each result, whether the caller may have the object itself.
    """
    seen: set[Variable] = set()
    for i, variable in enumerate(fgraph.outputs):
        if variable.type.on_device or (i < len(borrowed) and borrowed[i]):
            continue
        if variable.owner is None or variable in seen:
            fgraph.change_input("output", i, deep_copy_op(variable), reason="copy_objects")
        seen.add(variable)


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
            warn_user(str(error), UserWarning)

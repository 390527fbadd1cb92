"""``theano.scan``: a symbolic loop, made of what a function does in one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.graph import Constant, FunctionGraph, Variable
from theano.graph.debug_values import get_test_value, wanted
from theano.graph.traversal import rebuild
from theano.loops.arguments import (
    Fed,
    Sequenced,
    as_list,
    as_variable,
    count_steps,
    read_outputs,
    read_sequences,
)
from theano.loops.fitting import fitted
from theano.loops.loop import Loop
from theano.loops.step import Returned, call_step, find_others
from theano.tensor.ops.shape import shape_padleft
from theano.tensor.rebroadcast import unbroadcast
from theano.tensor.type import TensorType
from theano.updates import OrderedUpdates


def scan(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> tuple[Any, OrderedUpdates]:
    """Return what a function gives when it is applied again and again.

    Parameters
    ----------
    fn : callable
        One step. Called once, with variables: for each sequence an element for each of its taps,
        for each output that is fed back its earlier values at its taps, and the non-sequences.
        Returns outputs, and if wanted updates of shared variables, and an ``until`` condition.
    sequences : tensor, dict, or list of them, optional
        Gone along their first dimension, ``(n, …)``. A dict is ``input=`` the tensor and
        ``taps=`` places relative to that of the step: -1 is the element before.
    outputs_info : tensor, dict, None, or list of them, optional
        For each output of the step: None where it is not fed back; its initial value, where the
        step is given the last one; or ``dict(initial=, taps=)``, taps below 0. For taps beyond
        -1, ``initial`` is several values in order, along a first dimension.
    non_sequences : tensor or list of them, optional
        Given to every step as they are. Other variables that the step uses are found.
    n_steps : int or integer scalar, optional
        How many steps; never more than the shortest sequence allows, which is the default.
    truncate_gradient : int
        How many steps, from the last one on, gradients are carried back; -1 for all.
    go_backwards : bool
        Whether to go along the sequences from their ends.
    mode, profile, allow_gc : optional
        Kept for programs that give them.
    name : str, optional
        In errors and printed graphs.
    strict : bool
        Whether shared variables that the step uses without being given them are an error.
    return_list : bool
        Whether outputs are a list even where there is only one.

    Returns
    -------
    outputs : Variable, list of Variable, or None
        For each output of the step its values in all steps, ``(n_steps, …)``.
    updates : OrderedUpdates
        Of shared variables, to be given to ``theano.function``: those of random streams, and
        those that the step returned.

    Raises
    ------
    ValueError
        Nothing tells the number of steps; outputs without ``outputs_info`` or the other way
        round; a state and what the step returns for it differ in type.
    IndexError
        At the call, where the number of steps is negative.

    Examples
    --------
    >>> import theano
    >>> import theano.tensor as T
    >>> x = T.dvector("x")
    >>> sums, updates = theano.scan(lambda a, s: s + a, sequences=x, outputs_info=T.zeros(()))
    >>> theano.function([x], sums, updates=updates)([1, 2, 3])
    array([1., 3., 6.])
    """
    return build(
        fn,
        read_sequences(sequences),
        outputs_info,
        non_sequences,
        n_steps,
        go_backwards=go_backwards,
        truncate=int(truncate_gradient),
        name=name,
        strict=strict,
        return_list=return_list,
    )


def build(
    fn: Callable[..., Any],
    given_sequences: Sequence[Sequenced],
    outputs_info: Any,
    non_sequences: Any,
    n_steps: Any,
    *,
    capacity: Any = None,
    go_backwards: bool = False,
    truncate: int = -1,
    keeps: bool = True,
    name: str | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> tuple[Any, OrderedUpdates]:
    """Make the node of a loop; parameters as in ``scan``, but for these.

    Parameters
    ----------
    capacity : int64 scalar, optional
        The length of the outputs; by default the number of steps, which then cannot depend on what
        only the device knows.
    keeps : bool
        Whether the gradient may have what the steps computed kept for it.
    """
    label = name or f"the scan of {getattr(fn, '__name__', fn)}"
    infos = read_outputs(outputs_info)
    others = [as_variable(v, "a non-sequence") for v in as_list(non_sequences)]
    number = count_steps(n_steps, given_sequences)

    slices = [one for s in given_sequences for one in s.slices(go_backwards)]
    elements = [element_of(s) for s in slices]
    states = [[like(v) for v in info.states()] if info else [] for info in infos]
    pasts = [(info, past) for info, past in zip(infos, states, strict=True) if info]
    fed = [past[-tap - 1] for info, past in pasts for tap in info.taps]
    fixed = {v: like(v) for v in others if not isinstance(v, Constant)}
    returned = call_step(fn, [*elements, *fed, *others], fixed)
    if not infos:
        infos, states = [None] * len(returned.outputs), [[] for _ in returned.outputs]
    if is_one(n_steps) and capacity is None and returned.condition is None:
        given = dict(zip(elements, (s[0] for s in slices), strict=True))
        for info, past in pasts:
            given.update(zip(past, info.states(), strict=True))
        return only_step(returned, given, return_list)
    check_outputs(infos, states, returned, label)

    # Order of the loop's states: of outputs, each with its past, then shared variables.
    inner_states = [v for past in states for v in past]
    initial = [v for info in infos if info for v in info.states()]
    new_states = []
    for output, past in zip(returned.outputs, states, strict=True):
        if past:
            new_states += [output, *past[:-1]]
    shared = list(returned.updates)
    inner_shared = [like(v) for v in shared]
    kept = list(returned.outputs)
    ends = [] if returned.condition is None else [returned.condition]
    results = [*new_states, *returned.updates.values(), *kept, *ends]

    # Non-sequences stay as they are; of what else the step uses, random draws are made anew.
    results, _ = rebuild(results, fixed)
    results, _ = rebuild(results, dict(zip(shared, inner_shared, strict=True)))
    known = [*elements, *inner_states, *inner_shared, *fixed.values()]
    found = find_others(known, results, strict, label)
    stand_ins = [like(v) for v in found]
    results, _ = rebuild(results, dict(zip(found, stand_ins, strict=True)))
    n_states = len(inner_states) + len(shared)
    carried = zip(results, [*inner_states, *inner_shared], strict=False)
    results = [*(fitted(new, old) for new, old in carried), *results[n_states:]]
    graph = FunctionGraph([*known, *stand_ins], results)
    loop = Loop(
        graph,
        len(slices),
        n_states,
        is_until=bool(ends),
        name=name or "scan_fn",
        truncate=truncate,
        keeps=keeps,
    )
    room = number if capacity is None else capacity
    outputs = loop(number, room, *slices, *initial, *shared, *fixed, *found, return_list=True)

    stacks = outputs[n_states : n_states + len(kept)]
    if ends:
        stacks = [s[: outputs[-1]] for s in stacks]
    last_shared = outputs[len(inner_states) : n_states]
    updates = OrderedUpdates(list(zip(shared, last_shared, strict=True)))
    if return_list or len(stacks) > 1:
        return stacks, updates
    return (stacks[0] if stacks else None), updates


def is_one(n_steps: Any) -> bool:
    """Whether there is one step, whatever the program is called with."""
    if isinstance(n_steps, Constant):
        n_steps = n_steps.data
    return not isinstance(n_steps, Variable) and n_steps is not None and bool(n_steps == 1)


def only_step(
    returned: Returned, given: dict[Variable, Variable], return_list: bool
) -> tuple[Any, OrderedUpdates]:
    """Return what a single step gives: no loop is needed."""
    shared = list(returned.updates)
    results, _ = rebuild([*returned.outputs, *returned.updates.values()], given)
    stacks = [unbroadcast(shape_padleft(v), 0) for v in results[: len(returned.outputs)]]
    updates = OrderedUpdates(zip(shared, results[len(stacks) :], strict=True))
    if return_list or len(stacks) > 1:
        return stacks, updates
    return (stacks[0] if stacks else None), updates


def like(variable: Any) -> Any:
    """Return a new variable of the type of another, its name and its test value."""
    new = variable.type.make_variable(variable.name)
    return with_test_value(new, variable, lambda value: value)


def element_of(sequence: Any) -> Any:
    """Return a variable for one element of a sequence."""
    kind = TensorType(sequence.type.dtype, sequence.type.broadcastable[1:])
    new = kind.make_variable(None if sequence.name is None else f"{sequence.name}[t]")
    return with_test_value(new, sequence, lambda value: value[0])


def with_test_value(new: Any, old: Any, change: Callable[[Any], Any]) -> Any:
    """Return ``new`` with what its test value is made of that of ``old``, where there is one."""
    if wanted():
        with suppress(AttributeError, IndexError):
            new.tag.test_value = change(get_test_value(old))
    return new


def check_outputs(
    infos: Sequence[Fed | None], states: Sequence[Any], returned: Returned, label: str
) -> None:
    """Raise ValueError where outputs and what was said of them do not agree."""
    if len(infos) != len(returned.outputs):
        raise usage_error(
            ValueError,
            f"the step of {label} returned another number of outputs than outputs_info names. "
            "Please provide None as outputs_info for any output that does not feed back into scan "
            "(i.e. it behaves like a map)",
            expected=f"{len(infos)} outputs",
            got=f"{len(returned.outputs)}: {', '.join(map(str, returned.outputs))}",
        )
    outputs: Sequence[Any] = returned.outputs
    for i, (past, output) in enumerate(zip(states, outputs, strict=True)):
        if not past:
            continue
        before, after = past[0].type, output.type
        if before.dtype != after.dtype:
            raise usage_error(
                ValueError,
                f"The initial state (`outputs_info` in scan nomenclature) of output {i} of {label} "
                f"has dtype {before.dtype}, while the result of the inner function (`fn`) has "
                f"dtype {after.dtype}",
                expected="the same dtype: what the step returns is the state of the next step",
                got=f"{before} for {past[0].name or 'the initial state'}, {after} for {output}",
                fix=dtype_fix(before.dtype, after.dtype),
            )
        if before.ndim != after.ndim:
            raise usage_error(
                ValueError,
                f"The initial state (`outputs_info` in scan nomenclature) of output {i} of {label} "
                f"has {before.ndim} dimension(s), while the result of the inner function (`fn`) "
                f"has {after.ndim} dimension(s)",
                expected="a state of the rank that the step returns; for taps beyond -1, of one "
                "dimension more, along which the values of earlier steps lie",
                got=f"{before} for {past[0].name or 'the initial state'}, {after} for {output}",
                fix="give an initial state of the shape of one step's result, such as "
                "T.zeros_like(…) or T.alloc(…)",
            )


def dtype_fix(before: str, after: str) -> str:
    """Return how states of two dtypes are brought together."""
    if np.dtype(before).kind != "f" and np.dtype(after).kind == "f":
        return (
            f"start with a floating-point state: np.zeros(…, dtype={after!r}), or "
            f"T.cast(initial, {after!r})"
        )
    return (
        f"cast one of them: T.cast(initial, {after!r}) in outputs_info, or "
        f"T.cast(result, {before!r}) in the step"
    )

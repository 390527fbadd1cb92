"""The step of a ``scan``: the user's function, called once on stand-ins, and what it returned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from theano.errors import MissingInputError, usage_error
from theano.graph import Constant, Variable
from theano.graph.ordering import toposort
from theano.graph.traversal import graph_inputs
from theano.shared_variable import SharedVariable
from theano.tensor.conversion import as_tensor_variable


class until:
    """A condition that ends a loop after the step in which it is true.

    Parameters
    ----------
    condition : scalar
        Returned by the step, behind its outputs.
    """

    def __init__(self, condition: Any) -> None:
        self.condition = as_tensor_variable(condition)
        if self.condition.type.ndim:
            raise usage_error(
                ValueError,
                "the condition of theano.scan_module.until has to be a scalar",
                got=self.condition,
                fix="reduce it, for example with theano.tensor.all",
            )


@dataclass
class Returned:
    """What a step returned.

    Attributes
    ----------
    outputs : list of Variable
    updates : dict
        From shared variables to their new values, those of random streams included.
    condition : Variable or None
    """

    outputs: list[Variable] = field(default_factory=list)
    updates: dict[SharedVariable, Variable] = field(default_factory=dict)
    condition: Variable | None = None


def call_step(
    fn: Callable[..., Any], arguments: Sequence[Variable], fixed: Collection[Variable]
) -> Returned:
    """Call the user's function, and read what it returns.

    Parameters
    ----------
    fn : callable
    arguments : sequence of Variable
    fixed : collection of Variable
        Which stay the same from step to step, however they are computed.

    Raises
    ------
    ValueError
        It returned something else than variables, updates and a condition.
    """
    returned = Returned()
    read(fn(*arguments), returned, fn)
    for variable in random_states(returned, fixed):
        returned.updates[variable] = variable.default_update
    return returned


def read(value: Any, returned: Returned, fn: Any) -> None:
    """Add what a step returned, or a part of it."""
    if value is None:
        return
    if isinstance(value, until):
        returned.condition = value.condition
    elif isinstance(value, Mapping):
        for variable, new in value.items():
            add_update(variable, new, returned)
    elif is_update_list(value):
        for variable, new in value:
            add_update(variable, new, returned)
    elif isinstance(value, (list, tuple)):
        for part in value:
            read(part, returned, fn)
    else:
        returned.outputs.append(as_output(value, fn))


def is_update_list(value: Any) -> bool:
    """Whether a value is a list of pairs of shared variables and new values."""
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(
            isinstance(pair, (list, tuple))
            and len(pair) == 2
            and isinstance(pair[0], SharedVariable)
            for pair in value
        )
    )


def add_update(variable: Any, new: Any, returned: Returned) -> None:
    """Add an update of a shared variable.

    Raises
    ------
    ValueError
        It is none.
    """
    if not isinstance(variable, SharedVariable):
        raise usage_error(
            ValueError,
            "the step of a scan returned an update of something that keeps no value",
            expected="shared variables as keys of the dictionary",
            got=variable,
        )
    returned.updates[variable] = variable.type.filter_variable(new)


def as_output(value: Any, fn: Any) -> Variable:
    """Return an output of the step as a variable.

    Raises
    ------
    ValueError
        It is none.
    """
    try:
        variable: Variable = as_tensor_variable(value)
    except Exception as error:
        raise usage_error(
            ValueError,
            "The return value of your scan lambda expression may only be made of lists, tuples, or "
            "dictionaries containing Theano variables (or `theano.scan_module.until` objects for "
            "conditions)",
            got=f"{value!r} of {type(value)}, from {getattr(fn, '__name__', fn)}",
            fix="return variables; theano.tensor.constant makes one of a number",
        ) from error
    return variable


def random_states(returned: Returned, fixed: Collection[Variable]) -> list[Any]:
    """Return the shared variables in the step that every call updates, such as random states."""
    found: list[Any] = []
    todo = [*returned.outputs, *returned.updates.values()]
    if returned.condition is not None:
        todo.append(returned.condition)
    while todo:
        new: list[Any] = [
            v
            for v in graph_inputs(todo, set(fixed))
            if getattr(v, "default_update", None) is not None
            and v not in returned.updates
            and v not in found
        ]
        new = list(dict.fromkeys(new))
        found += new
        todo = [v.default_update for v in new]
    return found


def find_others(
    stand_ins: Sequence[Variable],
    outputs: Sequence[Variable],
    strict: bool,
    name: str,
) -> list[Variable]:
    """Return what the step uses that stays the same from step to step, and is not a constant.

    What does not depend on the stand-ins is computed once, outside.

    Raises
    ------
    MissingInputError
        There is a shared variable among what that is made of, and ``strict`` forbids it.
    """
    moving = set(stand_ins)
    for node in toposort(outputs, moving):
        if any(v in moving for v in node.inputs):
            moving.update(node.outputs)
    used: dict[Variable, None] = {}
    for node in toposort(outputs, set(stand_ins)):
        if node.outputs[0] in moving:
            used.update((v, None) for v in node.inputs if v not in moving)
    used.update((v, None) for v in outputs if v not in moving)
    others = [v for v in used if not isinstance(v, Constant)]
    shared = [x for x in graph_inputs(others) if isinstance(x, SharedVariable)] if strict else []
    if shared:
        raise usage_error(
            MissingInputError,
            f"the step of {name} uses shared variables that it was not given, and strict=True "
            "forbids it",
            expected="all that it uses among its sequences, outputs_info and non_sequences",
            got=", ".join(map(str, dict.fromkeys(shared))),
            fix="pass them as non_sequences",
        )
    return others

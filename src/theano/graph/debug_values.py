"""Test values: ``config.compute_test_value`` evaluates each op while the graph is built."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from theano.errors import TestValueError, usage_error
from theano.graph.variable import Constant, Variable
from theano.options import config

if TYPE_CHECKING:
    from theano.graph.apply import Apply

__all__ = [
    "compute_test_values",
    "debug_assert",
    "debug_error_message",
    "get_debug_values",
    "get_test_value",
    "missing_test_message",
]


def wanted() -> bool:
    """Whether test values are computed."""
    return bool(config.compute_test_value != "off")


def get_test_value(variable: Any) -> Any:
    """Return the test value of a variable: the value of a constant or of a shared variable too.

    What is no variable stands for itself.

    Raises
    ------
    TestValueError
        There is none; it is an AttributeError.
    TypeError
        It does not fit the variable's type.
    """
    if not isinstance(variable, Variable):
        return variable
    if isinstance(variable, Constant):
        return variable.data
    if hasattr(variable, "value_in_graphs"):
        return variable.value_in_graphs()
    if not hasattr(variable.tag, "test_value"):
        created = f", created at {variable.source}" if variable.source else ""
        raise TestValueError(f"{variable} has no test value{created}")
    try:
        return variable.type.filter(variable.tag.test_value)
    except TypeError as error:
        raise usage_error(
            TypeError,
            f"the test value of a variable does not fit its type: {error}",
            got=variable,
            fix="give `tag.test_value` a value of the variable's dtype and rank",
        ) from error


def compute_test_values(
    node: Apply, perform: Callable[[Apply, Sequence[Any]], Sequence[Any]]
) -> None:
    """Put test values on the outputs of a new node, where all of its inputs have one.

    Raises
    ------
    ValueError
        An input has none, and ``config.compute_test_value`` is "raise".
    Exception
        Whatever the op raises.
    """
    values = []
    for i, variable in enumerate(node.inputs):
        try:
            values.append(get_test_value(variable))
        except AttributeError as error:
            message = f"no test value can be computed: input {i} of {node} has none ({error})"
            if config.compute_test_value in ("raise", "pdb"):
                raise ValueError(message) from error
            if config.compute_test_value == "warn":
                warnings.warn(message, stacklevel=3)
            return
    for output, value in zip(node.outputs, perform(node, values), strict=True):
        output.tag.test_value = value  # type: ignore[attr-defined]


def missing_test_message(message: str) -> None:
    """Say that a test value is missing, as ``config.compute_test_value`` says.

    Raises
    ------
    TestValueError
        It says "raise".
    """
    if config.compute_test_value == "raise":
        raise TestValueError(message)
    if config.compute_test_value == "warn":
        warnings.warn(message, stacklevel=2)


def debug_error_message(message: str) -> None:
    """Say that test values show an error: a warning under "warn", an error otherwise.

    Raises
    ------
    ValueError
    """
    if config.compute_test_value != "warn":
        raise ValueError(message)
    warnings.warn(message, stacklevel=2)


def debug_assert(condition: Any, message: str = "debug_assert failed") -> None:
    """Say that a condition on test values does not hold: a warning under "warn", else an error.

    Raises
    ------
    AssertionError
    """
    if condition:
        return
    if config.compute_test_value != "warn":
        raise AssertionError(message)
    warnings.warn(message, stacklevel=2)


def get_debug_values(*variables: Any) -> list[Any]:
    """Return what to loop over for a check on test values: nothing, or their one combination.

    Returns
    -------
    list
        Empty while ``config.compute_test_value`` is "off", or where a value is missing. Otherwise
        it holds one element: the value of a single variable, or the tuple of all values.
    """
    if not wanted():
        return []
    values = []
    for i, variable in enumerate(variables):
        try:
            values.append(get_test_value(variable))
        except AttributeError:
            name = getattr(variable, "name", None)
            missing_test_message(f"argument {i}{f' ({name!r})' if name else ''} has no test value")
            return []
    return values if len(values) == 1 else [tuple(values)]

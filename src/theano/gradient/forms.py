"""The forms in which derivatives are asked for and given back, and their errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from theano.errors import DisconnectedInputError, usage_error
from theano.graph import Variable
from theano.graph.null_type import disconnected_type
from theano.options import config
from theano.scalar.type import CONTINUOUS_DTYPES
from theano.tensor.ops import elementwise as ew
from theano.tensor.type import TensorType


def as_list(x: Any) -> list[Any]:
    """Return a variable, or a sequence of variables, as a list."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def as_given(values: list[Any], like: Any) -> Any:
    """Return ``values`` in the form in which ``like`` was given: list, tuple or single variable."""
    return format_as(isinstance(like, list), isinstance(like, tuple), values)


def format_as(use_list: bool, use_tuple: bool, outputs: Any) -> Any:
    """Return one value, or several, as a list, a tuple, or the value itself.

    Parameters
    ----------
    use_list, use_tuple : bool
        At most one of them; neither means the value itself.
    outputs : object, list or tuple

    Raises
    ------
    ValueError
        Both are asked for, or the value itself of several.
    """
    if use_list and use_tuple:
        raise usage_error(ValueError, "format_as() was asked for both a list and a tuple")
    if use_list or use_tuple:
        return list(as_list(outputs)) if use_list else tuple(as_list(outputs))
    if not isinstance(outputs, (list, tuple)):
        return outputs
    if len(outputs) != 1:
        raise usage_error(
            ValueError,
            "format_as() was asked for a single value",
            expected="one",
            got=f"{len(outputs)}",
        )
    return outputs[0]


def check_choice(caller: str, name: str, value: str, choices: Sequence[str]) -> None:
    """Raise ValueError unless ``value`` is among ``choices``."""
    if value not in choices:
        raise usage_error(
            ValueError,
            f"{caller}() was given a value of `{name}` that it does not know",
            expected=" or ".join(repr(c) for c in choices),
            got=value,
        )


def check_variables(caller: str, name: str, given: Sequence[Any]) -> None:
    """Raise TypeError unless all of ``given`` are variables."""
    for one in given:
        if not isinstance(one, Variable):
            raise usage_error(
                TypeError,
                f"{caller}() was given as `{name}` something that is no variable",
                expected="a variable, or a list or tuple of variables",
                got=one,
            )


def paired(caller: str, name: str, variables: Any, eval_points: Any) -> list[tuple[Any, Any]]:
    """Return variables with the points that belong to them, which are as many.

    Raises
    ------
    ValueError
        They are not.
    """
    these, points = as_list(variables), as_list(eval_points)
    if len(these) != len(points):
        raise usage_error(
            ValueError,
            f"{caller}() was given another number of eval_points than of `{name}`",
            expected=f"{len(these)}, one for each of `{name}`",
            got=f"{len(points)}",
        )
    return list(zip(these, points, strict=True))


def zero_derivative_of(variable: Any) -> Any:
    """Return a derivative of zero, of the shape of ``variable``."""
    if not isinstance(variable.type, TensorType):
        return variable.zeros_like()
    dtype = variable.type.dtype
    return ew.zeros_like(variable, dtype if dtype in CONTINUOUS_DTYPES else config.floatX)


def when_disconnected(variable: Any, form: str) -> Any:
    """Return what stands for the derivative of something disconnected, as ``form`` says."""
    if form == "zero":
        return zero_derivative_of(variable)
    return None if form == "none" else disconnected_type()


def report_disconnected(what: str, variable: Variable, how: str, **hints: Any) -> None:
    """Raise an error, make it a warning, or pass over it, as ``how`` says.

    To be called by the function that the user calls.
    """
    if how == "ignore":
        return
    error = usage_error(DisconnectedInputError, what, got=variable, **hints)
    if how == "raise":
        raise error
    warnings.warn(str(error), stacklevel=3)

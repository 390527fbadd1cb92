"""``/`` of two numbers where ``config.int_division`` says what it means for integers."""

from __future__ import annotations

from typing import Any

from theano.errors import usage_error
from theano.options import config
from theano.scalar.arithmetic import int_div, true_div
from theano.scalar.op import ScalarOp, as_scalar
from theano.scalar.type import DISCRETE_DTYPES


class IntegerDivisionError(Exception):
    """Two integers were divided by ``/`` under ``config.int_division = "raise"``."""


def int_or_true_div(x_discrete: bool, y_discrete: bool) -> ScalarOp:
    """Return the op that ``/`` means for operands that are discrete or not.

    Raises
    ------
    IntegerDivisionError
        Both are, and ``config.int_division`` is ``"raise"``.
    """
    if not (x_discrete and y_discrete) or config.int_division == "floatX":
        return true_div
    if config.int_division == "int":
        return int_div
    raise usage_error(
        IntegerDivisionError,
        "two integers were divided by / while config.int_division is 'raise'",
        fix="use // for a whole quotient, or cast one of them to a float",
    )


def div_proxy(x: Any, y: Any) -> Any:
    """Return ``x / y`` of two numbers; of integers what ``config.int_division`` says."""
    x, y = as_scalar(x), as_scalar(y)
    discrete = [v.type.dtype in DISCRETE_DTYPES for v in (x, y)]
    return int_or_true_div(*discrete)(x, y)

"""Elementwise functions named ``*_inplace``, which keep the type of their first argument.

XLA decides on memory by itself: no argument is overwritten, and the values are those of the
function without the suffix, in the dtype of the first argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from theano.errors import usage_error
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.shape import transpose


@dataclass(frozen=True)
class InPlace:
    """An elementwise function with results of the type of its first argument.

    Raises
    ------
    ValueError
        When it is called: another argument is longer in a dimension in which the first is
        broadcastable.
    """

    function: Elemwise
    inplace_pattern: ClassVar[dict[int, int]] = {0: 0}

    @property
    def scalar_op(self) -> Any:
        """What it does to one number."""
        return self.function.scalar_op

    def __call__(self, x: Any, *others: Any) -> Any:
        x = as_tensor_variable(x)
        z = self.function(x, *others)
        if z.type.broadcastable != x.type.broadcastable:
            raise usage_error(
                ValueError,
                f"{self} has a result of another shape than its first argument",
                expected=str(x.type),
                got=str(z.type),
                fix=f"use {str(self).removesuffix('_inplace')}",
            )
        return ew.cast(z, x.type.dtype)

    def __str__(self) -> str:
        return f"{self.scalar_op}_inplace"


FUNCTIONS = {
    f"{name}_inplace": InPlace(function)
    for name, function in {**ew.FUNCTIONS, "fill": ew.fill, "inv": ew.inv}.items()
}
globals().update(FUNCTIONS)


def transpose_inplace(x: Any, **kwargs: Any) -> Any:
    """Return ``x`` with its axes reversed."""
    return transpose(x)


__all__ = [*FUNCTIONS, "transpose_inplace"]  # noqa: PLE0604  the keys are strings

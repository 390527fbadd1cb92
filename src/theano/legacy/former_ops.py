"""What used to be ops and is functions now: ``Tile(ndim=2)(x, reps)`` is ``tile(x, reps, 2)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.scalar.passing import Cast
from theano.scalar.type import ALL_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.elemwise import Elemwise
from theano.tensor.ops.choose import choose
from theano.tensor.ops.cumulation import diff
from theano.tensor.ops.elementwise import FUNCTIONS
from theano.tensor.ops.grids import bartlett
from theano.tensor.ops.linear import Dot
from theano.tensor.ops.nonzero import nonzero
from theano.tensor.ops.rearranging import permute_row_elements
from theano.tensor.ops.reduction import mean
from theano.tensor.ops.repetition import tile
from theano.tensor.ops.shape import alloc, flatten
from theano.tensor.ops.sizes import MakeVector

__all__ = [
    "CASTS",
    "AllocEmpty",
    "Bartlett",
    "Choose",
    "CpuContiguous",
    "Default",
    "DiffOp",
    "Flatten",
    "Mean",
    "Nonzero",
    "PermuteRowElements",
    "Tile",
    "_dot",
    "default",
    "make_vector",
]

CASTS = {f"_convert_to_{dtype}": Elemwise(Cast(dtype)) for dtype in ALL_DTYPES}
globals().update(CASTS)
_dot = Dot()
make_vector = MakeVector()


class FormerOp:
    """Applied to variables, it returns what a function of today returns for them."""

    _of: Callable[..., Any]

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Return the result for ``inputs``."""
        return self._of(*inputs, **options)


@dataclass(frozen=True)
class AllocEmpty(FormerOp):
    """A tensor of given lengths whose contents do not matter: zeros."""

    dtype: str

    def _of(self, *shape: Any) -> Any:
        return alloc(np.zeros((), dtype=self.dtype), *shape)


@dataclass(frozen=True)
class Bartlett(FormerOp):
    """See ``theano.tensor.bartlett``."""

    def _of(self, M: Any) -> Any:
        return bartlett(M)


@dataclass(frozen=True)
class Choose(FormerOp):
    """See ``theano.tensor.choose``."""

    mode: str = "raise"

    def _of(self, a: Any, choices: Any) -> Any:
        return choose(a, choices, mode=self.mode)


@dataclass(frozen=True)
class CpuContiguous(FormerOp):
    """A copy, whose elements lie in C order."""

    def _of(self, x: Any) -> Any:
        return FUNCTIONS["identity"](x)


@dataclass(frozen=True)
class Default(FormerOp):
    """``x``, for which ``default`` stood in where a function was called with None.

    Functions here take no None: an input that may be left out is ``In(x, value=...)``.

    Raises: TypeError where the types differ.
    """

    def _of(self, x: Any, default: Any) -> Any:
        x, default = as_tensor_variable(x), as_tensor_variable(default)
        if x.type != default.type:
            raise usage_error(
                TypeError,
                "a default is of another type than what it stands in for",
                expected=str(x.type),
                got=default,
            )
        return FUNCTIONS["identity"](x)


@dataclass(frozen=True)
class DiffOp(FormerOp):
    """See ``theano.tensor.extra_ops.diff``."""

    n: int = 1
    axis: int = -1

    def _of(self, x: Any) -> Any:
        return diff(x, self.n, self.axis)


@dataclass(frozen=True)
class Flatten(FormerOp):
    """See ``theano.tensor.flatten``."""

    outdim: int = 1

    def _of(self, x: Any) -> Any:
        return flatten(x, self.outdim)


@dataclass(frozen=True)
class Mean(FormerOp):
    """The mean along ``axis``, computed and returned in float64."""

    axis: Any = None

    def _of(self, x: Any) -> Any:
        return mean(x, self.axis, dtype="float64")


@dataclass(frozen=True)
class Nonzero(FormerOp):
    """The indices of what is not zero as one matrix: ``(n_0, …) -> (rank, count)``."""

    def _of(self, a: Any) -> Any:
        return nonzero(a, return_matrix=True)


@dataclass(frozen=True)
class PermuteRowElements(FormerOp):
    """See ``theano.tensor.permute_row_elements``."""

    def _of(self, x: Any, y: Any, inverse: Any = 0) -> Any:
        return permute_row_elements(x, y, inverse)


@dataclass(frozen=True)
class Tile(FormerOp):
    """See ``theano.tensor.tile``."""

    ndim: int

    def _of(self, x: Any, reps: Any) -> Any:
        return tile(x, reps, self.ndim)


default = Default()

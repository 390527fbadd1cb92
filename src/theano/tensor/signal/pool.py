"""Maxima, sums and averages over windows of images: ``pool_2d``, ``pool_3d`` and their ops."""

from __future__ import annotations

import warnings
from typing import Any

from theano.errors import usage_error
from theano.graph import Apply
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.signal.pool_ops import (
    AveragePoolGrad,
    DownsampleFactorMaxGradGrad,
    MaxPoolGrad,
    MaxPoolRop,
    Pool,
    PoolGrad,
    chosen_sizes,
)

__all__ = [
    "AveragePoolGrad",
    "DownsampleFactorMax",
    "DownsampleFactorMaxGradGrad",
    "MaxPoolGrad",
    "MaxPoolRop",
    "Pool",
    "PoolGrad",
    "max_pool_2d_same_size",
    "pool_2d",
    "pool_3d",
]


def pool_2d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Any:
    """Return the maximum, sum or average over windows of the last two axes.

    Parameters
    ----------
    input : tensor of two dimensions or more
    ws : pair of int, or vector of two integers
        Height and width of a window.
    ignore_border : bool
        Whether windows that reach beyond the border are left out: with ``ws=(2, 2)``, (5, 5)
        becomes (2, 2), else (3, 3). False, with a warning, where it is not given.
    stride : pair of int, or vector of two integers, optional
        How far the next window is, down and to the right; by default ``ws``.
    pad : pair of int, or vector of two integers
        Rows above and below, and columns on both sides, that count as zeros in an average, if at
        all, and are never the maximum. Less than ``ws``.
    mode : {"max", "sum", "average_inc_pad", "average_exc_pad"}
        An average is taken over the window with its padding or without.
    ds, st, padding
        Deprecated names of ``ws``, ``stride`` and ``pad``.

    Returns
    -------
    tensor
        Of the dtype and rank of ``input``.

    Raises
    ------
    NotImplementedError
        ``input`` has fewer dimensions; padding without ``ignore_border``, or as long as the window.
    TypeError
        A size is no vector of integers.
    ValueError
        There is no window, ``mode`` is not known, or a size was given by both of its names.
    """
    return pooled(2, input, ignore_border, mode, chosen_sizes(ws, stride, pad, ds, st, padding))


def pool_3d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Any:
    """Return the maximum, sum or average over windows of the last three axes.

    The parameters are those of ``pool_2d``, with three integers for each size.
    """
    return pooled(3, input, ignore_border, mode, chosen_sizes(ws, stride, pad, ds, st, padding))


def pooled(
    ndim: int, input: Any, ignore_border: bool | None, mode: str, sizes: tuple[Any, Any, Any]
) -> Any:
    """Return a pool over the last ``ndim`` axes."""
    input = as_tensor_variable(input)
    if input.type.ndim < ndim:
        raise usage_error(
            NotImplementedError,
            f"pool_{ndim}d pools over the last {ndim} dimensions of a tensor",
            expected=f"{ndim} dimensions or more",
            got=input,
        )
    if ignore_border is None:
        warnings.warn(
            f"pool_{ndim}d() was not told whether to leave out windows that reach beyond the "
            "border, and keeps them: give ignore_border=True or ignore_border=False",
            stacklevel=3,
        )
        ignore_border = False
    return Pool(ignore_border, mode, ndim)(input, *sizes)


def max_pool_2d_same_size(input: Any, patch_size: Any) -> Any:
    """Return ``input`` with zeros in place of all but the maxima of patches.

    Parameters
    ----------
    input : tensor of two dimensions or more
    patch_size : pair of int, or vector of two integers
        Height and width of the patches, which lie side by side. What is left over at the border
        becomes zero.

    Returns
    -------
    tensor
        Of the type and shape of ``input``.
    """
    maxima = Pool(ignore_border=True)(input, patch_size)
    return MaxPoolGrad(ignore_border=True)(input, maxima, maxima, patch_size)


class DownsampleFactorMax(Pool):
    """A ``Pool`` over two axes whose sizes belong to the op, as old programs make it.

    Parameters
    ----------
    ds, ignore_border, st, padding, mode
        Window, border, stride, padding and mode of ``pool_2d``.
    """

    def __init__(
        self,
        ds: Any,
        ignore_border: bool = False,
        st: Any = None,
        padding: Any = (0, 0),
        mode: str = "max",
    ) -> None:
        super().__init__(ignore_border, mode)
        self.ds, self.st, self.padding = ds, st, padding

    def make_node(self, x: Any) -> Apply:  # type: ignore[override]
        return Pool(self.ignore_border, self.mode).make_node(x, self.ds, self.st, self.padding)

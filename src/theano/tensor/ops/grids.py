"""Grids of coordinates, ``mgrid`` and ``ogrid``, and the window of Bartlett."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from theano.errors import usage_error
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.creation import arange
from theano.tensor.ops.sizes import as_size

__all__ = ["bartlett", "mgrid", "ogrid"]


class Grid:
    """Makes coordinates from slices in brackets: ``ogrid[0:n, 0:1:0.1]``.

    Parameters
    ----------
    full : bool
        Whether each coordinate has the shape of the whole grid, or only its own axis.
    """

    def __init__(self, full: bool) -> None:
        self.full = full

    def __getitem__(self, slices: Any) -> list[Any]:
        """Return one tensor for each slice.

        Raises
        ------
        TypeError
            An entry is no slice of real numbers with an end.
        """
        slices = slices if isinstance(slices, tuple) else (slices,)
        lines = [line(entry) for entry in slices]
        coordinates = [
            along.dimshuffle([0 if i == axis else "x" for i in range(len(lines))])
            for axis, along in enumerate(lines)
        ]
        if not self.full:
            return coordinates
        nothing = reduce(ew.FUNCTIONS["add"], [ew.zeros_like(c) for c in coordinates])
        return [ew.FUNCTIONS["add"](c, nothing) for c in coordinates]


def line(entry: Any) -> Any:
    """Return the numbers of a slice, ``start:stop:step``."""
    if not isinstance(entry, slice) or entry.stop is None or isinstance(entry.step, complex):
        raise usage_error(
            TypeError,
            "a grid is made of slices",
            expected="start:stop:step, of which start and step may be left out",
            got=repr(entry),
        )
    start = 0 if entry.start is None else entry.start
    return arange(start, entry.stop, 1 if entry.step is None else entry.step)


mgrid = Grid(full=True)
ogrid = Grid(full=False)


def bartlett(M: Any) -> Any:
    """Return a triangle of ``M`` points that rises from 0 to 1 and falls to 0; float64.

    Parameters
    ----------
    M : int or integer scalar
        With one point it is 1; none for a number below 1.

    Raises
    ------
    TypeError
        ``M`` is no integer scalar.

    Notes
    -----
    M. S. Bartlett, *Periodogram analysis and continuous spectra*, Biometrika 37, 1950.
    """
    last = as_size(M, "bartlett") - np.int64(1)
    places = arange(M, dtype="float64")
    rising = places * 2.0 / ew.cast(ew.FUNCTIONS["maximum"](last, np.int64(1)), "float64")
    window = ew.FUNCTIONS["minimum"](rising, 2.0 - rising)
    return ew.switch(ew.FUNCTIONS["eq"](last, 0), ew.ones_like(window), window)

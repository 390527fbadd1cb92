"""Finite differences, and how far a gradient is from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.errors import usage_error

STEPS = {"float64": 1e-7, "float32": 2e-3, "float16": 1e-1}
"""By the dtype of a point."""


class GradientError(Exception):
    """A symbolic gradient differs from finite differences.

    Attributes
    ----------
    arg : int
        Which argument.
    err_pos : int
        Which of its elements, counted in C order.
    shape : tuple of int
        Of that argument.
    val1, val2 : float
        The numeric and the symbolic derivative.
    abs_err, rel_err, abs_tol, rel_tol : float
        How far they are apart, and what was allowed.
    """

    def __init__(
        self,
        arg: int,
        err_pos: int,
        shape: tuple[int, ...],
        val1: float,
        val2: float,
        abs_err: float,
        rel_err: float,
        abs_tol: float,
        rel_tol: float,
    ) -> None:
        super().__init__()
        self.arg, self.err_pos, self.shape = arg, err_pos, shape
        self.val1, self.val2 = val1, val2
        self.abs_err, self.rel_err = abs_err, rel_err
        self.abs_tol, self.rel_tol = abs_tol, rel_tol

    def __str__(self) -> str:
        where = tuple(int(k) for k in np.unravel_index(self.err_pos, self.shape))
        what = f"the gradient with respect to argument {self.arg} differs from finite differences"
        lines = [
            f"{what} at {where}: symbolic {self.val2:.10g}, numeric {self.val1:.10g}",
            f"  absolute error: {self.abs_err:.3g}, allowed {self.abs_tol:.3g}",
            f"  relative error: {self.rel_err:.3g}, allowed {self.rel_tol:.3g}",
            *(f"  {note}" for note in self.args),
        ]
        return "\n".join(lines)


class numeric_grad:
    """The gradient of a scalar function at a point, by central differences.

    Parameters
    ----------
    f : callable
        Takes as many arrays as there are in ``pt``, and returns a number.
    pt : ndarray, or list or tuple of ndarray
        Where to differentiate; left as it is.
    eps : float, optional
        The step; by default suited to the narrowest dtype of ``pt``.
    out_type : str, optional
        The dtype of the differences where the function is complex.

    Attributes
    ----------
    gf : ndarray or list of ndarray
        As ``pt``: the differences, float64 unless ``out_type`` is complex.
    """

    type_eps = STEPS

    def __init__(
        self,
        f: Callable[..., Any],
        pt: Any,
        eps: float | None = None,
        out_type: str | None = None,
    ) -> None:
        is_packed = not isinstance(pt, (list, tuple))
        points = [np.array(p) for p in ([pt] if is_packed else pt)]
        if eps is None:
            eps = max((self.type_eps.get(p.dtype.name, 1e-7) for p in points), default=1e-7)
        is_complex = out_type is not None and out_type.startswith("complex")
        dtype = np.dtype(out_type if is_complex else "float64")
        grads = []
        for point in points:
            g = np.zeros(point.shape, dtype)
            for index in np.ndindex(*point.shape):
                g[index] = central_difference(f, points, point, index, eps)
            grads.append(g)
        self.gf = grads[0] if is_packed else grads

    @staticmethod
    def abs_rel_err(a: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return how far two arrays are apart, absolutely and relative to their size.

        The relative error is ``|a - b| / max(|a| + |b|, 1e-8)``.
        """
        absolute = np.abs(np.asarray(a) - np.asarray(b))
        # An array, so that the bound is not rounded to a narrow dtype's zero.
        size = np.maximum(np.abs(a) + np.abs(b), np.array([1e-8]))
        return absolute, np.asarray(absolute / size).reshape(absolute.shape)

    def abs_rel_errors(self, g_pt: Sequence[Any]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the errors of the gradients ``g_pt``, one after another.

        Raises
        ------
        ValueError
            They are not as many as the points, or one has another shape.
        """
        own = self.gf if isinstance(self.gf, list) else [self.gf]
        if len(g_pt) != len(own):
            raise usage_error(
                ValueError,
                "gradients were held against finite differences of another number of points",
                expected=f"{len(own)}",
                got=f"{len(g_pt)}",
            )
        for i, (a, b) in enumerate(zip(g_pt, own, strict=True)):
            if np.shape(a) != b.shape:
                raise usage_error(
                    ValueError,
                    f"gradient {i} has another shape than its point",
                    expected=str(b.shape),
                    got=str(np.shape(a)),
                )
        return [self.abs_rel_err(a, b) for a, b in zip(g_pt, own, strict=True)]

    def max_err(
        self, g_pt: Sequence[Any], abs_tol: float, rel_tol: float
    ) -> tuple[int, int, float, float]:
        """Return where ``g_pt`` is worst: where both tolerances are passed by most.

        Returns
        -------
        argument, position : int
            The position is counted in C order.
        abs_err, rel_err : float
            The errors there.

        Raises
        ------
        ValueError
            An error is not finite.
        """
        worst: tuple[float, tuple[int, int, float, float]] = (-1.0, (0, 0, 0.0, 0.0))
        for i, (absolute, relative) in enumerate(self.abs_rel_errors(g_pt)):
            if not absolute.size:
                continue
            for name, errors in (("absolute", absolute), ("relative", relative)):
                if not np.isfinite(errors).all():
                    raise ValueError(
                        f"the {name} error of the gradient with respect to argument {i} "
                        f"is not finite: {errors!r}"
                    )
            ratio = np.minimum(absolute / abs_tol, relative / rel_tol)
            k = int(ratio.argmax())
            if ratio.flat[k] > worst[0]:
                at_worst = (i, k, float(absolute.flat[k]), float(relative.flat[k]))
                worst = (float(ratio.flat[k]), at_worst)
        return worst[1]


def central_difference(
    f: Callable[..., Any],
    points: Sequence[np.ndarray],
    point: np.ndarray,
    index: tuple[int, ...],
    eps: float,
) -> Any:
    """Return the derivative of ``f`` along one element of ``point``, which is among ``points``."""
    here = point[index]
    ends = []
    for step in (eps, -eps):
        point[index] = here + step
        # As rounded to the dtype of the point.
        moved = float(point[index])
        ends.append((moved, np.asarray(f(*points)).astype("complex128").item()))
    point[index] = here
    slope = (ends[0][1] - ends[1][1]) / (ends[0][0] - ends[1][0])
    return slope if slope.imag else slope.real

"""Symbolic gradients held against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.compile.make_function import function
from theano.gradient import grad
from theano.shared_variable import shared
from theano.tensor.type import TensorType

__all__ = ["GradientError", "numeric_grad", "verify_grad"]


class GradientError(Exception):
    """A symbolic gradient differs from finite differences."""


def numeric_grad(
    f: Callable[..., Any], points: Sequence[np.ndarray], eps: float | None = None
) -> list[np.ndarray]:
    """Return the gradient of a scalar function by central differences, in float64.

    Parameters
    ----------
    f : callable
        Takes arrays as ``points`` and returns a number.
    points : sequence of ndarray
    eps : float, optional
        The step; by default suited to the narrowest dtype among ``points``.
    """
    if eps is None:
        eps = 1e-7 if all(p.dtype == "float64" for p in points) else 2e-3
    grads = []
    copies = [p.copy() for p in points]
    for point in copies:
        g = np.zeros(point.shape, dtype="float64")
        for index in np.ndindex(*point.shape):
            here = point[index]
            values = []
            steps = []
            for sign in (1, -1):
                point[index] = here + sign * eps
                steps.append(float(point[index]))
                values.append(float(f(*copies)))
            point[index] = here
            g[index] = (values[0] - values[1]) / (steps[0] - steps[1])
        grads.append(g)
    return grads


def verify_grad(
    fun: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: Any = None,
    eps: float | None = None,
    out_type: str | None = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = None,
    cast_to_output_type: bool = False,
    no_debug_ref: bool = True,
) -> None:
    """Check the gradient of ``fun`` against finite differences.

    Parameters
    ----------
    fun : callable
        Takes as many variables as ``pt`` has values and returns one variable.
    pt : sequence of float arrays
        Where to differentiate.
    n_tests : int
        How many random projections of the output to try.
    rng : numpy RandomState or Generator, optional
        Draws the projections.
    eps, abs_tol, rel_tol : float, optional
        Step and tolerances; by default suited to the dtype.
    mode : str or Mode, optional
        How to compile.
    out_type, cast_to_output_type, no_debug_ref : optional
        Kept for programs that give them: the projection always has the dtype of the output.

    Raises
    ------
    GradientError
        They differ by more than both tolerances.
    TypeError
        A point is not of a float dtype.
    """
    points = [np.array(p) for p in pt]
    for i, p in enumerate(points):
        if p.dtype.name not in ("float16", "float32", "float64"):
            raise TypeError(f"verify_grad: point {i} is of dtype {p.dtype}, not a float")
    narrow = any(p.dtype != "float64" for p in points)
    abs_tol = abs_tol if abs_tol is not None else 1e-2 if narrow else 1e-4
    rel_tol = rel_tol if rel_tol is not None else 1e-2 if narrow else 1e-4
    rng = np.random.default_rng(0) if rng is None else rng
    inputs = [
        TensorType(p.dtype.name, [False] * p.ndim)(f"input {i}") for i, p in enumerate(points)
    ]
    output = fun(*inputs)
    value = function(inputs, output, mode=mode, on_unused_input="ignore")(*points)
    projection = shared(np.zeros(value.shape, dtype=output.type.dtype), borrow=True)
    cost = (projection * output).sum(dtype="float64" if not narrow else None)
    compute = function(inputs, cost, mode=mode, on_unused_input="ignore")
    gradients = function(
        inputs,
        grad(cost, inputs, disconnected_inputs="ignore"),
        mode=mode,
        on_unused_input="ignore",
    )
    for _ in range(n_tests):
        draw = (
            np.asarray(
                rng.random(value.shape) if hasattr(rng, "random") else rng.rand(*value.shape)
            )
            + 0.5
        )
        projection.set_value(draw.astype(output.type.dtype))
        numeric = numeric_grad(compute, points, eps)
        for i, (analytic, reference) in enumerate(zip(gradients(*points), numeric, strict=True)):
            difference = np.abs(np.asarray(analytic, dtype="float64") - reference)
            scale = np.maximum(np.abs(analytic) + np.abs(reference), 1e-8)
            bad = (difference > abs_tol) & (difference / scale > rel_tol)
            if np.any(bad) or np.any(np.isnan(analytic) != np.isnan(reference)):
                where = tuple(int(k) for k in np.argwhere(bad | np.isnan(difference))[0])
                raise GradientError(
                    f"the gradient with respect to argument {i} differs from finite differences "
                    f"at {where}: symbolic {analytic[where]}, numeric {reference[where]} "
                    f"(tolerances {abs_tol} absolute, {rel_tol} relative)"
                )

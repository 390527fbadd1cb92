"""``verify_grad``: symbolic gradients held against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from theano.compile.make_function import function
from theano.errors import usage_error
from theano.gradient import GradientError, grad, numeric_grad
from theano.graph import Variable
from theano.shared_variable import shared
from theano.tensor.ops.reduction import sum as sum_of
from theano.tensor.type import TensorType

__all__ = ["verify_grad"]

TOLERANCES = {"float64": 1e-4, "float32": 1e-2, "float16": 5e-2}
"""By the dtype of a point, absolute and relative."""


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
    pt : list or tuple of float arrays
        Where to differentiate. A dimension of length 1 is broadcastable.
    n_tests : int
        How many random projections of the output to try.
    rng : numpy RandomState or Generator, optional
        Draws the projections.
    eps, abs_tol, rel_tol : float, optional
        Step and tolerances; by default suited to the widest error among the dtypes.
    out_type : str, optional
        The dtype of the projected output where it is complex.
    mode : str or Mode, optional
        How to compile.
    cast_to_output_type : bool
        Project a float32 output in float32; otherwise in float64.
    no_debug_ref : bool
        Kept for programs that give it.

    Raises
    ------
    GradientError
        They differ by more than both tolerances.
    TypeError
        A point is not of a float dtype, or ``fun`` returns no single variable.
    ValueError
        A gradient is not finite.
    """
    points = [np.array(p) for p in pt]
    for i, p in enumerate(points):
        if p.dtype.name not in TOLERANCES:
            raise TypeError(f"verify_grad: point {i} is of dtype {p.dtype}, not a float")
    default = max((TOLERANCES[p.dtype.name] for p in points), default=TOLERANCES["float64"])
    abs_tol = default if abs_tol is None else abs_tol
    rel_tol = default if rel_tol is None else rel_tol
    rng = np.random.default_rng(0) if rng is None else rng
    draw = rng.random if hasattr(rng, "random") else rng.random_sample

    inputs = [
        TensorType(p.dtype.name, [n == 1 for n in p.shape])(f"input {i}")
        for i, p in enumerate(points)
    ]
    output = fun(*inputs)
    if not isinstance(output, Variable):
        raise usage_error(
            TypeError,
            "verify_grad was given a function that returns no single variable",
            expected="one variable",
            got=output,
            fix="check the outputs one after another, or a sum of them",
        )

    def compiled(outputs: Any) -> Any:
        return function(
            inputs, outputs, mode=mode, on_unused_input="ignore", allow_input_downcast=True
        )

    shape = np.shape(compiled(output)(*points))
    narrow = cast_to_output_type and getattr(output.type, "dtype", None) == "float32"
    dtype = "float32" if narrow else "float64"
    projection = shared(np.zeros(shape, dtype))
    cost = sum_of(projection * output)
    compute = compiled(cost)
    gradients = compiled(grad(cost, inputs, disconnected_inputs="ignore"))
    for _ in range(n_tests):
        projection.set_value((draw(shape) + 0.5).astype(dtype))
        numeric = numeric_grad(compute, points, eps, out_type)
        symbolic = gradients(*points)
        arg, position, abs_err, rel_err = numeric.max_err(symbolic, abs_tol, rel_tol)
        if abs_err > abs_tol and rel_err > rel_tol:
            raise GradientError(
                arg,
                position,
                points[arg].shape,
                numeric.gf[arg].flat[position],
                symbolic[arg].flat[position],
                abs_err,
                rel_err,
                abs_tol,
                rel_tol,
            )


verify_grad.E_grad = GradientError  # type: ignore[attr-defined]

"""What tests of users' ops import from ``theano.tests.unittest_tools``."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Sequence
from typing import Any
from unittest import SkipTest

import numpy as np

from theano.compile import function, get_default_mode
from theano.compile import verify_grad as check_gradient
from theano.gradient import GradientError
from theano.graph.traversal import toposort
from theano.options import config
from theano.tensor.conversion import as_tensor_variable

__all__ = [
    "InferShapeTester",
    "SkipTest",
    "WrongValue",
    "assert_allclose",
    "attr",
    "fetch_seed",
    "seed_rng",
    "verify_grad",
]

TOLERANCES = {"float16": (1e-2, 5e-3), "float32": (1e-3, 1e-4), "float64": (1e-4, 1e-3)}
"""Relative and absolute tolerance for the narrower of two dtypes."""


def attr(*names: str, **values: Any) -> Callable[[Any], Any]:
    """Return a decorator that marks a test with attributes, such as ``@attr("slow")``."""

    def mark(test: Any) -> Any:
        for name, value in {**dict.fromkeys(names, True), **values}.items():
            setattr(test, name, value)
        return test

    return mark


def fetch_seed(pseed: Any = None) -> int | None:
    """Return ``pseed``, or ``config.unittests.rseed``; None where that is "random"."""
    seed = pseed or config.unittests.rseed
    return None if seed == "random" else int(seed)


def seed_rng(pseed: Any = None) -> int | None:
    """Seed NumPy's global generator with what :func:`fetch_seed` gives, and return that."""
    seed = fetch_seed(pseed)
    np.random.seed(seed)  # noqa: NPY002
    return seed


def verify_grad(
    op: Callable[..., Any], pt: Sequence[Any], n_tests: int = 2, rng: Any = None, **options: Any
) -> None:
    """Check a gradient against finite differences; see ``theano.gradient.verify_grad``.

    ``rng`` is by default NumPy's global generator, seeded.

    Raises
    ------
    GradientError
        They differ. ``verify_grad.E_grad`` is another name for it.
    """
    if rng is None:
        seed_rng()
        rng = np.random
    check_gradient(op, pt, n_tests, rng, **options)


verify_grad.E_grad = GradientError  # type: ignore[attr-defined]


class WrongValue(Exception):
    """Two values differ by more than the tolerances allow."""


def assert_allclose(
    expected: Any, value: Any, rtol: float | None = None, atol: float | None = None
) -> None:
    """Raise unless two values agree within tolerances that suit the narrower dtype.

    Raises
    ------
    WrongValue
        Says where they differ most.
    """
    left, right = np.asarray(expected), np.asarray(value)
    narrow = min(
        (np.finfo(a.dtype).dtype for a in (left, right) if a.dtype.kind in "fc"),
        key=lambda dtype: dtype.itemsize,
        default=np.dtype("float64"),
    )
    default = TOLERANCES[narrow.name]
    rtol = default[0] if rtol is None else rtol
    atol = default[1] if atol is None else atol
    try:
        np.testing.assert_allclose(right, left, rtol=rtol, atol=atol, equal_nan=False)
    except AssertionError as error:
        raise WrongValue(str(error)) from None


class InferShapeTester(unittest.TestCase):
    """Base of tests that hold ``infer_shape`` against the shapes that values have."""

    mode: Any = None

    def setUp(self) -> None:
        """Seed NumPy's global generator, and choose a mode."""
        seed_rng()
        if self.mode is None:
            self.mode = get_default_mode()

    def _compile_and_check(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        numeric_inputs: Sequence[Any],
        cls: type,
        excluding: Sequence[str] | None = None,
        warn: bool = True,
        check_topo: bool = True,
    ) -> None:
        """Check the shapes that the ops between ``inputs`` and ``outputs`` say, on given values.

        Parameters
        ----------
        inputs, outputs : list of Variable
        numeric_inputs : list
            Values of the inputs; best with lengths that all differ.
        cls : type
            Of the op that is tested; there must be one.
        excluding : list of str, optional
            Rewrites to leave out.
        warn : bool
            Say where two lengths of a value are equal, and so could be mistaken for one another.
        check_topo : bool
            Require that the op has an ``infer_shape``. Without it, one that it lacks is passed
            over.
        """
        nodes = toposort(outputs, set(inputs))
        if not any(isinstance(node.op, cls) for node in nodes):
            self.fail(f"there is no {cls.__name__} in the graph")
        mode = self.mode.excluding(*excluding) if excluding else self.mode
        if warn:
            report_equal_lengths(inputs, numeric_inputs)
        lengths = inferred_lengths(nodes, outputs, None if check_topo else cls)
        known = [row for row in lengths if row is not None]
        flat = [as_tensor_variable(length) for row in known for length in row]
        results = iter(
            function(list(inputs), [*outputs, *flat], mode=mode, on_unused_input="ignore")(
                *numeric_inputs
            )
        )
        values = [next(results) for _ in outputs]
        for output, value, row in zip(outputs, values, lengths, strict=True):
            if row is not None:
                found = tuple(int(next(results)) for _ in row)
                if found != np.shape(value):
                    self.fail(f"{output} has shape {np.shape(value)}; infer_shape says {found}")


def report_equal_lengths(inputs: Sequence[Any], values: Sequence[Any]) -> None:
    """Say on the error stream that a value has lengths that could be mistaken for one another."""
    for variable, value in zip(inputs, values, strict=True):
        pattern = getattr(variable.type, "broadcastable", ())
        lengths = [n for n, one in zip(np.shape(value), pattern, strict=False) if not one]
        if len(set(lengths)) < len(lengths):
            print(  # noqa: T201
                f"the shape {np.shape(value)} of an input has equal lengths, so that a test of "
                "infer_shape cannot tell them apart",
                file=sys.stderr,
            )
            return


def inferred_lengths(
    nodes: Sequence[Any], outputs: Sequence[Any], may_lack: type | None
) -> list[tuple[Any, ...] | None]:
    """Return the lengths of each output as the ops' ``infer_shape`` gives them.

    None where an op of class ``may_lack`` has no ``infer_shape``.
    """
    shapes: dict[Any, Any] = {}

    def shape_of(variable: Any) -> Any:
        if variable not in shapes:
            ndim = getattr(variable.type, "ndim", 0)
            shapes[variable] = tuple(variable.shape[i] for i in range(ndim))
        return shapes[variable]

    unknown: set[Any] = set()
    for node in nodes:
        try:
            found = node.op.infer_shape(node, [shape_of(v) for v in node.inputs])
        except NotImplementedError:
            if may_lack is None or not isinstance(node.op, may_lack):
                raise
            unknown.update(node.outputs)
            continue
        for variable, shape in zip(node.outputs, found, strict=True):
            if shape is None:  # it has none, or one that values decide
                unknown.add(variable)
            else:
                shapes[variable] = tuple(shape)
    return [None if v in unknown else shape_of(v) for v in outputs]

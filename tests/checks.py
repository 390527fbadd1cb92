"""What tests say of an op in one line: all of its facets held against one another.

``check_op``        value, type, inferred shape, gradient, R-op, compiled against ``perform``
``check_value``     value and type only, compiled and by ``perform``
``check_op_raises`` an error at run time, compiled and by ``perform``
``check_raises``    an error and what its text says
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from theano import function
from theano.compile.executor import HostFallbackWarning
from theano.compile.mode import Mode
from theano.gradient import Rop, grad, numeric_grad
from theano.graph.traversal import toposort
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.type import TensorType

HOST = Mode(linker="py", optimizer="None")
FACETS = frozenset({"infer_shape", "gradient", "R_op"})

TOLERANCES = {"float16": (5e-3, 1e-3), "float32": (2e-5, 2e-6), "float64": (1e-9, 1e-11)}
"""Relative and absolute, of one way of computing a value against another."""

DIFFERENCES = {
    "float16": (5e-2, 1e-1, 1e-1),
    "float32": (2e-3, 1e-2, 5e-3),
    "float64": (1e-6, 1e-5, 1e-6),
}
"""Step of finite differences, then relative and absolute tolerance."""


class FacetError(AssertionError):
    """One facet of an op disagrees with another."""


def check_op(
    op: Callable[..., Any],
    values: Sequence[Any],
    expected: Any = None,
    *,
    types: Sequence[Any] | None = None,
    wrt: Sequence[int] | None = None,
    skip: Sequence[str] = (),
    compiled: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    mode: Any = None,
) -> list[Any]:
    """Check every facet of an op on concrete inputs. One XLA compilation.

    * the compiled value is that of ``perform``, and ``expected``;
    * dtype, rank and broadcastable dimensions are what the graph says;
    * ``infer_shape`` gives the lengths that the value has;
    * ``L_op`` agrees with finite differences, for each real or complex input that the connection
      pattern connects to a real or complex output. With a complex input ``x``, the gradient is
      ``d/d re(x) + i d/d im(x)``;
    * ``R_op`` agrees with finite differences, and with ``L_op`` up to rounding;
    * no input was changed.

    Parameters
    ----------
    op : Op or callable
        Takes as many variables as there are ``values``; returns one variable or a list. An argument
        that is no variable (an axis, a constant size) belongs into a lambda.
    values : sequence of array_like
        Where to evaluate: away from kinks, and a few dozen elements at most where there is a
        gradient, as each costs two evaluations.
    expected : array_like, list of such (for several outputs), or callable of ``values``, optional
    types : sequence of Type or None, optional
        Types of the inputs; by default a ``TensorType`` of the value's dtype and rank in which
        nothing is broadcastable.
    wrt : sequence of int, optional
        Positions of the inputs to differentiate with respect to; by default all real and complex.
    skip : sequence of {"infer_shape", "gradient", "R_op"}
        Facets that the op does not have.
    compiled : bool
        False where the graph cannot be one XLA program, as its op has no ``lower`` or its shapes
        depend on data.
    rtol, atol : float, optional
        For values; by default suited to the dtype.
    mode : optional
        For the compiled function.

    Returns
    -------
    list
        The compiled values of the outputs.

    Raises
    ------
    FacetError
        Names the facet.
    """
    unknown = set(skip) - FACETS
    assert not unknown, f"skip takes {sorted(FACETS)}, got {sorted(unknown)}"
    case = Case(op, values, types, rtol, atol)
    # The op gets copies, which the originals are held against at the end.
    reference = case.forward(*case.values)
    case.check_unchanged()
    case.check_types(reference, "perform")
    if expected is not None:
        case.check_expected(reference, expected, "perform")

    facets: dict[str, list[Any]] = {"value": case.outputs}
    extra_inputs: list[Any] = []
    extra_values: list[Any] = []
    if "infer_shape" not in skip:
        facets["infer_shape"] = case.inferred_lengths()
    chosen = case.differentiable(wrt)
    smooth = [j for j, v in enumerate(case.outputs) if is_continuous(v)]
    connected: list[int] = []
    if chosen and smooth and not {"gradient", "R_op"} <= set(skip):
        rng = np.random.default_rng(20161)
        weights = [draw(rng, reference[j]) for j in smooth]
        symbolic_weights = [case.outputs[j].type() for j in smooth]
        by_input = case.gradients(smooth, symbolic_weights, chosen)
        connected = [i for i in chosen if by_input[i] is not None]
        extra_inputs += symbolic_weights
        extra_values += weights
        if "gradient" not in skip:
            facets["gradient"] = [by_input[i] for i in connected]
    if connected and "R_op" not in skip:
        directions = {i: draw(rng, case.values[i]) for i in connected}
        symbolic_directions = {i: case.inputs[i].type() for i in connected}
        facets["R_op"] = case.directional(smooth, symbolic_directions)
        extra_inputs += symbolic_directions.values()
        extra_values += directions.values()

    inputs, arguments = case.inputs + extra_inputs, case.values + extra_values
    on_host = case.run("perform", inputs, facets, arguments, HOST, compiled)
    results = case.run("the compiled program", inputs, facets, arguments, mode, compiled)
    case.check_types(results["value"], "the compiled program")
    for facet, got in results.items():
        for k, (one, other) in enumerate(zip(got, on_host[facet], strict=True)):
            place = {
                "gradient": lambda k: case.input_named(connected[k]),
                "value": case.output_named,
                "R_op": lambda k: case.output_named(smooth[k]),
            }.get(facet, str)(k)
            case.compare(f"{facet}: compiled against perform, {place}", one, other)
    if "infer_shape" in facets:
        case.check_lengths(results["infer_shape"], reference)
    if "gradient" in facets:
        case.check_gradients(results["gradient"], connected, smooth, weights)
    if "R_op" in facets:
        case.check_directional(results["R_op"], directions, smooth)
        if "gradient" in facets:
            case.check_adjoint(results, weights, list(directions.values()))
    case.check_unchanged()
    return results["value"]


def check_value(
    op: Callable[..., Any],
    values: Sequence[Any],
    expected: Any = None,
    *,
    types: Sequence[Any] | None = None,
    compiled: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    mode: Any = None,
) -> list[Any]:
    """Check the value and the type of an op, compiled and by ``perform``; see ``check_op``."""
    return check_op(
        op,
        values,
        expected,
        types=types,
        skip=sorted(FACETS),
        compiled=compiled,
        rtol=rtol,
        atol=atol,
        mode=mode,
    )


@contextmanager
def check_raises(exception: type[BaseException], *texts: str) -> Iterator[Any]:
    """Check that the block raises ``exception``, and that its text contains each of ``texts``.

    >>> with check_raises(TypeError, "non-scalar cost", "fix:"):
    ...     grad(vector(), wrt)
    """
    with pytest.raises(exception) as caught:
        yield caught
    message = str(caught.value)
    for text in texts:
        if text not in message:
            raise AssertionError(f"{exception.__name__} does not say {text!r}; it says:\n{message}")


def check_op_raises(
    op: Callable[..., Any],
    values: Sequence[Any],
    exception: type[BaseException],
    *texts: str,
    types: Sequence[Any] | None = None,
) -> None:
    """Check that a graph that can be built raises when it runs, compiled and by ``perform``."""
    case = Case(op, values, types)
    compiled = function(case.inputs, case.outputs, on_unused_input="ignore")
    for run in (case.forward, compiled):
        with check_raises(exception, *texts):
            run(*case.values)


class Case:
    """An op applied to variables, with values for them, and the comparisons of its facets."""

    def __init__(
        self,
        op: Callable[..., Any],
        values: Sequence[Any],
        types: Sequence[Any] | None = None,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> None:
        self.op = op
        self.rtol, self.atol = rtol, atol
        self.given = [np.array(v) for v in values]
        self.values = [v.copy() for v in self.given]
        kinds = [None] * len(self.values) if types is None else types
        self.inputs = [
            (kind or TensorType(v.dtype.name, [False] * v.ndim))()
            for kind, v in zip(kinds, self.values, strict=True)
        ]
        outputs = op(*self.inputs)
        self.outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        self.forward = function(self.inputs, self.outputs, mode=HOST, on_unused_input="ignore")

    def fail(self, what: str) -> FacetError:
        shapes = [f"{v.dtype}{list(v.shape)}" for v in self.given]
        if len(shapes) > 6:
            shapes[6:] = [f"and {len(shapes) - 6} more"]
        return FacetError(f"{self.op} on ({', '.join(shapes)}): {what}")

    def input_named(self, i: int) -> str:
        """Return what messages call input ``i``: its position and the ops that take it."""
        takers = dict.fromkeys(
            str(node.op)
            for node in toposort(self.outputs, set(self.inputs))
            if self.inputs[i] in node.inputs
        )
        return f"input {i} (of {', '.join(takers)})"

    def output_named(self, j: int) -> str:
        """Return what messages call output ``j``: its position and the op that gives it."""
        owner = self.outputs[j].owner
        return f"output {j}" + (f" ({owner.op})" if owner is not None else "")

    def compare(
        self, what: str, got: Any, want: Any, rtol: float | None = None, atol: float | None = None
    ) -> None:
        """Raise unless two values have one shape and agree within the tolerance of ``got``."""
        if got is None or not hasattr(got, "dtype"):
            return
        want = np.asarray(want)
        if np.shape(got) != want.shape:
            raise self.fail(f"{what}: shape {np.shape(got)} against {want.shape}")
        if got.dtype.kind not in "fc":
            agree = np.asarray(got == want)
        else:
            default = TOLERANCES[real_dtype(got.dtype)]
            with np.errstate(all="ignore"):
                agree = np.isclose(
                    got,
                    want,
                    rtol=self.rtol or default[0] if rtol is None else rtol,
                    atol=(default[1] if self.atol is None else self.atol) if atol is None else atol,
                    equal_nan=True,
                )
        if not agree.all():
            where = tuple(int(k) for k in np.argwhere(~agree)[0])
            raise self.fail(
                f"{what}: {got[where]!r} against {want[where]!r} at {where}; "
                f"{np.count_nonzero(~agree)} of {agree.size} differ"
            )

    def check_types(self, values: Sequence[Any], by: str) -> None:
        for k, (variable, value) in enumerate(zip(self.outputs, values, strict=True)):
            if not variable.type.is_valid_value(value):
                said = f"{value.dtype}, shape {value.shape}" if hasattr(value, "shape") else value
                raise self.fail(
                    f"type: {by} gave {type(value).__name__} ({said}) for {self.output_named(k)}, "
                    f"which the graph says is {variable.type}"
                )

    def check_expected(self, values: Sequence[Any], expected: Any, by: str) -> None:
        if callable(expected):
            expected = expected(*self.given)
        if len(values) == 1 and not (isinstance(expected, (list, tuple)) and len(expected) == 1):
            expected = [expected]
        for k, (got, want) in enumerate(zip(values, expected, strict=True)):
            self.compare(f"value: {by} against what is expected, {self.output_named(k)}", got, want)

    def inferred_lengths(self) -> list[Any]:
        """Return the lengths that ``infer_shape`` gives, of one output after another."""
        shapes: dict[Any, Any] = {}

        def shape_of(variable: Any) -> Any:
            if variable not in shapes:
                ndim = getattr(variable.type, "ndim", 0)
                shapes[variable] = tuple(variable.shape[i] for i in range(ndim))
            return shapes[variable]

        for node in toposort(self.outputs, set(self.inputs)):
            try:
                found = node.op.infer_shape(node, [shape_of(v) for v in node.inputs])
            except NotImplementedError as error:
                raise self.fail(f"infer_shape: {node.op} has none") from error
            for output, shape in zip(node.outputs, found, strict=True):
                if len(shape) != getattr(output.type, "ndim", 0):
                    raise self.fail(f"infer_shape: {len(shape)} lengths for {output.type}")
                shapes[output] = tuple(shape)
        lengths = [length for output in self.outputs for length in shape_of(output)]
        return [as_tensor_variable(length) for length in lengths]

    def check_lengths(self, lengths: Sequence[Any], values: Sequence[Any]) -> None:
        real = [length for value in values for length in np.shape(value)]
        if [int(n) for n in lengths] != real:
            raise self.fail(f"infer_shape: {[int(n) for n in lengths]}, the value has {real}")

    def differentiable(self, wrt: Sequence[int] | None) -> list[int]:
        everything = [i for i, v in enumerate(self.inputs) if is_continuous(v)]
        return everything if wrt is None else list(wrt)

    def gradients(
        self, smooth: Sequence[int], weights: Sequence[Any], chosen: Sequence[int]
    ) -> dict[int, Any]:
        try:
            found = grad(
                None,
                [self.inputs[i] for i in chosen],
                known_grads={self.outputs[j]: w for j, w in zip(smooth, weights, strict=True)},
                disconnected_inputs="ignore",
                return_disconnected="none",
            )
        except Exception as error:
            raise self.fail(f"gradient: the graph cannot be built: {error}") from error
        for i, g in zip(chosen, found, strict=True):
            kind = self.inputs[i].type
            if g is not None and (g.type.dtype, g.type.ndim) != (kind.dtype, kind.ndim):
                raise self.fail(f"gradient: {g.type} for input {i}, which is {kind}")
        return dict(zip(chosen, found, strict=True))

    def directional(self, smooth: Sequence[int], directions: dict[int, Any]) -> list[Any]:
        try:
            return Rop(
                [self.outputs[j] for j in smooth],
                [self.inputs[i] for i in directions],
                list(directions.values()),
                disconnected_outputs="ignore",
            )
        except Exception as error:
            raise self.fail(f"R_op: the graph cannot be built: {error}") from error

    def run(
        self,
        by: str,
        inputs: Sequence[Any],
        facets: dict[str, list[Any]],
        arguments: Sequence[Any],
        mode: Any,
        compiled: bool,
    ) -> dict[str, list[Any]]:
        """Return the values of all facets, from one function."""
        wanted = [v for group in facets.values() for v in group]
        try:
            flat = iter(self.call(inputs, wanted, arguments, mode, compiled))
        except Exception as error:
            # Which of them was it? Slow, but only on the way to a failure.
            for facet, group in facets.items():
                try:
                    self.call(inputs, group, arguments, mode, compiled)
                except Exception as alone:
                    raise self.fail(f"{facet}: {by} raised {alone!r}") from alone
            raise self.fail(f"{by} raised {error!r}") from error
        return {facet: [next(flat) for _ in group] for facet, group in facets.items()}

    @staticmethod
    def call(
        inputs: Sequence[Any],
        wanted: list[Any],
        arguments: Sequence[Any],
        mode: Any,
        compiled: bool,
    ) -> list[Any]:
        with warnings.catch_warnings():
            if not compiled:
                warnings.simplefilter("ignore", HostFallbackWarning)
            run = function(list(inputs), wanted, mode=mode, on_unused_input="ignore")
            return run(*arguments)

    def step_and_tolerances(self, chosen: Sequence[int], smooth: Sequence[int]) -> Any:
        kinds = [self.inputs[i].type.dtype for i in chosen]
        kinds += [self.outputs[j].type.dtype for j in smooth]
        return DIFFERENCES[min((real_dtype(k) for k in kinds), key=precision)]

    def check_gradients(
        self,
        found: Sequence[Any],
        connected: Sequence[int],
        smooth: Sequence[int],
        weights: Sequence[Any],
    ) -> None:
        step, rtol, atol = self.step_and_tolerances(connected, smooth)
        is_complex = [self.values[i].dtype.kind == "c" for i in connected]

        def cost(*points: Any) -> float:
            arguments = list(self.values)
            for i, two, p in zip(connected, is_complex, points, strict=True):
                arguments[i] = joined(p, self.values[i].dtype) if two else p
            with np.errstate(all="ignore"):
                outputs = self.forward(*arguments)
            return sum(
                float(np.sum(np.real(np.conj(wide(w)) * wide(outputs[j]))))
                for j, w in zip(smooth, weights, strict=True)
            )

        points = [
            split(self.values[i]) if two else self.values[i]
            for i, two in zip(connected, is_complex, strict=True)
        ]
        numeric = numeric_grad(cost, points, step).gf
        for i, two, got, want in zip(connected, is_complex, found, numeric, strict=True):
            reference = joined(want, "complex128") if two else want
            self.compare(
                f"gradient: L_op against finite differences, {self.input_named(i)}",
                got,
                reference,
                rtol,
                atol,
            )

    def check_directional(
        self, found: Sequence[Any], directions: dict[int, Any], smooth: Sequence[int]
    ) -> None:
        step, rtol, atol = self.step_and_tolerances(list(directions), smooth)
        ends = []
        for sign in (1, -1):
            moved = list(self.values)
            for i, r in directions.items():
                moved[i] = (self.values[i] + sign * step * r).astype(self.values[i].dtype)
            with np.errstate(all="ignore"):
                ends.append(self.forward(*moved))
        for got, j in zip(found, smooth, strict=True):
            want = (wide(ends[0][j]) - wide(ends[1][j])) / (2 * step)
            what = f"R_op: against finite differences, {self.output_named(j)}"
            self.compare(what, got, want, rtol, atol)

    def check_adjoint(
        self, results: dict[str, list[Any]], weights: Sequence[Any], directions: Sequence[Any]
    ) -> None:
        """Compare ``weights . (J directions)`` with ``(weights J) . directions``."""
        sides = []
        size = 0.0
        for pairs in (
            zip(weights, results["R_op"], strict=True),
            zip(results["gradient"], directions, strict=True),
        ):
            terms = [np.real(np.conj(wide(a)) * wide(b)) for a, b in pairs]
            sides.append(sum(float(t.sum()) for t in terms))
            size += sum(float(np.abs(t).sum()) for t in terms)
        kinds = [real_dtype(v.dtype) for v in (*results["gradient"], *results["R_op"])]
        unit = max((float(np.finfo(k).eps) for k in kinds), default=0.0)
        if abs(sides[0] - sides[1]) > 1e3 * unit * max(size, 1.0):
            raise self.fail(f"R_op: {sides[0]} along a direction, {sides[1]} through L_op")

    def check_unchanged(self) -> None:
        for i, (value, given) in enumerate(zip(self.values, self.given, strict=True)):
            if value.dtype != given.dtype or value.tobytes() != given.tobytes():
                raise self.fail(f"inputs: input {i} was changed")


def is_continuous(variable: Any) -> bool:
    """Whether a variable holds real or complex numbers."""
    return getattr(variable.type, "dtype", "").startswith(("float", "complex"))


def real_dtype(dtype: Any) -> str:
    """Return the real dtype of the precision of ``dtype``; float64 for integers."""
    dtype = np.dtype(dtype)
    return np.finfo(dtype).dtype.name if dtype.kind in "fc" else "float64"


def precision(dtype: str) -> int:
    """Return the number of bytes of a float dtype."""
    return np.dtype(dtype).itemsize


def wide(x: Any) -> np.ndarray:
    """Return an array in double precision."""
    return np.asarray(x, dtype="complex128" if np.asarray(x).dtype.kind == "c" else "float64")


def split(x: np.ndarray) -> np.ndarray:
    """Return a complex array as a real one with a last axis of two."""
    return np.stack([x.real, x.imag], axis=-1)


def joined(x: np.ndarray, dtype: Any) -> np.ndarray:
    """Return a real array with a last axis of two as a complex one."""
    return np.asarray(x[..., 0] + 1j * x[..., 1]).astype(dtype)


def draw(rng: np.random.Generator, like: Any) -> np.ndarray:
    """Return random numbers between 0.5 and 1.5 in the shape and dtype of ``like``."""
    like = np.asarray(like)
    values = rng.uniform(0.5, 1.5, size=like.shape)
    if like.dtype.kind == "c":
        values = values + 1j * rng.uniform(0.5, 1.5, size=like.shape)
    return np.asarray(values).astype(like.dtype)

"""``RandomFunction``: draws from a NumPy generator, as an op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from theano.errors import usage_error
from theano.graph import Apply, NullType, Op, Variable
from theano.graph.generic_type import Generic
from theano.random.random_state import RandomStateType
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops.sizes import (
    as_size_vector,
    size_elements,
    vector_length,
)

__all__ = ["RandomFunction"]


class RandomFunction(Op):
    """Draws of a function: generator, shape (k,), parameters ``->`` generator moved on, numbers.

    It runs on the host; what is drawn is handed to the program like an argument.

    Parameters
    ----------
    fn : str or callable
        The name of a method of ``numpy.random.RandomState``, or a function that takes a generator,
        the values of the parameters, and a shape: a tuple, or None for what the parameters imply.
    outtype : TensorType
        Of the numbers.
    inplace : bool
        Move the generator on that is given, instead of a copy. (A compiled function copies it
        first: a call that fails leaves all generators as they were.)
    ndim_added : int
        How many dimensions the numbers have more than the shape has lengths.

    Raises
    ------
    TypeError
        It is applied to something that is no generator, or no shape.
    ValueError
        While running: the numbers have another shape than was asked for.
    """

    __props__ = ("fn", "outtype", "inplace", "ndim_added")

    def __init__(
        self, fn: str | Callable[..., Any], outtype: Any, inplace: bool = False, ndim_added: int = 0
    ) -> None:
        self.fn = fn
        self.outtype = outtype
        self.inplace = inplace
        self.ndim_added = ndim_added
        if inplace:
            self.destroy_map = {0: [0]}

    @property
    def exec_fn(self) -> Callable[..., Any]:
        """The function that draws."""
        return getattr(np.random.RandomState, self.fn) if isinstance(self.fn, str) else self.fn

    def __str__(self) -> str:
        return f"RandomFunction{{{self.exec_fn.__name__}}}"

    def make_node(self, r: Any, shape: Any, *args: Any) -> Apply:
        if not isinstance(r, Variable) or not isinstance(r.type, (RandomStateType, Generic)):
            raise usage_error(
                TypeError,
                f"{self} was not applied to a generator",
                expected="a variable of random_state_type as first argument",
                got=r,
                fix="give theano.shared(numpy.random.RandomState(seed))",
            )
        shape = as_size_vector(shape, str(self))
        parameters = [as_tensor_variable(x) for x in args]
        return Apply(self, [r, shape, *parameters], [r.type(), self.outtype()])

    def perform(self, node, inputs, output_storage):
        r, lengths, *parameters = inputs
        shape = tuple(int(n) for n in lengths) or None
        ndim = node.outputs[1].type.ndim
        if shape is not None and len(shape) + self.ndim_added != ndim:
            raise self.misfit(
                f"{ndim - self.ndim_added} lengths, as the numbers have {ndim} dimensions",
                f"size {shape}",
            )
        if not self.inplace:
            r = copied(r)
        numbers = self.exec_fn(r, *parameters, shape)
        numbers = np.asarray(numbers, dtype=node.outputs[1].type.dtype)
        if shape is None and numbers.ndim == 0:
            numbers = numbers.reshape((1,) * ndim)
        given = numbers.shape[: numbers.ndim - self.ndim_added]
        if numbers.ndim != ndim or (shape is not None and given != shape):
            wanted = f"shape {shape}" if shape is not None else f"{ndim} dimensions"
            added = f" and {self.ndim_added} more" if shape is not None and self.ndim_added else ""
            raise self.misfit(f"{wanted}{added}", f"numbers of shape {numbers.shape}")
        output_storage[0][0], output_storage[1][0] = r, numbers

    def misfit(self, expected: str, got: str) -> ValueError:
        """Return the error about a shape."""
        return usage_error(
            ValueError, f"{self} was run with a size that does not fit", expected=expected, got=got
        )

    def infer_shape(self, node, shapes):
        lengths, numbers = node.inputs[1], node.outputs[1].type
        scalars = isinstance(self.fn, str) and not any(x.type.ndim for x in node.inputs[2:])
        if vector_length(lengths) == 0 and scalars and not self.ndim_added:
            return [None, (np.int64(1),) * numbers.ndim]
        if self.ndim_added or vector_length(lengths) == 0:
            return [None, None]
        return [None, tuple(size_elements(lengths, numbers.ndim))]

    def L_op(self, inputs, outputs, output_grads):
        undefined = NullType("a draw is no differentiable function of its parameters")
        return [undefined() for _ in inputs]

    def R_op(self, inputs, eval_points):
        return [None, None]


class Blank(ISeedSequence):
    """Zeros in place of a seed, for generators whose state is set afterwards."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """Return zeros."""
        return [0] * n_words

    def __reduce__(self) -> tuple[Any, ...]:
        # So that a pickled generator does not refer to this class.
        return np.random.SeedSequence, (0,)


BLANK = Blank()


def copied(r: np.random.RandomState) -> np.random.RandomState:
    """Return a generator of its own in the state of ``r``.

    Much quicker than ``copy.deepcopy``, which seeds the copy twice and reads an array element by
    element; ``copy.copy`` gives a generator that shares its state.
    """
    name, keys, *rest = r.get_state()
    # NumPy's stubs know no seeds but its own.
    new = np.random.RandomState(np.random.MT19937(BLANK))  # type: ignore[arg-type]
    new.set_state((name, keys.tolist(), *rest))
    return new

"""Fourier transforms of batches of real numbers, with real and imaginary parts as a last axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.errors import usage_error
from theano.graph import Apply, Op
from theano.graph.null_type import disconnected_type
from theano.scalar.type import COMPLEX_DTYPES, DISCRETE_DTYPES
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.ops import elementwise as ew
from theano.tensor.ops.brackets import set_subtensor
from theano.tensor.ops.sizes import as_size_vector, lengths_of, make_vector, product
from theano.tensor.type import TensorType

__all__ = ["IRFFTOp", "RFFTOp", "irfft", "irfft_op", "rfft", "rfft_op"]


class Fourier(Op):
    """What the two transforms share: ``a, s -> …``, where ``s`` are the lengths of the real side.

    The first axis counts the batch, all others are transformed. What ``a`` has beyond ``s`` is cut
    off, and zeros stand for what it lacks.
    """

    __props__ = ()

    parts: int
    """How many axes the input has for real and imaginary part."""

    def as_batch(self, a: Any) -> Any:
        """Return ``a`` as a variable.

        Raises
        ------
        TypeError
            It has too few dimensions, or is complex.
        """
        a = as_tensor_variable(a)
        if a.type.ndim < 2 + self.parts or a.type.dtype in COMPLEX_DTYPES:
            raise usage_error(
                TypeError,
                f"{self} takes a batch of real numbers",
                expected=f"{2 + self.parts} dimensions or more: the first counts the batch"
                + (", the last holds real and imaginary part" if self.parts else ""),
                got=a,
            )
        return a

    def make_node(self, a: Any, s: Any = None) -> Apply:
        a = self.as_batch(a)
        lengths = as_size_vector(self.real_lengths(a) if s is None else s, "a Fourier transform")
        kind = TensorType(a.type.dtype, [False] * (a.type.ndim + 1 - 2 * self.parts))
        return Apply(self, [a, lengths], [kind()])

    def real_lengths(self, a: Any) -> Any:
        """Return the lengths of the real side for those of ``a``."""
        raise NotImplementedError

    def static_inputs(self, node):
        return (1,)

    def lengths(self, node: Apply, s: Any) -> tuple[int, ...]:
        """Return the lengths of the real side as numbers.

        Raises
        ------
        ValueError
            They are not as many as there are axes, or one is below 1.
        """
        found = tuple(int(n) for n in s)
        n_axes = node.inputs[0].type.ndim - 1 - self.parts
        if len(found) != n_axes or min(found) < 1:
            raise usage_error(
                ValueError,
                f"{self} was asked for a transform that there is not",
                expected=f"{n_axes} lengths of 1 or more",
                got=f"lengths {found}" + (f" at {node.source}" if node.source else ""),
            )
        return found

    def connection_pattern(self, node):
        return [[True], [False]]

    def R_op(self, inputs, eval_points):
        (a, s), (r, _) = inputs, eval_points
        return [None if r is None or a.type.dtype in DISCRETE_DTYPES else self(r, s)]

    def __str__(self):
        return type(self).__name__


class RFFTOp(Fourier):
    """The Fourier transform of real numbers: ``(b, …, n) -> (b, …, n // 2 + 1, 2)``, dtype kept."""

    parts = 0

    def real_lengths(self, a: Any) -> Any:
        """Return the lengths of the real side for those of ``a``."""
        return make_vector(lengths_of(a)[1:])

    def perform(self, node, inputs, output_storage):
        a, s = inputs
        lengths = self.lengths(node, s)
        z = np.fft.rfftn(a, lengths, range(1, a.ndim))
        output_storage[0][0] = np.stack([z.real, z.imag], axis=-1).astype(a.dtype)

    def lower(self, ctx, a, s):
        lengths = self.lengths(ctx.node, ctx.static(1))
        z = jnp.fft.rfftn(widened(a), lengths, range(1, a.ndim))
        parts = jnp.stack([lax.real(z), lax.imag(z)], axis=-1)
        return lax.convert_element_type(parts, a.dtype)

    def infer_shape(self, node, shapes):
        s = [node.inputs[1][i] for i in range(node.inputs[0].type.ndim - 1)]
        return [(shapes[0][0], *s[:-1], half(s[-1]), np.int64(2))]

    def L_op(self, inputs, outputs, output_grads):
        (a, s), (g_z,) = inputs, output_grads
        if a.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(a, dtype="floatX"), disconnected_type()]
        g_real = irfft_op(weighted(g_z, s, 0.5), s)
        return [fitted_like(g_real, a), disconnected_type()]


class IRFFTOp(Fourier):
    """The inverse, times the number of elements: ``(b, …, n // 2 + 1, 2) -> (b, …, n)``.

    The dtype is kept. Where ``s`` is not given, ``n`` is even.
    """

    parts = 1

    def real_lengths(self, a: Any, is_odd: bool = False) -> Any:
        """Return the lengths of the real side for those of ``a``."""
        *others, last = lengths_of(a)[1:-1]
        return make_vector([*others, (last - 1) * 2 + int(is_odd)])

    def check_parts(self, shape: Sequence[int]) -> None:
        """Raise ValueError unless the last axis has a real and an imaginary part."""
        if shape[-1] < 2:
            raise usage_error(
                ValueError,
                f"{self} takes a last axis of real and imaginary part",
                expected="a length of 2",
                got=f"shape {tuple(shape)}",
            )

    def perform(self, node, inputs, output_storage):
        a, s = inputs
        lengths = self.lengths(node, s)
        self.check_parts(a.shape)
        z = np.fft.irfftn(a[..., 0] + 1j * a[..., 1], lengths, range(1, a.ndim - 1), norm="forward")
        output_storage[0][0] = z.astype(a.dtype)

    def lower(self, ctx, a, s):
        lengths = self.lengths(ctx.node, ctx.static(1))
        self.check_parts(a.shape)
        wide = widened(a)
        z = lax.complex(wide[..., 0], wide[..., 1])
        # One axis after the other: some libraries take only what a real transform has given.
        if len(lengths) > 1:
            z = jnp.fft.ifftn(z, lengths[:-1], range(1, z.ndim - 1), norm="forward")
        z = jnp.fft.irfft(z, lengths[-1], norm="forward")
        return lax.convert_element_type(z, a.dtype)

    def infer_shape(self, node, shapes):
        s = [node.inputs[1][i] for i in range(node.inputs[0].type.ndim - 2)]
        return [(shapes[0][0], *s)]

    def L_op(self, inputs, outputs, output_grads):
        (a, s), (g_z,) = inputs, output_grads
        if a.type.dtype in DISCRETE_DTYPES:
            return [ew.zeros_like(a, dtype="floatX"), disconnected_type()]
        g_parts = weighted(rfft_op(g_z, s), s, 2)
        return [fitted_like(g_parts, a), disconnected_type()]


def widened(a: Any) -> Any:
    """Return a JAX array in a dtype that has a transform: float32 or float64."""
    dtype = "float32" if a.dtype == "float16" else "float64"
    return a if a.dtype in ("float32", "float64") else lax.convert_element_type(a, dtype)


def half(n: Any) -> Any:
    """Return how many frequencies ``n`` real numbers have."""
    return n // np.int64(2) + np.int64(1)


def weighted(parts: Any, s: Any, weight: float) -> Any:
    """Multiply the frequencies that stand for two, a positive and a negative one, by ``weight``.

    These are all but the first and, for an even length, the last.
    """
    last = s[parts.type.ndim - 3]
    inner = parts[..., 1 : (last + 1) // 2, :]
    return set_subtensor(inner, inner * np.asarray(weight, "float32"))


def fitted_like(g: Any, a: Any) -> Any:
    """Return ``g`` cut off or filled with zeros to the lengths of ``a``."""
    shared = tuple(
        slice(0, ew.FUNCTIONS["minimum"](n, m))
        for n, m in zip(lengths_of(g), lengths_of(a), strict=True)
    )
    zeros = ew.zeros_like(a)
    return set_subtensor(zeros[shared], g[shared])


def rfft(inp: Any, norm: str | None = None) -> Any:
    """Return the Fourier transform of a batch of real numbers.

    Parameters
    ----------
    inp : tensor
        Of shape (batch, …, n). All axes but the first are transformed.
    norm : {None, "ortho", "no_norm"}
        "ortho" divides by the root of the number of elements, so that the inverse is the adjoint.

    Returns
    -------
    tensor
        Of shape (batch, …, n // 2 + 1, 2): the frequencies that are not conjugates of others, with
        real and imaginary part along the last axis.

    Raises
    ------
    TypeError
        ``inp`` has fewer than two dimensions, or is complex.
    ValueError
        There is no such norm; at run time, a length is zero.
    """
    check_norm(norm)
    inp = rfft_op.as_batch(inp)
    size = product(lengths_of(inp)[1:])
    return divided(rfft_op(inp), size if norm == "ortho" else None, norm)


def irfft(inp: Any, norm: str | None = None, is_odd: bool = False) -> Any:
    """Return the real numbers of which ``inp`` is the Fourier transform.

    Parameters
    ----------
    inp : tensor
        Of shape (batch, …, n // 2 + 1, 2), as :func:`rfft` gives it.
    norm : {None, "ortho", "no_norm"}
        None divides by the number of elements, "ortho" by its root, "no_norm" not at all.
    is_odd : bool
        Whether ``n`` is odd.

    Returns
    -------
    tensor
        Of shape (batch, …, n).

    Raises
    ------
    TypeError
        ``inp`` has fewer than three dimensions, or is complex.
    ValueError
        There is no such norm, or ``is_odd`` is not a bool; at run time, ``n`` is below 1.
    """
    check_norm(norm)
    if is_odd not in (True, False):
        raise usage_error(
            ValueError, "irfft was not told whether the length is odd", got=f"is_odd={is_odd!r}"
        )
    inp = irfft_op.as_batch(inp)
    s = irfft_op.real_lengths(inp, is_odd)
    size = product([s[i] for i in range(inp.type.ndim - 2)])
    return divided(irfft_op(inp, s), None if norm == "no_norm" else size, norm)


def divided(z: Any, size: Any, norm: str | None) -> Any:
    """Return ``z`` as floats, over the number of elements or, for "ortho", over its root."""
    if size is None:
        return z / np.int8(1) if z.type.dtype in DISCRETE_DTYPES else z
    size = ew.cast(size, z.type.dtype)
    return z / (ew.FUNCTIONS["sqrt"](size) if norm == "ortho" else size)


def check_norm(norm: Any) -> None:
    """Raise ValueError for a norm that there is not."""
    if norm not in (None, "ortho", "no_norm"):
        raise usage_error(
            ValueError,
            "a Fourier transform was asked for with a norm that there is not",
            expected="None, 'ortho' or 'no_norm'",
            got=f"norm={norm!r}",
        )


rfft_op = RFFTOp()
irfft_op = IRFFTOp()

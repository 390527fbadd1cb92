"""What a convolution and its gradients share as ops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from jax import lax

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Apply, Op, Variable
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.borders import (
    border_mode_to_pad,
    checked_border_mode,
    checked_steps,
)
from theano.tensor.nnet.convolution.geometry import Geometry
from theano.tensor.ops.facts import get_scalar_constant_value
from theano.tensor.ops.sizes import ShapeI


class BaseAbstractConv(Op):
    """What a convolution and its gradients share: how filters move over images.

    Parameters
    ----------
    convdim : {2, 3}
        The number of spatial dimensions.
    imshp, kshp : sequence of (None, int or constant), optional
        Shapes of images and of filters, as far as they are known. The lengths that values have when
        a function is called decide; with ``config.conv.assert_shape`` they are held against these.
    border_mode : {"valid", "full", "half"}, int, or tuple of int and pairs of int
        Zeros around images: none; so many that filters overlap with one element at least; half of
        a filter; given numbers, for each dimension or before and after it.
    subsample : tuple of int
        Steps from one place of a filter to the next.
    filter_flip : bool
        Whether filters are turned round first, as in the mathematical convolution.
    filter_dilation : tuple of int
        Steps from one element of a filter to the next.
    num_groups : int
        Into how many independent convolutions channels and filters are divided.
    unshared : bool
        Whether every place has a filter of its own; in two dimensions.

    Raises
    ------
    ValueError
        An argument is none of these.
    NotImplementedError
        Unshared filters or pairs of borders in three dimensions.
    """

    __props__: tuple[str, ...] = (
        "convdim",
        "border_mode",
        "subsample",
        "filter_flip",
        "imshp",
        "kshp",
        "filter_dilation",
        "num_groups",
        "unshared",
    )
    families: ClassVar[dict[int, tuple[type, type, type]]] = {}
    """From the number of dimensions to the classes of convolution and gradients."""

    def __init__(
        self,
        convdim: int,
        imshp: Sequence[Any] | None = None,
        kshp: Sequence[Any] | None = None,
        border_mode: Any = "valid",
        subsample: Sequence[int] | None = None,
        filter_flip: bool = True,
        filter_dilation: Sequence[int] | None = None,
        num_groups: int = 1,
        unshared: bool = False,
    ) -> None:
        if convdim not in (2, 3):
            raise usage_error(
                ValueError,
                "a convolution was asked for in another number of dimensions",
                expected="2 or 3",
                got=str(convdim),
            )
        if unshared and convdim != 2:
            raise NotImplementedError("unshared convolutions have 2 dimensions, not 3")
        self.convdim = convdim
        self.border_mode = checked_border_mode(border_mode, convdim)
        self.subsample = checked_steps("subsample", subsample, convdim)
        self.filter_dilation = checked_steps("filter_dilation", filter_dilation, convdim)
        self.filter_flip = bool(filter_flip)
        self.unshared = bool(unshared)
        self.imshp = known_lengths("imshp", imshp, 2 + convdim)
        self.kshp = known_lengths("kshp", kshp, self.filter_rank(convdim, self.unshared))
        if num_groups < 1:
            raise usage_error(
                ValueError,
                "num_groups must have value greater than zero",
                expected="a positive number of groups",
                got=str(num_groups),
            )
        self.num_groups = num_groups

    @staticmethod
    def filter_rank(convdim: int, unshared: bool) -> int:
        """Return how many dimensions filters have."""
        return 2 + 2 * convdim if unshared else 2 + convdim

    def geometry(self, filters: Sequence[int]) -> Geometry:
        """Return how filters of the spatial lengths ``filters`` are applied."""
        spans = [(k - 1) * d + 1 for k, d in zip(filters, self.filter_dilation, strict=True)]
        return Geometry(
            padding=border_mode_to_pad(self.border_mode, self.convdim, spans),
            strides=self.subsample,
            dilation=self.filter_dilation,
            groups=self.num_groups,
            flip=self.filter_flip,
            unshared=self.unshared,
        )

    def relative(self, which: int) -> BaseAbstractConv:
        """Return the convolution (0), the gradient of filters (1) or of images (2) like this."""
        shared = ("border_mode", "subsample", "filter_flip", "filter_dilation", "num_groups")
        arguments = {name: getattr(self, name) for name in shared}
        if self.unshared:
            arguments["unshared"] = True
        return self.families[self.convdim][which](**arguments)

    def spatial(self, x: Any) -> Any:
        """Return the spatial lengths of a variable, as a vector."""
        ndim = x.type.ndim
        return as_tensor_variable([ShapeI(i)(x) for i in range(ndim - self.convdim, ndim)])

    def images(self, x: Any, name: str) -> Any:
        """Return ``x`` as a variable of the rank of images."""
        return of_rank(x, 2 + self.convdim, name)

    def filters(self, w: Any) -> Any:
        """Return ``w`` as a variable of the rank of filters."""
        return of_rank(w, self.filter_rank(self.convdim, self.unshared), "kern")

    def flops(self, inputs: Sequence[Sequence[int]], outputs: Sequence[Sequence[int]]) -> int:
        """Return how many multiplications and additions a convolution of these shapes takes."""
        (images, filters), (result,) = inputs, outputs
        per_place = 2 * int(np.prod(filters[-self.convdim :])) * images[1] // self.num_groups
        return per_place * int(np.prod(result))

    def do_constant_folding(self, node):
        return False


def known_lengths(name: str, given: Sequence[Any] | None, ndim: int) -> tuple[int | None, ...]:
    """Return a shape that was given, with None for what is not known.

    Raises
    ------
    ValueError
        It has another rank, or an entry that is neither None nor a constant.
    """
    if isinstance(given, Variable):
        raise usage_error(
            ValueError,
            f"{name} should be None or a tuple of constant int values",
            expected=f"a tuple or list of {ndim}",
            got=given,
        )
    if given is None or len(given) == 0:
        return (None,) * ndim
    if len(given) != ndim:
        raise usage_error(
            ValueError,
            f"{name} has another number of entries than there are dimensions",
            expected=f"{ndim} entries, None where a length is not known",
            got=str(tuple(given)),
        )
    lengths: list[int | None] = []
    for length in given:
        try:
            lengths.append(
                None
                if length is None
                else int(get_scalar_constant_value(length, only_process_constants=True))
            )
        except (NotScalarConstantError, TypeError) as error:
            raise usage_error(
                ValueError,
                f"{name} should be None or a tuple of constant int values",
                expected="None, an int or a constant for each length",
                got=length,
                fix="give None for a length that is only known when a function is called",
            ) from error
    return tuple(lengths)


def of_rank(x: Any, ndim: int, name: str) -> Any:
    """Return ``x`` as a variable of ``ndim`` dimensions.

    Raises
    ------
    TypeError
        It has another number.
    """
    x = as_tensor_variable(x)
    if x.type.ndim != ndim:
        raise usage_error(
            TypeError, f"{name} must be {ndim}D tensor", expected=f"{ndim} dimensions", got=x
        )
    return x


def in_dtype(node: Apply, *values: Any) -> list[Any]:
    """Return arrays in the dtype of a node's output."""
    return [lax.convert_element_type(v, node.outputs[0].type.dtype) for v in values]


def bilinear(op: Op, inputs: Sequence[Any], eval_points: Sequence[Any]) -> Any:
    """Return the directional derivative of an op that is linear in each of two inputs."""
    x, y, *rest = inputs
    dx, dy = eval_points[:2]
    terms = [op(dx, y, *rest)] if dx is not None else []
    terms += [op(x, dy, *rest)] if dy is not None else []
    return sum(terms[1:], terms[0]) if terms else None

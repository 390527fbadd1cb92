"""The first convolution of the language, of ``theano.tensor.nnet.conv`` and ``signal.conv``."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from theano.errors import NotScalarConstantError, usage_error
from theano.graph import Apply
from theano.tensor.nnet.convolution.base import of_rank
from theano.tensor.nnet.convolution.ops import AbstractConv
from theano.tensor.nnet.convolution.shapes import get_conv_output_shape
from theano.tensor.ops.brackets import set_subtensor
from theano.tensor.ops.facts import get_scalar_constant_value
from theano.tensor.ops.shape import zeros
from theano.tensor.type import TensorType

Lengths = tuple[int | None, ...]

imported_scipy_signal = True
"""For programs that ask whether ``perform`` can compute."""


def conv2d(
    input: Any,
    filters: Any,
    image_shape: Sequence[Any] | None = None,
    filter_shape: Sequence[Any] | None = None,
    border_mode: str = "valid",
    subsample: Sequence[int] = (1, 1),
    **kargs: Any,
) -> Any:
    """Return the convolution of images with filters; deprecated, see ``nnet.conv2d``.

    Parameters
    ----------
    input : ``(images, channels, rows, columns)``
    filters : ``(filters, channels, rows, columns)``, of the same dtype
    image_shape, filter_shape : sequence of (None, int or constant), optional
        Lengths that are given must be those of the values.
    border_mode : {"valid", "full"}
    subsample : pair of int
        Strides.
    **kargs
        Further arguments of :class:`ConvOp`.

    Returns
    -------
    ``(images, filters, rows, columns)``

    Raises
    ------
    NotScalarConstantError
        A length of a shape is no constant.
    AssertionError
        The shapes have different numbers of channels.
    """
    warnings.warn(
        "theano.tensor.nnet.conv.conv2d is deprecated. Use theano.tensor.nnet.conv2d instead.",
        stacklevel=2,
    )
    images = constant_lengths("image_shape", image_shape)
    kernels = constant_lengths("filter_shape", filter_shape)
    if None not in (images[1], kernels[1]) and images[1] != kernels[1]:
        raise usage_error(
            AssertionError,
            "image_shape and filter_shape have different numbers of channels",
            expected=f"filter_shape[1] == {images[1]}",
            got=str(kernels),
        )
    op = ConvOp(
        imshp=images[1:],
        kshp=kernels[2:],
        nkern=kernels[0],
        bsize=images[0],
        dx=subsample[0],
        dy=subsample[1],
        output_mode=border_mode,
        **kargs,
    )
    return op(input, filters)


def constant_lengths(name: str, shape: Sequence[Any] | None) -> tuple[int | None, ...]:
    """Return four lengths as integers, None for those that are not known.

    Raises
    ------
    NotScalarConstantError
        One is no constant.
    """
    if shape is None:
        return (None,) * 4
    lengths: list[int | None] = []
    for length in shape:
        try:
            lengths.append(None if length is None else int(get_scalar_constant_value(length)))
        except NotScalarConstantError as error:
            raise usage_error(
                NotScalarConstantError,
                f"{name} of a convolution has a length that is no constant",
                expected="None, an int or a constant",
                got=length,
            ) from error
    return tuple(lengths)


class ConvOp(AbstractConv):
    """The convolution of images with filters, turned round, in two dimensions.

    ``(b, channels, rows, columns), (filters, channels, rows, columns) -> (b, filters, …)``

    Parameters
    ----------
    imshp : tuple of two or three (None or int), optional
        Rows and columns of images, with the channels before them.
    kshp : tuple of two (None or int), optional
        Rows and columns of filters.
    nkern, bsize : int, optional
        Numbers of filters and of images.
    dx, dy : int
        Strides along rows and columns.
    output_mode : {"valid", "full"}
    imshp_logical : tuple of three, optional
        Channels, rows and columns of images once zeros have been put between their pixels.
    kshp_logical : tuple of two, optional
        Rows and columns of filters once zeros have been put between their elements.
    kshp_logical_top_aligned : bool
        Whether the first element of a filter stays the first.
    unroll_batch, unroll_kern, unroll_patch, verbose, version, direction_hint, openmp : optional
        Kept for programs that give them: XLA decides how a convolution is computed.

    Raises
    ------
    ValueError
        An argument is none of these; at run time, a shape is another than the one given.
    """

    __props__ = (
        "imshp",
        "kshp",
        "nkern",
        "bsize",
        "dx",
        "dy",
        "out_mode",
        "imshp_logical",
        "kshp_logical",
        "kshp_logical_top_aligned",
    )

    def __init__(
        self,
        imshp: Sequence[Any] | None = None,
        kshp: Sequence[Any] | None = None,
        nkern: int | None = None,
        bsize: int | None = None,
        dx: int | None = 1,
        dy: int | None = 1,
        output_mode: str = "valid",
        unroll_batch: Any = None,
        unroll_kern: Any = None,
        unroll_patch: Any = None,
        imshp_logical: Sequence[Any] | None = None,
        kshp_logical: Sequence[Any] | None = None,
        kshp_logical_top_aligned: bool = True,
        verbose: Any = 0,
        version: Any = -1,
        direction_hint: Any = "forward",
        openmp: Any = None,
    ) -> None:
        if output_mode not in ("valid", "full"):
            raise usage_error(
                ValueError,
                f"Mode {output_mode} not implemented",
                expected='"valid" or "full"',
                fix="call theano.tensor.nnet.conv2d, which has more",
            )
        steps = tuple(1 if step is None else step for step in (dx, dy))
        if any(int(step) != step for step in steps):
            raise usage_error(
                TypeError, "ConvOp takes integer strides", expected="dx and dy as int", got=steps
            )
        super().__init__(2, border_mode=output_mode, subsample=tuple(map(int, steps)))
        self.dx, self.dy = self.subsample
        self.out_mode = output_mode
        self.nkern, self.bsize = nkern, bsize
        self.imshp = lengths("imshp", imshp, (2, 3))
        self.kshp = lengths("kshp", kshp, (2,))
        self.imshp_logical = self.imshp
        if imshp_logical is not None:
            self.imshp_logical = lengths("imshp_logical", imshp_logical, (3,))
        self.kshp_logical = self.kshp
        if kshp_logical is not None:
            self.kshp_logical = lengths("kshp_logical", kshp_logical, (2,))
        self.kshp_logical_top_aligned = kshp_logical_top_aligned
        self.outshp, self.fulloutshp = (
            get_conv_output_shape(
                (None, *self.imshp_logical), (None, None, *self.kshp_logical), output_mode, by
            )[2:]
            for by in (self.subsample, (1, 1))
        )
        if any(n is not None and n <= 0 for n in self.outshp):
            raise usage_error(
                ValueError,
                "a convolution has an impossible output shape: its filters are larger than the "
                "images",
                got=f"images {self.imshp_logical}, filters {self.kshp_logical}",
            )

    @staticmethod
    def has_all_shape(
        imshp: Sequence[Any] | None,
        kshp: Sequence[Any] | None,
        nkern: int | None = 1,
        bsize: int | None = 1,
    ) -> bool:
        """Whether all lengths and numbers are known."""
        known = imshp is not None and kshp is not None and None not in (*imshp, *kshp)
        return known and None not in (nkern, bsize)

    @staticmethod
    def getOutputShape(
        inshp: Sequence[Any],
        kshp: Sequence[Any],
        stride: Sequence[int] = (1, 1),
        mode: str = "valid",
    ) -> Lengths:
        """Return rows and columns of the result, of those of images and filters.

        Raises
        ------
        ValueError
            They are not two each.
        """
        images, filters = lengths("inshp", inshp, (2,)), lengths("kshp", kshp, (2,))
        found = get_conv_output_shape((None, None, *images), (None, None, *filters), mode, stride)
        return tuple(found[2:])

    def make_node(self, inputs: Any, kerns: Any) -> Apply:
        images, filters = of_rank(inputs, 4, "inputs"), of_rank(kerns, 4, "kerns")
        if images.type.dtype != filters.type.dtype:
            raise usage_error(
                NotImplementedError,
                "ConvOp takes images and filters of one dtype",
                expected=images.type.dtype,
                got=filters,
                fix="call theano.tensor.nnet.conv2d, which takes both",
            )
        images = self.spread(images, self.imshp, self.imshp_logical)
        filters = self.spread(
            filters, self.kshp, self.kshp_logical, last=not self.kshp_logical_top_aligned
        )
        pattern = [images.type.broadcastable[0], filters.type.broadcastable[0]]
        pattern += [n == 1 for n in self.outshp]
        return Apply(self, [images, filters], [TensorType(images.type.dtype, pattern)()])

    @staticmethod
    def spread(x: Any, shape: Lengths, logical: Lengths, last: bool = False) -> Any:
        """Return ``x`` with zeros between its elements, where ``logical`` lengths ask for it."""
        pairs = [(-n, m) for n, m in zip(shape[-2:], logical[-2:], strict=True) if n and m]
        if len(pairs) < 2 or shape[-2:] == logical[-2:]:
            return x
        steps = [-(m // n) for n, m in pairs]
        places = [
            slice((m + n * step - 1) % step if last else 0, None, step)
            for (n, m), step in zip(pairs, steps, strict=True)
        ]
        apart = zeros((x.shape[0], x.shape[1], *logical[-2:]), dtype=x.type.dtype)
        return set_subtensor(apart[(slice(None), slice(None), *places)], x)

    def check_given(self, images: Sequence[int], filters: Sequence[int]) -> None:
        """Raise ValueError unless images and filters have the shapes that were given."""
        channels, *rest = self.imshp_logical
        given = (self.bsize, channels, *rest, self.nkern, channels, *self.kshp_logical)
        found = (*images, *filters)
        if any(n is not None and n != m for n, m in zip(given, found, strict=True)):
            raise usage_error(
                ValueError,
                "a convolution was given other shapes than it was built for",
                expected=f"images {given[:4]}, filters {given[4:]}",
                got=f"images {tuple(images)}, filters {tuple(filters)}",
                fix="give None for lengths that vary",
            )

    def perform(self, node, inputs, output_storage):
        self.check_given(inputs[0].shape, inputs[1].shape)
        super().perform(node, inputs, output_storage)

    def lower(self, ctx, img, kern):
        self.check_given(img.shape, kern.shape)
        return super().lower(ctx, img, kern)


def lengths(name: str, shape: Sequence[Any] | None, ranks: tuple[int, ...]) -> Lengths:
    """Return lengths as a tuple of the largest of ``ranks``, one channel before two of them.

    Raises
    ------
    ValueError
        There is another number of them.
    """
    if shape is None:
        return (None,) * ranks[-1]
    if len(shape) not in ranks:
        wanted = " or ".join(map(str, ranks))
        raise usage_error(
            ValueError, f"len({name}) must be {wanted}", expected=wanted, got=str(tuple(shape))
        )
    return (1,) * (ranks[-1] - len(shape)) + tuple(shape)

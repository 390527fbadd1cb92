"""How filters move over images: padding, strides, dilation, groups, in plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from theano.errors import usage_error

Lengths = tuple[int, ...]
Padding = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Geometry:
    """How filters of known lengths are applied to images.

    Parameters
    ----------
    padding : tuple of pairs of int
        Zeros before and after each spatial dimension of an image.
    strides, dilation : tuple of int
        Steps from one place of a filter to the next, and from one of its elements to the next.
    groups : int
        Into how many independent convolutions channels and filters are divided.
    flip : bool
        Whether filters are turned round first: a convolution; else a cross-correlation.
    unshared : bool
        Whether every place has a filter of its own.
    """

    padding: Padding
    strides: Lengths
    dilation: Lengths
    groups: int = 1
    flip: bool = True
    unshared: bool = False

    @property
    def ndim(self) -> int:
        """The number of spatial dimensions."""
        return len(self.strides)

    def spans(self, filters: Sequence[int]) -> Lengths:
        """Return how far filters of the given spatial lengths reach, dilation included."""
        return tuple((k - 1) * d + 1 for k, d in zip(filters, self.dilation, strict=True))

    def covered(self, image: Sequence[int], filters: Sequence[int]) -> Lengths:
        """Return the axes along which one shared filter covers the whole image, at one place."""
        if self.unshared:
            return ()
        return tuple(
            axis
            for axis, (n, k, padding, dilation) in enumerate(
                zip(image, filters, self.padding, self.dilation, strict=True), start=2
            )
            if n == k > 1 and padding == (0, 0) and dilation == 1
        )

    def result_lengths(self, image: Sequence[int], filters: Sequence[int]) -> Lengths:
        """Return the spatial lengths of the result, from those of images and filters."""
        return tuple(
            (n + before + after - span) // stride + 1
            for n, span, (before, after), stride in zip(
                image, self.spans(filters), self.padding, self.strides, strict=True
            )
        )

    def result_shape(self, image: Sequence[int], filters: Sequence[int]) -> Lengths:
        """Return the shape of the result, from those of images and filters.

        Raises
        ------
        ValueError
            Channels, groups or lengths do not fit.
        """
        shapes = f"images {tuple(image)}, filters {tuple(filters)}"
        groups, channels = self.groups, filters[-self.ndim - 1]
        if image[1] % groups or filters[0] % groups:
            raise usage_error(
                ValueError,
                f"channels and filters of a convolution cannot be divided into {groups} groups",
                expected=f"numbers of channels and of filters that are multiples of {groups}",
                got=shapes,
            )
        if image[1] != channels * groups:
            raise usage_error(
                ValueError,
                "the images of a convolution must have as many channels as its filters",
                expected=f"images with {channels * groups} channels"
                + (f", {channels} for each of {groups} groups" if groups > 1 else ""),
                got=shapes,
            )
        lengths = self.result_lengths(image[2:], filters[-self.ndim :])
        if min(lengths) <= 0:
            raise usage_error(
                ValueError,
                "a convolution has an impossible output shape: its filters are larger than the "
                "padded images",
                expected="a result with at least one element in each spatial dimension",
                got=f"{shapes}, padding {self.padding}: a result of lengths {lengths}",
            )
        if self.unshared and tuple(filters[1 : 1 + self.ndim]) != lengths:
            raise usage_error(
                ValueError,
                "an unshared convolution has one filter for each place of its result",
                expected=f"filters for {lengths} places",
                got=shapes,
            )
        return (image[0], filters[0], *lengths)

    def check_result(
        self, image: Sequence[int], filters: Sequence[int], result: Sequence[int], asked: str
    ) -> None:
        """Raise ValueError unless images and filters of these shapes give a result of that one.

        Parameters
        ----------
        asked : str
            Which shape the user gave, for the error.
        """
        found = self.result_shape(image, filters)
        if tuple(result) != found:
            raise usage_error(
                ValueError,
                f"the gradient of a convolution was asked for with {asked} that do not fit",
                expected=f"an output gradient of shape {found}, "
                f"from images {tuple(image)} and filters {tuple(filters)}",
                got=f"an output gradient of shape {tuple(result)}",
            )

    def image_shape(
        self, filters: Sequence[int], result: Sequence[int], spatial: Lengths
    ) -> Lengths:
        """Return the shape of the images, checked, from those of filters and result."""
        shape = (result[0], filters[-self.ndim - 1] * self.groups, *spatial)
        self.check_result(shape, filters, result, f"images of lengths {spatial}")
        return shape

    def filters_shape(
        self, image: Sequence[int], result: Sequence[int], spatial: Lengths
    ) -> Lengths:
        """Return the shape of the filters, checked, from those of images and result."""
        places = tuple(result[2:]) if self.unshared else ()
        shape = (result[1], *places, image[1] // self.groups, *spatial)
        self.check_result(image, shape, result, f"filters of lengths {spatial}")
        return shape

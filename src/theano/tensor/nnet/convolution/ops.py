"""Convolution and its two gradients as ops: each is the derivative of another.

A convolution is linear in images and in filters, so that its gradients with respect to either are
convolutions too, as are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theano.graph import Apply
from theano.graph.null_type import disconnected_type
from theano.scalar.type import upcast
from theano.tensor.nnet.convolution import lowering, reference
from theano.tensor.nnet.convolution.base import BaseAbstractConv, bilinear, in_dtype
from theano.tensor.nnet.convolution.shapes import assert_shape, get_conv_output_shape
from theano.tensor.ops.sizes import as_size_vector, size_elements
from theano.tensor.type import TensorType


class AbstractConv(BaseAbstractConv):
    """Images with filters applied to them.

    ``(b, channels, *lengths), (filters, channels / groups, *elements) -> (b, filters, *places)``;
    unshared filters are ``(filters, *places, channels / groups, *elements)``. Any dtypes; the
    result has the one that holds both. See :class:`BaseAbstractConv` for the parameters.

    Raises: TypeError for another rank; ValueError at run time where channels, groups or lengths do
    not fit.
    """

    def make_node(self, img: Any, kern: Any) -> Apply:
        img, kern = self.images(img, "img"), self.filters(kern)
        pattern = [img.type.broadcastable[0], kern.type.broadcastable[0]]
        img = assert_shape(img, self.imshp, "the images have another shape than imshp")
        kern = assert_shape(kern, self.kshp, "the filters have another shape than kshp")
        dtype = upcast(img.type.dtype, kern.type.dtype)
        return Apply(self, [img, kern], [TensorType(dtype, [*pattern, *[False] * self.convdim])()])

    def perform(self, node, inputs, output_storage):
        x, w = (np.asarray(v, node.outputs[0].type.dtype) for v in inputs)
        geometry = self.geometry(w.shape[-self.convdim :])
        output_storage[0][0] = reference.convolve(x, w, geometry)

    def lower(self, ctx, img, kern):
        x, w = in_dtype(ctx.node, img, kern)
        return lowering.convolve(x, w, self.geometry(w.shape[-self.convdim :]))

    def infer_shape(self, node, shapes):
        images, filters = shapes
        return [
            get_conv_output_shape(
                images, filters, self.border_mode, self.subsample, self.filter_dilation
            )
        ]

    def L_op(self, inputs, outputs, output_grads):
        (x, w), (g_z,) = inputs, output_grads
        return [
            self.relative(2)(w, g_z, self.spatial(x), add_assert_shape=False),
            self.relative(1)(x, g_z, self.spatial(w), add_assert_shape=False),
        ]

    def R_op(self, inputs, eval_points):
        return [bilinear(self.relative(0), inputs, eval_points)]


class AbstractConv_gradWeights(BaseAbstractConv):
    """The gradient of filters: images, gradient of the result, spatial lengths ``->`` filters.

    See :class:`BaseAbstractConv` for the parameters.

    Raises: TypeError for another rank; ValueError at run time where lengths do not fit.
    """

    def make_node(self, img: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True) -> Apply:
        img, topgrad = self.images(img, "img"), self.images(topgrad, "topgrad")
        filters, channels = topgrad.type.broadcastable[1], img.type.broadcastable[1]
        own = [False] * self.convdim if self.unshared else []
        # One channel in all is one group, of one channel.
        pattern = [filters, *own, channels, *[False] * self.convdim]
        if add_assert_shape:
            img = assert_shape(img, self.imshp, "the images have another shape than imshp")
        dtype = upcast(img.type.dtype, topgrad.type.dtype)
        lengths = as_size_vector(shape, "the gradient of a convolution")
        return Apply(self, [img, topgrad, lengths], [TensorType(dtype, pattern)()])

    def static_inputs(self, node):
        return [2]

    def perform(self, node, inputs, output_storage):
        x, g_z = (np.asarray(v, node.outputs[0].type.dtype) for v in inputs[:2])
        spatial = tuple(map(int, inputs[2]))
        output_storage[0][0] = reference.gradient_of_filters(
            x, g_z, spatial, self.geometry(spatial)
        )

    def lower(self, ctx, img, topgrad, shape):
        x, g_z = in_dtype(ctx.node, img, topgrad)
        spatial = tuple(map(int, ctx.static(2)))
        return lowering.gradient_of_filters(x, g_z, spatial, self.geometry(spatial))

    def infer_shape(self, node, shapes):
        images, result, _ = shapes
        places = result[2:] if self.unshared else ()
        spatial = size_elements(node.inputs[2], self.convdim)
        channels = images[1] // self.num_groups if self.num_groups > 1 else images[1]
        return [(result[1], *places, channels, *spatial)]

    def connection_pattern(self, node):
        return [[True], [True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (x, g_z, _), (g_w,) = inputs, output_grads
        return [
            self.relative(2)(g_w, g_z, self.spatial(x), add_assert_shape=False),
            self.relative(0)(x, g_w),
            disconnected_type(),
        ]

    def R_op(self, inputs, eval_points):
        return [bilinear(self.relative(1), inputs, eval_points)]


class AbstractConv_gradInputs(BaseAbstractConv):
    """The gradient of images: filters, gradient of the result, spatial lengths ``->`` images.

    See :class:`BaseAbstractConv` for the parameters.

    Raises: TypeError for another rank; ValueError at run time where lengths do not fit.
    """

    def make_node(
        self, kern: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True
    ) -> Apply:
        kern, topgrad = self.filters(kern), self.images(topgrad, "topgrad")
        one_channel = self.num_groups == 1 and kern.type.broadcastable[-self.convdim - 1]
        pattern = [topgrad.type.broadcastable[0], one_channel, *[False] * self.convdim]
        if add_assert_shape:
            kern = assert_shape(kern, self.kshp, "the filters have another shape than kshp")
        dtype = upcast(kern.type.dtype, topgrad.type.dtype)
        lengths = as_size_vector(shape, "the gradient of a convolution")
        return Apply(self, [kern, topgrad, lengths], [TensorType(dtype, pattern)()])

    def static_inputs(self, node):
        return [2]

    def perform(self, node, inputs, output_storage):
        w, g_z = (np.asarray(v, node.outputs[0].type.dtype) for v in inputs[:2])
        spatial = tuple(map(int, inputs[2]))
        geometry = self.geometry(w.shape[-self.convdim :])
        output_storage[0][0] = reference.gradient_of_images(w, g_z, spatial, geometry)

    def lower(self, ctx, kern, topgrad, shape):
        w, g_z = in_dtype(ctx.node, kern, topgrad)
        spatial = tuple(map(int, ctx.static(2)))
        geometry = self.geometry(w.shape[-self.convdim :])
        return lowering.gradient_of_images(w, g_z, spatial, geometry)

    def infer_shape(self, node, shapes):
        filters, result, _ = shapes
        channels = filters[-self.convdim - 1]
        if self.num_groups > 1:
            channels = channels * self.num_groups
        return [(result[0], channels, *size_elements(node.inputs[2], self.convdim))]

    def connection_pattern(self, node):
        return [[True], [True], [False]]

    def L_op(self, inputs, outputs, output_grads):
        (w, g_z, _), (g_x,) = inputs, output_grads
        return [
            self.relative(1)(g_x, g_z, self.spatial(w), add_assert_shape=False),
            self.relative(0)(g_x, w),
            disconnected_type(),
        ]

    def R_op(self, inputs, eval_points):
        return [bilinear(self.relative(2), inputs, eval_points)]


class TwoDimensional:
    """Gives a convolution two spatial dimensions; its parameters are those of the base."""

    def __init__(
        self,
        imshp: Sequence[Any] | None = None,
        kshp: Sequence[Any] | None = None,
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1, 1),
        filter_flip: bool = True,
        filter_dilation: Sequence[int] = (1, 1),
        num_groups: int = 1,
        unshared: bool = False,
    ) -> None:
        super().__init__(  # type: ignore[call-arg]
            2,
            imshp,
            kshp,
            border_mode,
            subsample,
            filter_flip,
            filter_dilation,
            num_groups,
            unshared,
        )


class ThreeDimensional:
    """Gives a convolution three spatial dimensions; its parameters are those of the base."""

    def __init__(
        self,
        imshp: Sequence[Any] | None = None,
        kshp: Sequence[Any] | None = None,
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1, 1, 1),
        filter_flip: bool = True,
        filter_dilation: Sequence[int] = (1, 1, 1),
        num_groups: int = 1,
    ) -> None:
        super().__init__(  # type: ignore[call-arg]
            3, imshp, kshp, border_mode, subsample, filter_flip, filter_dilation, num_groups
        )


class AbstractConv2d(TwoDimensional, AbstractConv):
    """:class:`AbstractConv` in two dimensions."""


class AbstractConv2d_gradWeights(TwoDimensional, AbstractConv_gradWeights):
    """:class:`AbstractConv_gradWeights` in two dimensions."""


class AbstractConv2d_gradInputs(TwoDimensional, AbstractConv_gradInputs):
    """:class:`AbstractConv_gradInputs` in two dimensions."""


class AbstractConv3d(ThreeDimensional, AbstractConv):
    """:class:`AbstractConv` in three dimensions."""


class AbstractConv3d_gradWeights(ThreeDimensional, AbstractConv_gradWeights):
    """:class:`AbstractConv_gradWeights` in three dimensions."""


class AbstractConv3d_gradInputs(ThreeDimensional, AbstractConv_gradInputs):
    """:class:`AbstractConv_gradInputs` in three dimensions."""


BaseAbstractConv.families.update(
    {
        2: (AbstractConv2d, AbstractConv2d_gradWeights, AbstractConv2d_gradInputs),
        3: (AbstractConv3d, AbstractConv3d_gradWeights, AbstractConv3d_gradInputs),
    }
)

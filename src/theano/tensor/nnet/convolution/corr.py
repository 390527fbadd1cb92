"""Cross-correlations under the names that they had as products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from theano.errors import usage_error
from theano.graph import Apply
from theano.tensor.conversion import as_tensor_variable
from theano.tensor.nnet.convolution.base import BaseAbstractConv
from theano.tensor.nnet.convolution.ops import (
    AbstractConv,
    AbstractConv_gradInputs,
    AbstractConv_gradWeights,
)
from theano.tensor.nnet.convolution.shapes import (
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
)
from theano.tensor.ops.sizes import lengths_of


class BaseCorrMM(BaseAbstractConv):
    """A convolution whose filters are not turned round, in two dimensions.

    Parameters
    ----------
    border_mode, subsample, filter_dilation, num_groups, unshared
        As of :class:`~theano.tensor.nnet.abstract_conv.BaseAbstractConv`.
    openmp : optional
        Kept for programs that give it.
    """

    __props__ = ("border_mode", "subsample", "filter_dilation", "num_groups", "unshared")
    dimensions: ClassVar[int] = 2

    def __init__(
        self,
        border_mode: Any = "valid",
        subsample: Sequence[int] | None = None,
        filter_dilation: Sequence[int] | None = None,
        num_groups: int = 1,
        unshared: bool = False,
        openmp: Any = None,
    ) -> None:
        super().__init__(
            self.dimensions,
            border_mode=border_mode,
            subsample=subsample,
            filter_flip=False,
            filter_dilation=filter_dilation,
            num_groups=num_groups,
            unshared=unshared,
        )

    def lengths(self, shape: Any, shapes_of: Any, x: Any, y: Any) -> Any:
        """Return the spatial lengths of a gradient: those given, or the only ones possible.

        Raises
        ------
        ValueError
            None are given and several are possible.
        """
        if shape is not None:
            return as_tensor_variable([as_tensor_variable(n) for n in shape])
        rest = (self.border_mode, self.subsample, self.filter_dilation, self.num_groups)
        found = shapes_of(lengths_of(x), lengths_of(y), *rest)[-self.convdim :]
        if None in found:
            raise usage_error(
                ValueError,
                "a gradient of a cross-correlation needs the shape of its result",
                expected="shape, as there are strides or half borders",
                got="none",
            )
        return as_tensor_variable(list(found))


class CorrMM(BaseCorrMM, AbstractConv):
    """A cross-correlation: ``images, filters -> result``."""


class CorrMM_gradWeights(BaseCorrMM, AbstractConv_gradWeights):
    """The gradient of filters of :class:`CorrMM`: ``images, gradient[, lengths] -> filters``."""

    def make_node(
        self, img: Any, topgrad: Any, shape: Any = None, add_assert_shape: bool = True
    ) -> Apply:
        img, topgrad = as_tensor_variable(img), as_tensor_variable(topgrad)
        lengths = self.lengths(shape, get_conv_gradweights_shape, img, topgrad)
        return super().make_node(img, topgrad, lengths, add_assert_shape)


class CorrMM_gradInputs(BaseCorrMM, AbstractConv_gradInputs):
    """The gradient of images of :class:`CorrMM`: ``filters, gradient[, lengths] -> images``."""

    def make_node(
        self, kern: Any, topgrad: Any, shape: Any = None, add_assert_shape: bool = True
    ) -> Apply:
        kern, topgrad = as_tensor_variable(kern), as_tensor_variable(topgrad)
        lengths = self.lengths(shape, get_conv_gradinputs_shape, kern, topgrad)
        return super().make_node(kern, topgrad, lengths, add_assert_shape)


class BaseCorr3dMM(BaseCorrMM):
    """A convolution whose filters are not turned round, in three dimensions."""

    dimensions = 3


class Corr3dMM(BaseCorr3dMM, CorrMM):
    """:class:`CorrMM` in three dimensions."""


class Corr3dMM_gradWeights(BaseCorr3dMM, CorrMM_gradWeights):
    """:class:`CorrMM_gradWeights` in three dimensions."""


class Corr3dMM_gradInputs(BaseCorr3dMM, CorrMM_gradInputs):
    """:class:`CorrMM_gradInputs` in three dimensions."""

"""``theano.typed_list``: lists of values of one type, as variables of a graph."""

from theano.typed_list import basic
from theano.typed_list.basic import *  # noqa: F403
from theano.typed_list.type import TypedListType

__all__ = [*basic.__all__, "TypedListType"]  # noqa: PLE0604  the names are strings

"""``Generic``: the type of any Python object."""

from __future__ import annotations

from typing import Any

from theano.graph.type import Type

__all__ = ["Generic", "generic"]


class Generic(Type):
    """Any Python object, kept as it is: what no other type stands for."""

    __props__ = ()

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return ``data``."""
        return data

    def __str__(self) -> str:
        return type(self).__name__


generic = Generic()

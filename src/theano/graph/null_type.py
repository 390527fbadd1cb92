"""Types of gradients that have no value: disconnected and undefined ones."""

from __future__ import annotations

from typing import Any

from theano.graph.type import Type


class DisconnectedType(Type):
    """The type of a gradient with respect to something that the cost does not depend on."""

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Raise TypeError: there is no such value."""
        raise TypeError("a disconnected gradient has no value; it is only a mark in the graph")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return "DisconnectedType"


class NullType(Type):
    """The type of a gradient that cannot be computed; ``why_null`` says why."""

    def __init__(self, why_null: str = "(no explanation given)") -> None:
        self.why_null = why_null

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Raise TypeError: there is no such value."""
        raise TypeError(f"this gradient has no value: {self.why_null}")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return "NullType"


null_type = NullType()
disconnected_type = DisconnectedType()

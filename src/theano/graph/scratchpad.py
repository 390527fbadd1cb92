"""``Scratchpad``: attributes that anyone may add."""

from __future__ import annotations


class Scratchpad:
    """A bag of attributes that users and tools hang on a variable or a node."""

    def clear(self) -> None:
        """Remove all attributes."""
        self.__dict__.clear()

    def __update__(self, other: Scratchpad) -> Scratchpad:
        self.__dict__.update(other.__dict__)
        return self

    def __repr__(self) -> str:
        return f"scratchpad{self.__dict__}"

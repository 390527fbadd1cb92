"""What operations are called where graphs are printed, and the letters that tell things apart."""

from __future__ import annotations

from typing import Any

from theano.tensor.elemwise import DimShuffle

__all__ = ["TagGenerator", "letters", "op_text"]


def op_text(op: Any) -> str:
    """Return the name of an operation in the form that Theano's documentation shows.

    ``DimShuffle`` says that it copies nothing: ``InplaceDimShuffle{x,0}``.
    """
    return f"Inplace{op}" if isinstance(op, DimShuffle) else str(op)


def letters(number: int) -> str:
    """Return A, B … Z, BA, BB …: ``number`` with letters for digits."""
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(ord("A") + rest) + text
        if not number:
            return text


class TagGenerator:
    """Gives out A, B, C …, each once."""

    def __init__(self) -> None:
        self.cur_tag_number = 0

    def get_tag(self) -> str:
        """Return the next."""
        self.cur_tag_number += 1
        return letters(self.cur_tag_number - 1)

"""``function_dump``: what a function is made of, in a file."""

from __future__ import annotations

import pickle
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

from theano.graph.scratchpad import Scratchpad

__all__ = ["StripPickler", "function_dump"]


class StripPickler(pickle.Pickler):
    """Pickles graphs without some attributes of tags, among them ``test_value``.

    Parameters
    ----------
    file : file
    protocol : int
    extra_tag_to_remove : list of str, optional
        Further attributes to leave out.
    """

    def __init__(
        self,
        file: IO[bytes],
        protocol: int = 0,
        extra_tag_to_remove: Collection[str] | None = None,
    ) -> None:
        super().__init__(file, protocol)
        self.tag_to_remove = ["trace", "test_value", *(extra_tag_to_remove or ())]

    def reducer_override(self, obj: Any) -> Any:
        """Return how a tag is pickled; anything else as always."""
        if not isinstance(obj, Scratchpad):
            return NotImplemented
        kept = {name: x for name, x in vars(obj).items() if name not in self.tag_to_remove}
        return type(obj), (), kept


def function_dump(
    filename: str | Path,
    inputs: Any,
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: Any = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
    extra_tag_to_remove: Collection[str] | None = None,
) -> None:
    """Write what ``theano.function`` would compile to a file, values of shared variables included.

    Loading it needs the variables' classes alone, not the program that made them:
    ``theano.function(**pickle.load(file))`` compiles it elsewhere.

    Parameters
    ----------
    filename : str or Path
    inputs, outputs, ... :
        As for ``theano.function``.
    extra_tag_to_remove : list of str, optional
        Attributes of tags to leave out, besides ``trace`` and ``test_value``.
    """
    arguments = {
        "inputs": inputs,
        "outputs": outputs,
        "mode": mode,
        "updates": updates,
        "givens": givens,
        "no_default_updates": no_default_updates,
        "accept_inplace": accept_inplace,
        "name": name,
        "rebuild_strict": rebuild_strict,
        "allow_input_downcast": allow_input_downcast,
        "profile": profile,
        "on_unused_input": on_unused_input,
    }
    with open(filename, "wb") as file:
        StripPickler(file, -1, extra_tag_to_remove).dump(arguments)

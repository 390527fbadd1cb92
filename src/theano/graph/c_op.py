"""Bases of ops with C code. The code is not compiled here; their ``perform`` is what runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from theano.graph.op import Op
from theano.options import config

__all__ = ["CLinkerOp", "COp", "OpenMPOp", "PureOp"]

PureOp = Op


class CLinkerOp:
    """What an op with methods such as ``c_code`` could be derived from; it has none itself."""


class COp(Op):
    """An op whose C code stands in files.

    A subclass runs by its ``perform`` or its ``lower``; where it has neither, running it raises an
    error that says so.

    Parameters
    ----------
    func_files : str or list of str
        The files; they are not read.
    func_name : str, optional
        The function in them.
    """

    def __init__(
        self,
        func_files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        func_name: str | None = None,
    ) -> None:
        one = isinstance(func_files, (str, os.PathLike))
        self.func_files: list[Any] = [func_files] if one else list(func_files)  # type: ignore[arg-type]
        self.func_name = func_name


class OpenMPOp(Op):
    """An op whose C code may run on several cores.

    Parameters
    ----------
    openmp : bool, optional
        By default ``config.openmp``.
    """

    def __init__(self, openmp: bool | None = None) -> None:
        self.openmp = config.openmp if openmp is None else openmp

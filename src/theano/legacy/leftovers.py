"""Small functions that programs import from parts of earlier versions which are no more."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from sysconfig import get_config_var
from typing import Any

__all__ = [
    "disturb_mem",
    "force_unlock",
    "get_lib_extension",
    "get_lock",
    "register_c_code",
    "release_lock",
    "render_string",
]


def get_lock(*args: Any, **kwargs: Any) -> None:
    """Do nothing: no folder needs a lock while a function is compiled."""


release_lock = force_unlock = get_lock


def register_c_code(*args: Any, **kwargs: Any) -> None:
    """Do nothing: C code for the values of a type is not compiled."""


def get_lib_extension() -> str:
    """Return the ending of modules in C, without the point."""
    return str(get_config_var("EXT_SUFFIX")).rpartition(".")[2]


def render_string(string: str, sub: Mapping[str, Any]) -> str:
    """Return ``string % sub``.

    Raises
    ------
    KeyError
        ``sub`` lacks a name of the string.
    """
    return string % sub


def disturb_mem() -> None:
    """Move memory about a little, so that a result that depends on addresses shows."""
    gc.collect()

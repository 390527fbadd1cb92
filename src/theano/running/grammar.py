"""fissix, which keeps its tables in a folder of the user's, where there is no such folder."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path

import fissix

__all__ = ["RefactoringTool", "get_fixers_from_package"]


def can_be_written(folder: Path) -> bool:
    """Whether files can be put into a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


if not can_be_written(fissix.CACHE_DIR):
    # It is deleted as the process ends.
    instead = tempfile.TemporaryDirectory(prefix="fissix-")
    fissix.CACHE_DIR = Path(instead.name)

refactor = importlib.import_module("fissix.refactor")
RefactoringTool = refactor.RefactoringTool
get_fixers_from_package = refactor.get_fixers_from_package

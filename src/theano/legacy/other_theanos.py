"""Notices other distributions of a package ``theano`` in the folder that holds this one."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

OTHERS = ("theano", "theano_pymc")
"""Distributions whose package is `theano` too, in the spelling of their files."""
ENDINGS = (".dist-info", ".egg-info")


def warn_of_others(folder: Path) -> None:
    """Warn if another distribution has put its files among those of this package.

    Parameters
    ----------
    folder : Path
        What holds the package. Only its names are read: asking for the metadata of all that is
        installed would take longer than it may at every import.
    """
    try:
        names = os.listdir(folder)
    except OSError:  # inside an archive, for example
        return
    found = sorted(
        project
        for name in names
        if name.endswith(ENDINGS) and (project := name.partition("-")[0]).lower() in OTHERS
    )
    if found:
        others = " ".join(project.replace("_", "-") for project in found)
        warnings.warn(
            f"{others} is installed in the same place as theano-xla, and each overwrites files of "
            f"the other.\n  fix:      pip uninstall -y {others} && "
            "pip install --force-reinstall --no-deps theano-xla",
            stacklevel=3,
        )

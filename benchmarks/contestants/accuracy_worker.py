"""Computes the functions of ``accuracy_cases.py`` with one library.

    python accuracy_worker.py accuracy_jax POINTS.npz RESULTS.npz

``POINTS.npz`` has the arguments under ``NAME dtype``; ``RESULTS.npz`` gets the results under
``NAME dtype value`` and ``NAME dtype gradient``. Prints one line of JSON: the status, versions, and
what failed, with its reason. Runs on Python 3.7.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings

import numpy as np


def compute_all(module, arguments):
    """The results by name, and what failed, by name, with its reason."""
    results, failed = {}, {}
    for key, x in arguments.items():
        name = key.split()[0]
        if name not in module.FUNCTIONS:
            continue
        try:
            found = module.compute(name, x)
        except Exception as error:
            failed[key] = f"{type(error).__name__}: {error}".partition("\n")[0]
            continue
        for part, result in zip(("value", "gradient"), found):
            results[f"{key} {part}"] = result
    return results, failed


def main(name, source, target):
    """Compute, write, and say so."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        return {"status": "unavailable", "reason": str(error)}
    with np.load(source) as points:
        results, failed = compute_all(module, points)
    np.savez(target, **results)
    return {"status": "ok", "versions": module.VERSIONS, "failed": failed}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

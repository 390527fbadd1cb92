"""Old programs run as they stand: Python 2, removed names, notebooks and documents."""

from theano.running.program import run_program

__all__ = ["run_program"]

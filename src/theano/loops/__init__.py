"""Symbolic loops: ``theano.scan`` and its short forms.

``scanning`` reads the arguments of ``scan`` and makes one node of a ``Loop`` (``loop``);
``derivatives`` gives its gradients, ``rewrites`` brings it into the form that costs least, and
``lowering`` makes it a loop of XLA.
"""

from theano.loops import rewrites as _rewrites
from theano.loops.checkpoints import scan_checkpoints
from theano.loops.folds import foldl, foldr, map, reduce
from theano.loops.loop import Loop
from theano.loops.scanning import scan
from theano.loops.step import until

__all__ = ["Loop", "foldl", "foldr", "map", "reduce", "scan", "scan_checkpoints", "until"]

"""Profiles: where the time of a function goes, its memory, and its work."""

from theano.compile.profiling.matching import seconds_of_nodes
from theano.compile.profiling.profiled import ProfiledFunction, profile_for, with_profile
from theano.compile.profiling.stats import ProfileStats

__all__ = ["ProfileStats", "ProfiledFunction", "profile_for", "seconds_of_nodes", "with_profile"]

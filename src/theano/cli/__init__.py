"""The command ``theano``."""

"""The functions of ``accuracy_cases.py`` in JAX."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax import scipy as jsp

jax.config.update("jax_enable_x64", True)

VERSIONS = {"jax": jax.__version__}
FUNCTIONS = {
    "softmax": jax.nn.softmax,
    "log_softmax": jax.nn.log_softmax,
    "logsumexp": lambda x: jax.nn.logsumexp(x, axis=1),
    "sigmoid": jax.nn.sigmoid,
    "log_sigmoid": jax.nn.log_sigmoid,
    "softplus": jax.nn.softplus,
    "log1p": jnp.log1p,
    "expm1": jnp.expm1,
    "erf": jsp.special.erf,
    "erfc": jsp.special.erfc,
    "erfcx": jsp.special.erfcx,
    "erfinv": jsp.special.erfinv,
    "gammaln": jsp.special.gammaln,
    "psi": jsp.special.digamma,
}


def compute(name: str, x: np.ndarray) -> list[Any]:
    """The values and the gradient of their sum, of the first column's if they are a matrix."""

    def both(v: Any) -> tuple[Any, Any]:
        z, pull = jax.vjp(FUNCTIONS[name], v)
        weights = jnp.zeros_like(z).at[:, 0].set(1) if z.ndim == 2 else jnp.ones_like(z)
        return z, pull(weights)[0]

    return [np.asarray(result) for result in jax.jit(both)(x)]

"""The one switch that lets JAX keep 64-bit dtypes, which the language has from the start.

It must be thrown before the first array is made, and it holds for the whole process.
"""

import jax

jax.config.update("jax_enable_x64", True)

"""The first import of JAX, and the one switch that lets it keep 64-bit dtypes.

The language has these from the start. The switch must be thrown before the first array is made, and
it holds for the whole process.
"""

import numpy as np

# JAX draws numbers from NumPy's global stream while it is imported. A program that has set a seed
# by then is to get the numbers that belong to it.
_state = np.random.get_state()  # noqa: NPY002  (that very stream)
import jax  # noqa: E402

np.random.set_state(_state)  # noqa: NPY002
del _state

jax.config.update("jax_enable_x64", True)

"""The functions of ``accuracy_cases.py`` in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

VERSIONS = {"torch": torch.__version__}
FUNCTIONS = {
    "softmax": lambda x: torch.softmax(x, 1),
    "log_softmax": lambda x: torch.log_softmax(x, 1),
    "logsumexp": lambda x: torch.logsumexp(x, 1),
    "sigmoid": torch.sigmoid,
    "log_sigmoid": torch.nn.functional.logsigmoid,
    "softplus": torch.nn.functional.softplus,
    "log1p": torch.log1p,
    "expm1": torch.expm1,
    "erf": torch.erf,
    "erfc": torch.erfc,
    "erfcx": torch.special.erfcx,
    "erfinv": torch.erfinv,
    "gammaln": torch.lgamma,
    "psi": torch.digamma,
}


def compute(name: str, x: np.ndarray) -> list[Any]:
    """The values and the gradient of their sum, of the first column's if they are a matrix."""
    v = torch.tensor(x, requires_grad=True)
    z = FUNCTIONS[name](v)
    cost = z[:, 0].sum() if z.ndim == 2 else z.sum()
    try:
        (gradient,) = torch.autograd.grad(cost, v)
    except (NotImplementedError, RuntimeError):
        return [z.detach().numpy()]
    return [z.detach().numpy(), gradient.numpy()]

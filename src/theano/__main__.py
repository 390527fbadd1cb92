"""``python -m theano``."""

import sys

from theano.cli.main import main

sys.exit(main())

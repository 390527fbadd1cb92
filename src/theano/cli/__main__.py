"""``python -m theano.cli``."""

import sys

from theano.cli.main import main

sys.exit(main())

"""Entry point of `python -m dowel_runner` and of `python path/to/dowel_runner`."""

import os
import sys

if not __package__:
    # Started as a folder: its parent is where the package is found, and the folder itself is no place for imports.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from dowel_runner.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))

"""`python -m judgetui` is the `judgetui` command."""

import sys

from judgetui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

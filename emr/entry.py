"""The script of EMR's jobs (emr/*.json): their arguments, handed to the engine.

It ends with the engine's exit code, which EMR shows beside the script's last line.
"""

import sys

from tidegate.deploy.entry import main

sys.exit(main(sys.argv[1:]))

"""The script of the Glue job (glue/job.json): Glue's arguments, handed to the engine.

A failure is raised, as Glue takes an uncaught error for a failed run and shows its words.
"""

import sys

from awsglue.utils import getResolvedOptions

from tidegate.deploy.entry import names, run

run(getResolvedOptions(sys.argv, ["JOB_NAME", *names(sys.argv)]))

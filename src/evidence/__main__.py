"""`python -m evidence`: the same as the command `evidence`."""

from evidence.cli.main import main

main()

"""`python -m concur.cli`: the same as the console script."""

from concur.cli import main

main()

"""`python -m artrator` is the command `artrator`."""

from artrator.cli.main import main

main()

"""`python -m hansard`."""

from hansard.cli.main import main

main()

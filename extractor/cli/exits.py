"""Exit codes of the command."""

FAILED = 1
"""An article failed, was refused or could not be read."""
MISUSE = 2
"""Wrong use or configuration."""
INTERRUPTED = 130

"""Exit codes of the command."""

FAILED = 1
"""An article failed, was refused or could not be read."""
MISUSE = 2
"""Wrong use or configuration."""
BELOW = 3
"""A score is below its threshold, or a run is worse than another."""
INTERRUPTED = 130

"""Pictures of the pages, to be looked at."""

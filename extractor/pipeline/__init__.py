"""From an article to a validated, grounded extraction."""

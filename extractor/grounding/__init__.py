"""Ground what a model writes in the words of the article."""

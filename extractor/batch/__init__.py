"""Many articles: a run that can be stopped, taken up again and counted, one outcome each."""

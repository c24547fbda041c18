"""How good extractions are: scores against labelled examples, with intervals."""

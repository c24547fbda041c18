"""How good and how costly extractions are beside what else the same model can be used with."""

"""Runs over many articles against a stub endpoint: speed, memory, and what a crash leaves."""

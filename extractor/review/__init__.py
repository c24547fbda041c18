"""A page on loopback on which people accept, reject and correct what a run extracted."""

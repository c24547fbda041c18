"""Measurements that anyone can run; see the head of each file."""

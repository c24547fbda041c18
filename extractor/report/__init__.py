"""Outcomes for people and for spreadsheets."""

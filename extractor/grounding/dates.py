"""Times as written, resolved to days (placeholder until the real one lands)."""

from datetime import date

from extractor.schemas import DatePrecision, IncidentDate


def impossible(text: str) -> bool:
    return False


def resolve(text: str, published: date | None, language: str | None) -> IncidentDate:
    return IncidentDate(start=None, end=None, precision=DatePrecision.DAY, text=text)

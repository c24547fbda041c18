"""What follows from a changed value by the codebook, done by rule instead of asking the person.

Works on an `Extraction` as plain data, between two states that keep the rules.
"""

from typing import Any

from extractor.pipeline.consistency import Statement, conflicts
from extractor.schemas import Attribution, Stance

_Doc = dict[str, Any]
_CLAIM = ("id", "aspect", "sourcing", "source", "responsible", "stance")


def settle(before: _Doc, doc: _Doc) -> None:
    """Let the rest of `doc` follow what was changed in it.

    Whoever is now held responsible is a perpetrator, whoever no longer is, is none; whoever is
    made no perpetrator is no longer held responsible; conflicts are found anew among changed
    statements; actors that nothing refers to any more go.
    """
    earlier = {incident["id"]: incident for incident in before["incidents"]}
    for incident in doc["incidents"]:
        if old := earlier.get(incident["id"]):
            _follow_roles(old, incident, doc)
            _follow_statements(before, incident, doc)
            _follow_conflicts(before, incident["id"], doc)
        else:
            _follow_statements(before, incident, doc)
    gone = references(before) - references(doc)
    doc["actors"] = [actor for actor in doc["actors"] if actor["id"] not in gone]


def references(doc: _Doc) -> set[str]:
    """Ids of the actors that incidents and attributions refer to, and those they belong to."""
    used = {part["actor"] for incident in doc["incidents"] for part in incident["participants"]}
    used |= {figure["source"] for incident in doc["incidents"] for figure in incident["casualties"]}
    for said in doc["attributions"]:
        used |= {said["source"], *said["responsible"]}
    bodies = {actor["id"]: actor["affiliation"] for actor in doc["actors"]}
    for actor in [*used]:
        body = bodies.get(actor)
        while body and body not in used:
            used.add(body)
            body = bodies.get(body)
    return used - {None}


def _said(doc: _Doc, incident: str) -> list[_Doc]:
    return [one for one in doc["attributions"] if one["incident"] == incident]


def _affirming(doc: _Doc, incident: str) -> list[_Doc]:
    affirming = {stance.value for stance in Stance if stance.affirms}
    return [one for one in _said(doc, incident) if one["stance"] in affirming]


def _held(doc: _Doc, incident: str) -> list[str]:
    held = [actor for one in _affirming(doc, incident) for actor in one["responsible"]]
    return [*dict.fromkeys(held)]


def _perpetrators(incident: _Doc) -> set[str]:
    return {part["actor"] for part in incident["participants"] if part["role"] == "perpetrator"}


def _follow_roles(old: _Doc, incident: _Doc, doc: _Doc) -> None:
    acquitted = _perpetrators(old) - _perpetrators(incident)
    for said in _affirming(doc, incident["id"]):
        said["responsible"] = [actor for actor in said["responsible"] if actor not in acquitted]


def _follow_statements(before: _Doc, incident: _Doc, doc: _Doc) -> None:
    held, perpetrators = _held(doc, incident["id"]), _perpetrators(incident)
    lost = {*_held(before, incident["id"])} - {*held}
    gained = [actor for actor in held if actor not in perpetrators]
    incident["participants"] = [
        part
        for part in incident["participants"]
        if part["actor"] not in gained
        and not (part["actor"] in lost and part["role"] == "perpetrator")
    ] + [{"actor": actor, "role": "perpetrator"} for actor in gained]


def _follow_conflicts(before: _Doc, incident: str, doc: _Doc) -> None:
    said = _said(doc, incident)
    if _claims(said) == _claims(_said(before, incident)):
        return
    opposed = conflicts([_statement(one) for one in said])
    for one, others in zip(said, opposed, strict=True):
        one["conflicts_with"] = [said[other]["id"] for other in others]


def _claims(said: list[_Doc]) -> list[list[Any]]:
    return [[one[name] for name in _CLAIM] for one in said]


def _statement(said: _Doc) -> Statement:
    public = Attribution.model_validate(said | {"conflicts_with": []})
    return Statement(
        incident=public.incident,
        aspect=public.aspect,
        sourcing=public.sourcing,
        source=public.source,
        responsible=public.responsible,
        stance=public.stance,
        certainty=public.certainty,
        statement=public.statement,
        medium=public.medium,
        evidence=public.evidence,
    )

"""Results in a notebook: their page in a frame, so that neither disturbs the other."""

from markupsafe import Markup

from extractor.pipeline.outcome import Outcome
from extractor.report.results import extraction_page, results_page
from extractor.schemas import Extraction

_FRAME = Markup(
    '<iframe srcdoc="{page}" sandbox="allow-scripts allow-popups" title="{title}" '
    'width="100%" height="640" style="border:0"></iframe>'
)


def extraction_frame(extraction: Extraction) -> str:
    """An extraction as HTML for a notebook's cell."""
    return _FRAME.format(page=extraction_page(extraction), title="Extraction")


def outcome_frame(outcome: Outcome) -> str:
    """An outcome as HTML for a notebook's cell."""
    return _FRAME.format(page=results_page([outcome]), title="Outcome")

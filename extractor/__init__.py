"""Turn news articles about political violence into data.

from extractor import Article, Extractor

with Extractor() as extractor:
    outcome = extractor.extract(Article(text=...))
"""

from importlib.metadata import version

from extractor.articles import Article, read_articles
from extractor.batch.at_provider import ProviderBatch
from extractor.batch.cluster import Cluster
from extractor.batch.engine import MaxFailures
from extractor.batch.limits import Limits
from extractor.batch.manifest import Manifest, RunStatus
from extractor.batch.run import read_outcomes, read_run, run_batch
from extractor.errors import (
    ArticleError,
    BudgetError,
    ClusterError,
    ConfigError,
    ExtractorError,
    FailureKind,
    FetchError,
    PromptError,
    ProviderError,
    StoreError,
)
from extractor.evaluation.behaviour import check_behaviour
from extractor.evaluation.behaviour_cases import BehaviourCase, read_behaviour_cases
from extractor.evaluation.compare import compare
from extractor.evaluation.data import LabelledArticle, read_gold
from extractor.evaluation.evaluate import evaluate
from extractor.evaluation.muc4 import compare_muc4, evaluate_muc4
from extractor.evaluation.muc4_data import read_muc4
from extractor.evaluation.reports import (
    BehaviourReport,
    ComparisonReport,
    EvaluationReport,
    Muc4Report,
)
from extractor.evaluation.run import run_articles
from extractor.llm.models import ModelSettings
from extractor.pipeline.extractor import Extractor
from extractor.pipeline.outcome import Failure, Issue, Outcome, Status
from extractor.report.export import TableFormat, write_tables
from extractor.report.notebook import extraction_frame, outcome_frame
from extractor.report.parts import write_parts
from extractor.schemas import (
    Actor,
    Attribution,
    Casualty,
    Evidence,
    Extraction,
    Incident,
    Participant,
    Provenance,
    Usage,
)

__version__ = version("extractor")

Extraction.shown_by(extraction_frame)
Outcome.shown_by(outcome_frame)

__all__ = [
    "Actor",
    "Article",
    "ArticleError",
    "Attribution",
    "BehaviourCase",
    "BehaviourReport",
    "BudgetError",
    "Casualty",
    "Cluster",
    "ClusterError",
    "ComparisonReport",
    "ConfigError",
    "EvaluationReport",
    "Evidence",
    "Extraction",
    "Extractor",
    "ExtractorError",
    "Failure",
    "FailureKind",
    "FetchError",
    "Incident",
    "Issue",
    "LabelledArticle",
    "Limits",
    "Manifest",
    "MaxFailures",
    "ModelSettings",
    "Muc4Report",
    "Outcome",
    "Participant",
    "PromptError",
    "Provenance",
    "ProviderBatch",
    "ProviderError",
    "RunStatus",
    "Status",
    "StoreError",
    "TableFormat",
    "Usage",
    "__version__",
    "check_behaviour",
    "compare",
    "compare_muc4",
    "evaluate",
    "evaluate_muc4",
    "read_articles",
    "read_behaviour_cases",
    "read_gold",
    "read_muc4",
    "read_outcomes",
    "read_run",
    "run_articles",
    "run_batch",
    "write_parts",
    "write_tables",
]

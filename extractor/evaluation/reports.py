"""What scoring returns: typed, frozen, and with null for what is undefined, never 0."""

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Record):
    """The middle 95% of a figure over resampled articles."""

    low: float = Field(description="Lower bound.")
    high: float = Field(description="Upper bound.")


class Score(_Record):
    """Precision, recall and F1 of some facts."""

    tp: int = Field(ge=0, description="Predicted facts that are gold.")
    fp: int = Field(ge=0, description="Predicted facts that are not gold.")
    fn: int = Field(ge=0, description="Gold facts that were not predicted.")
    precision: float | None = Field(description="Null where nothing was predicted.")
    recall: float | None = Field(description="Null where nothing is gold.")
    f1: float | None = Field(description="Null where nothing was predicted and nothing is gold.")
    precision_interval: Interval | None = Field(default=None, description="95% interval.")
    recall_interval: Interval | None = Field(default=None, description="95% interval.")
    f1_interval: Interval | None = Field(default=None, description="95% interval.")


class MacroScore(_Record):
    """Means over articles, of those where the figure is defined."""

    precision: float | None = Field(description="Mean precision.")
    recall: float | None = Field(description="Mean recall.")
    f1: float | None = Field(description="Mean F1.")
    articles: int = Field(ge=0, description="Articles with a defined F1.")


class Relevance(Score):
    """Whether the article reports any incident, over articles."""

    tn: int = Field(ge=0, description="Articles without incident that were predicted so.")


class Grounding(_Record):
    """How much of the prediction stands in the article."""

    quotes: int = Field(ge=0, description="Evidence quotes predicted.")
    verbatim: int = Field(ge=0, description="Of these, quotes that are the text at their offsets.")
    rate: float | None = Field(description="Share of verbatim quotes.")
    dropped: int | None = Field(
        description="Values left out as not found in the article; null where not recorded."
    )
    dropped_rate: float | None = Field(
        description="Their share of what was grounded or dropped; null where not recorded."
    )


class Confusion(_Record):
    """How often each gold value was predicted as what."""

    rows: dict[str, dict[str, int]] = Field(description="Gold value, then predicted value.")
    agreeing: int = Field(ge=0, description="Pairs with the same value on both sides.")
    total: int = Field(ge=0, description="Pairs compared.")
    agreement: float | None = Field(description="Share of pairs that agree.")


class CasualtyFigures(_Record):
    """Figures of paired incidents, each compared with the nearest of its kind."""

    gold: int = Field(ge=0, description="Gold figures of paired incidents.")
    predicted: int = Field(ge=0, description="Predicted figures of paired incidents.")
    compared: int = Field(ge=0, description="Pairs of figures of the same kind.")
    exact: int = Field(ge=0, description="Of these, with the same bounds.")
    overlapping: int = Field(ge=0, description="Of these, with a number in common.")
    same_source: int = Field(ge=0, description="Of these, given by the same actor.")
    numbered: int = Field(ge=0, description="Of these, with a number on both sides.")
    mean_absolute_error: float | None = Field(
        description="People by which numbers are off, on average over the numbered pairs."
    )


class Baseline(_Record):
    """What an answer without a model would score."""

    name: str = Field(description="What is answered.")
    overall: Score = Field(description="All facts.")
    records: dict[str, Score] = Field(description="The facts of each kind of record.")
    relevance: Relevance = Field(description="Whether there is any incident.")


class Group(_Record):
    """The scores of a part of the data."""

    articles: int = Field(ge=0, description="Articles that have facts in this group.")
    overall: Score = Field(description="All facts of the group.")
    records: dict[str, Score] = Field(description="The facts of each kind of record.")


class Mismatch(_Record):
    """A fact on which the two sides differ."""

    article: str = Field(description="Id of the article.")
    field: str = Field(description="Scored field.")
    record: str = Field(description="Id of the gold record, or of the predicted one alone.")
    gold: str | None = Field(description="Gold side; null where only predicted.")
    predicted: str | None = Field(description="Predicted side; null where missed.")
    sentence: str = Field(description="Sentence of the article that the record rests on.")


class ArticleFailure(_Record):
    """An article whose extraction failed and was scored as empty."""

    article: str = Field(description="Id of the article.")
    error: str = Field(description="Why.")


class ArticleScore(_Record):
    """All facts of one article."""

    article: str = Field(description="Id of the article.")
    overall: Score = Field(description="All its facts.")


class Settings(_Record):
    """What one needs to know to get the same report again."""

    package_version: str = Field(description="Version of this package.")
    codebook: str = Field(description="Version of the codebook.")
    samples: int = Field(description="Samples of the bootstrap.")
    seed: int = Field(description="Seed of the bootstrap.")


class EvaluationReport(_Record):
    """How well predictions agree with gold labels."""

    settings: Settings = Field(description="How it was scored.")
    models: tuple[str, ...] = Field(description="Models and prompts that predicted.")
    articles: int = Field(ge=0, description="Articles scored.")
    missing: tuple[str, ...] = Field(description="Labelled articles left out for want of one.")
    failures: tuple[ArticleFailure, ...] = Field(description="Articles that failed.")
    overall: Score = Field(description="All facts, micro-averaged.")
    macro: MacroScore = Field(description="All facts, averaged over articles.")
    records: dict[str, Score] = Field(description="The facts of each kind of record.")
    fields: dict[str, Score] = Field(description="The facts of each field.")
    relevance: Relevance = Field(description="Whether there is any incident.")
    grounding: Grounding = Field(description="How much stands in the article.")
    casualties: CasualtyFigures = Field(description="Casualty figures beyond right or wrong.")
    confusion: dict[str, Confusion] = Field(
        description="Incident type, stance, certainty, and confidence after MUC-4."
    )
    sources: Confusion = Field(
        description="Whether paired attributions have the same source; not among the facts."
    )
    baselines: tuple[Baseline, ...] = Field(description="Answers without a model.")
    groups: dict[str, dict[str, Group]] = Field(description="Breakdowns asked for.")
    per_article: tuple[ArticleScore, ...] = Field(description="Each article.")
    mismatches: tuple[Mismatch, ...] | None = Field(
        description="Facts that differ; null where not asked for."
    )


class Muc4Baseline(_Record):
    """What an answer without a model would score on MUC-4 templates."""

    name: str = Field(description="What is answered.")
    overall: Score = Field(description="The type and the five roles.")
    relevance: Relevance = Field(description="Whether there is any template.")


class Muc4Report(_Record):
    """How well predictions agree with MUC-4 templates."""

    settings: Settings = Field(description="How it was scored.")
    models: tuple[str, ...] = Field(description="Models and prompts that predicted.")
    articles: int = Field(ge=0, description="Articles scored.")
    missing: tuple[str, ...] = Field(description="Labelled articles left out for want of one.")
    failures: tuple[ArticleFailure, ...] = Field(description="Articles that failed.")
    overall: Score = Field(description="The type and the five roles, micro-averaged.")
    macro: MacroScore = Field(description="The same, averaged over articles.")
    slots: dict[str, Score] = Field(description="The fills of each slot.")
    relevance: Relevance = Field(description="Whether there is any template.")
    baselines: tuple[Muc4Baseline, ...] = Field(description="Answers without a model.")
    per_article: tuple[ArticleScore, ...] = Field(description="Each article.")
    mismatches: tuple[Mismatch, ...] | None = Field(
        description="Fills that differ; null where not asked for."
    )


class Difference(_Record):
    """How far a figure of B lies above that of A."""

    a: float | None = Field(description="Figure of A.")
    b: float | None = Field(description="Figure of B.")
    difference: float | None = Field(description="B less A.")
    interval: Interval | None = Field(description="95% interval of the difference.")
    p: float | None = Field(description="Two-sided p of the paired bootstrap.")


class ComparisonReport(_Record):
    """Two runs on the same articles."""

    settings: Settings = Field(description="How it was scored.")
    articles: int = Field(ge=0, description="Articles that both have.")
    missing: tuple[str, ...] = Field(description="Labelled articles that either has not.")
    failures: dict[str, tuple[ArticleFailure, ...]] = Field(description="Failures of `a` and `b`.")
    figures: dict[str, Difference] = Field(
        description="Overall precision, recall and F1, then F1 of records, relevance and fields."
    )
    worse: bool = Field(
        description="Whether overall F1 of B is below A's, with the whole interval below 0."
    )


class Rate(_Record):
    """How many of some things are as they should be."""

    passed: int = Field(ge=0, description="Those that are.")
    total: int = Field(ge=0, description="All that could be judged.")
    rate: float | None = Field(description="Share that passed; null where nothing was judged.")


class CaseProblem(_Record):
    """A case that did not pass."""

    case: str = Field(description="Id of the case.")
    differences: tuple[str, ...] = Field(description="What is not as it should be.")


class BehaviourResult(Rate):
    """How often one behaviour was shown, over the cases that were answered."""

    failed: int = Field(ge=0, description="Cases without a usable answer, which are not judged.")
    problems: tuple[CaseProblem, ...] = Field(description="The cases that did not pass.")


class BehaviourReport(_Record):
    """How a model with a prompt behaves where the right answer is known to stay the same."""

    package_version: str = Field(description="Version of this package.")
    model: str = Field(description="The model.")
    prompt: str = Field(description="Name and version of the prompt.")
    prompt_hash: str = Field(description="Hash of the prompt's files.")
    cases: int = Field(ge=0, description="Cases used.")
    behaviours: dict[str, BehaviourResult] = Field(description="Each behaviour.")
    labels: Rate = Field(description="Labels that stayed when enums were reordered.")
    found: Rate = Field(
        description="Of the articles that report an incident, those with one in the answer."
    )
    failures: tuple[ArticleFailure, ...] = Field(description="Articles that failed.")

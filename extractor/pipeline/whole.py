"""The whole draft in one answer: for models that read an article well."""

from collections.abc import Sequence

from extractor.grounding.sentences import Sentence
from extractor.llm.base import estimated_tokens
from extractor.pipeline.ask import Asker, Tally, each
from extractor.pipeline.assemble import assemble
from extractor.pipeline.values import Source
from extractor.pipeline.windows import merged, windows
from extractor.prompting import WHOLE
from extractor.schemas.draft import Draft
from extractor.validation import Issue


async def whole_draft(
    asker: Asker, source: Source, tally: Tally
) -> tuple[Draft, tuple[Issue, ...]]:
    """The draft of an article, asked for in one question a window, and what is wrong with it.

    Raises:
        AnswerError: if no answer could be used.
        ProviderError: if the endpoint gave none.
        BudgetError: if the budget does not allow the next call.
    """
    parts = list(windows(source.text, source.sentences, _article_tokens(asker)))
    tally.windows = len(parts)
    answers = await each(parts, lambda window: _window_draft(asker, source, window, tally))
    return merged([draft for draft, _ in answers]), tuple(
        issue for _, found in answers for issue in found
    )


def _article_tokens(asker: Asker) -> int:
    """Tokens of an article that fit beside the prompt, an answer and a re-ask with it."""
    static = asker.prompt.steps[WHOLE].static
    used = sum(estimated_tokens(message.content) for message in static)
    output = asker.prompt.settings.max_output_tokens
    return max(256, asker.llm.context_window - used - 2 * output - 600)


async def _window_draft(
    asker: Asker, source: Source, window: Sequence[Sentence], tally: Tally
) -> tuple[Draft, tuple[Issue, ...]]:
    return await asker.ask(
        Draft,
        asker.prompt.steps[WHOLE],
        asker.prompt.article_message(source.text, window, source.published),
        lambda draft: assemble(draft, source).issues,
        tally,
    )

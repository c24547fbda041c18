"""What needs numpy and scipy: optimal assignment and resampling over articles.

Both packages are loaded on first use, since most users of this package never score anything.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from extractor.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

_CELLS = 20_000_000
"""Cells of the largest table of weights that resampling holds in memory at once."""


@contextmanager
def evaluation_extra() -> Iterator[None]:
    """Turns a missing package into an error that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "numpy").partition(".")[0]
        raise ConfigError(
            f"scoring needs the package {package}; "
            "install it with: pip install 'extractor[evaluation]'"
        ) from error


def best_pairs(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The one-to-one pairs of rows and columns with the largest sum of weights.

    Args:
        weights: For each row its weight with each column; 0 where they must not be paired.

    Returns:
        Row and column of each pair with a weight above 0.
    """
    with evaluation_extra():
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - optional

    # What goes with nothing is left out, so that it cannot decide a tie between others.
    rows = [row for row, values in enumerate(weights) if any(values)]
    columns = [column for column, values in enumerate(zip(*weights, strict=True)) if any(values)]
    if not rows:
        return []
    table = [[weights[row][column] for column in columns] for row in rows]
    found = linear_sum_assignment(table, maximize=True)
    pairs = ((rows[a], columns[b]) for a, b in zip(*found, strict=True))
    return [(row, column) for row, column in pairs if weights[row][column] > 0]


class Resampler:
    """Draws articles with replacement, again and again, and adds their counts up.

    Args:
        articles: How many articles there are.
        samples: How often to draw as many.
        seed: Seed of the draws. Equal seeds draw the same articles, so that two runs can be
            compared in pairs.
    """

    def __init__(self, articles: int, samples: int, seed: int) -> None:
        self._articles, self._samples, self._seed = articles, samples, seed

    def totals(self, counts: Sequence[Sequence[int]]) -> "Floats | None":
        """For each sample the sum of the rows of the articles drawn.

        Args:
            counts: A row of counts for each article.

        Returns:
            A row for each sample, or None where there is no variation to draw from.
        """
        if self._articles < 2 or self._samples < 1:
            return None
        with evaluation_extra():
            import numpy as np  # noqa: PLC0415 - optional

        table = np.asarray(counts, dtype=np.float64)
        generator = np.random.default_rng(self._seed)
        share = np.full(self._articles, 1 / self._articles)
        most = max(1, _CELLS // self._articles)
        parts = []
        for done in range(0, self._samples, most):
            size = min(most, self._samples - done)
            # How often each article is drawn says as much as the draws, in one product.
            parts.append(generator.multinomial(self._articles, share, size=size) @ table)
        return np.concatenate(parts)


def ratios(numerator: "Floats", denominator: "Floats") -> "Floats":
    """Their quotients, with nan where the denominator is 0."""
    import numpy as np  # noqa: PLC0415 - optional; a caller has loaded it

    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def middle(values: Any, share: float = 0.95) -> tuple[float, float] | None:
    """The bounds of the middle `share` of those values that are numbers."""
    import numpy as np  # noqa: PLC0415 - optional; a caller has loaded it

    numbers = values[~np.isnan(values)]
    if not len(numbers):
        return None
    edge = (1 - share) / 2
    low, high = np.quantile(numbers, [edge, 1 - edge])
    return float(low), float(high)


def two_sided_p(differences: Any) -> float | None:
    """How often resampled differences reach 0 or pass it, doubled; None without any."""
    import numpy as np  # noqa: PLC0415 - optional; a caller has loaded it

    numbers = differences[~np.isnan(differences)]
    if not len(numbers):
        return None
    below, above = int((numbers <= 0).sum()), int((numbers >= 0).sum())
    # One more on both sides of the fraction: so many samples cannot show a p of 0.
    return min(1.0, 2 * (min(below, above) + 1) / (len(numbers) + 1))

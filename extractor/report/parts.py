"""The tables of a run written by the workers of a Ray cluster: each writes a part of them all."""

import shutil
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from extractor.batch.cluster import Cluster, connected
from extractor.batch.run import stored_outcome, stored_outcomes
from extractor.errors import ClusterError, StoreError
from extractor.report.export import TableFormat, write_tables

_OUTCOMES = 5000
"""Outcomes in one part."""

_PART = "part-" + 5 * "[0-9]"
"""Pattern of a part's name; nothing else in the folder is ours to remove."""


def write_parts(
    run: str | Path, folder: str | Path, form: TableFormat, cluster: Cluster
) -> list[Path]:
    """Write the tables of a run in parts, `part-00001`, `part-00002`, …, by many workers.

    The union of the parts of a table is the table; each part holds whole articles.

    Args:
        run: Folder of the run.
        folder: Where the parts go; every node of the cluster has to see it under this name.
            Parts of an earlier time are removed.
        form: The format.
        cluster: The workers.

    Returns:
        The files.

    Raises:
        StoreError: if the run cannot be read or the files cannot be written.
        ConfigError: if an extra is missing.
        ClusterError: if the cluster cannot be reached, or a worker fails.
    """
    # A worker has its own working directory.
    folder = Path(folder).resolve()
    try:
        for old in folder.glob(_PART):
            shutil.rmtree(old)
    except OSError as error:
        raise StoreError(f"cannot write tables to {folder}: {error.strerror}") from error
    stored = stored_outcomes(run)
    parts = iter(lambda: [*islice(stored, _OUTCOMES)], [])
    with connected(cluster) as ray:
        work = ray.remote(num_cpus=1)(write_part)
        tasks = (
            work.remote(part, folder / f"part-{number:05}", form)
            for number, part in enumerate(parts, 1)
        )
        try:
            return sorted(file for files in _done(ray, tasks, cluster.workers) for file in files)
        except ray.exceptions.RayError as error:
            raise ClusterError(f"a worker could not write its part: {error}") from error


def write_part(part: Sequence[tuple[str, str]], folder: Path, form: TableFormat) -> list[Path]:
    """Write the tables of some articles and their outcomes, as a ledger keeps them."""
    return write_tables((stored_outcome(*stored) for stored in part), folder, form)


def _done(ray: Any, tasks: Iterator[Any], workers: int) -> Iterator[Any]:
    """The results of tasks as they come; no more are begun than the workers can take soon."""
    waiting = [*islice(tasks, 2 * workers)]
    while waiting:
        (first,), waiting = ray.wait(waiting, num_returns=1)
        yield ray.get(first)
        waiting += islice(tasks, 1)

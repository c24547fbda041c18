"""Articles a second of a run by one worker of a Ray cluster, and by two."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from extractor import Cluster, Limits, ModelSettings, RunStatus, run_batch
from extractor.batch.progress import NoRunProgress, Snapshot
from tests.stub_server import article, stub


class Times(NoRunProgress):
    """When the first articles and the last one were done."""

    def __init__(self) -> None:
        self.first: tuple[float, int] | None = None
        self.last = (0.0, 0)

    def update(self, snapshot: Snapshot) -> None:
        if snapshot.done and self.first is None:
            self.first = time.perf_counter(), snapshot.done
        if snapshot.done > self.last[1]:
            self.last = time.perf_counter(), snapshot.done

    @property
    def rate(self) -> float:
        """Articles a second between them: a cluster takes seconds to begin."""
        assert self.first is not None
        return (self.last[1] - self.first[1]) / (self.last[0] - self.first[0])


def scaling(articles: int, latency: float, concurrency: int, workers: int) -> list[str]:
    """The table of 1, 2, … workers, each working on so many articles at the same time."""
    lines = [
        "| workers | articles a second | of one worker | seconds in all |",
        "|---|---|---|---|",
    ]
    one = 0.0
    for number in range(1, workers + 1):
        watch = Times()
        with stub(latency=latency) as server, TemporaryDirectory() as folder:
            path = Path(folder, "news.jsonl")
            path.write_text("".join(json.dumps(article(n)) + "\n" for n in range(articles)))
            started = time.perf_counter()
            manifest = run_batch(
                [str(path)],
                Path(folder, "run"),
                settings=ModelSettings(model="stub", base_url=server.base_url),
                limits=Limits(concurrency=concurrency),
                cluster=Cluster(workers=number),
                progress=watch,
            )
            took = time.perf_counter() - started
        assert manifest.status is RunStatus.COMPLETE, manifest.reason
        one = one or watch.rate
        lines.append(f"| {number} | {watch.rate:.1f} | {watch.rate / one:.2f} | {took:.1f} |")
    about = f"{articles} articles, {latency} s, {concurrency} at the same time for each worker"
    return [about, "", *lines]

"""Articles a second of a run by one worker of a Ray cluster, and by two."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from extractor import Cluster, Limits, ModelSettings, RunStatus, run_batch
from tests.stub_server import article, stub


def scaling(articles: int, latency: float, concurrency: int, workers: int) -> list[str]:
    """The table of 1, 2, … workers, each working on so many articles at the same time."""
    lines = [
        "| workers | articles a second | of one worker | seconds in all |",
        "|---|---|---|---|",
    ]
    one = 0.0
    for number in range(1, workers + 1):
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
            )
            seen = server.stats()
            took = time.perf_counter() - started
        assert manifest.status is RunStatus.COMPLETE, manifest.reason
        # As the stub sees it: a cluster takes seconds to begin, and tells of results in blocks.
        rate = seen.requests / (seen.seconds + latency)
        one = one or rate
        lines.append(f"| {number} | {rate:.1f} | {rate / one:.2f} | {took:.1f} |")
    about = f"{articles} articles, {latency} s, {concurrency} at the same time for each worker"
    return [about, "", *lines]

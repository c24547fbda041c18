"""Measure runs against a stub endpoint on this machine.

python -m benchmarks.batch throughput --latency 1 --concurrency 64 --articles 1280
python -m benchmarks.batch throughput --latency 0.05 --concurrency 256 --articles 2000
python -m benchmarks.batch memory --articles 100000
python -m benchmarks.batch ledger --articles 100000
python -m benchmarks.batch crash --runs 30 --articles 500
python -m benchmarks.batch scaling --workers 2
"""

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from benchmarks.batch.crash import crash
from benchmarks.batch.memory import ledger, memory
from benchmarks.batch.scaling import scaling
from benchmarks.batch.throughput import throughput


def parser() -> ArgumentParser:
    """What the command takes."""
    made = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    commands = made.add_subparsers(required=True)

    one = commands.add_parser("throughput", help="articles a second, beside a bare client")
    one.add_argument("--latency", type=float, default=0.05, help="seconds until the stub answers")
    one.add_argument("--concurrency", type=int, default=256)
    one.add_argument("--articles", type=int, default=1000)
    one.add_argument("--rounds", type=int, default=3)
    one.set_defaults(run=throughput)

    one = commands.add_parser("memory", help="resident memory as a run goes on")
    one.add_argument("--articles", type=int, default=10_000)
    one.set_defaults(run=memory)

    one = commands.add_parser("ledger", help="the ledger's cost of an article as it grows")
    one.add_argument("--articles", type=int, default=100_000)
    one.set_defaults(run=ledger)

    one = commands.add_parser("crash", help="runs that are killed and taken up again")
    one.add_argument("--runs", type=int, default=30)
    one.add_argument("--articles", type=int, default=500)
    one.add_argument("--seed", type=int, default=1)
    one.set_defaults(run=crash)

    one = commands.add_parser("scaling", help="articles a second by one worker and by several")
    one.add_argument("--articles", type=int, default=600)
    one.add_argument("--latency", type=float, default=1.0, help="seconds until the stub answers")
    one.add_argument("--concurrency", type=int, default=8, help="articles at once for a worker")
    one.add_argument("--workers", type=int, default=2)
    one.set_defaults(run=scaling)

    return made


def main() -> None:
    arguments = vars(parser().parse_args())
    print("\n".join(arguments.pop("run")(**arguments)))


if __name__ == "__main__":
    main()

"""The public JSON Schemas, as files to be read: a change of the contract is a difference.

`python -m pytest tests/test_schema_snapshots.py --snapshot-update` writes them again.
"""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from typer.testing import CliRunner

from extractor.cli.app import app


class JsonFile(SingleFileSnapshotExtension):
    """A snapshot that is a JSON file as the command prints it."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"

    def serialize(self, data: Any, **_: Any) -> str:
        return str(data)


@pytest.mark.parametrize("name", ["extraction", "incident", "actor", "attribution", "outcome"])
def test_schema(name: str, snapshot: SnapshotAssertion) -> None:
    result = CliRunner().invoke(app, ["schema", name])
    assert result.exit_code == 0
    assert result.stdout == snapshot(extension_class=JsonFile)

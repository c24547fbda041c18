"""Files of requests as providers' batches want them, and the files of answers that come back."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from extractor.errors import StoreError
from extractor.llm.openai_batches import URL
from extractor.schemas import Usage
from extractor.store.parts import Asked, Part


class Reply(NamedTuple):
    """A line of a file of answers.

    Attributes:
        work: What it was asked for.
        key: Which of its questions it answers.
        status: HTTP status of the response.
        body: The response's body.
    """

    work: int
    key: str
    status: int
    body: bytes


@dataclass
class PartWriter:
    """Writes requests into files, each of which stays within the provider's limits.

    Attributes:
        folder: Where the files are written.
        number: Number of the next file.
        max_requests: Requests of one file at most.
        max_bytes: Bytes of one file at most; a single longer request has a file of its own.
        close_part: Told of each file when it is complete and on the disk.
    """

    folder: Path
    number: int
    max_requests: int
    max_bytes: int
    close_part: Callable[[Part, list[Asked]], None]
    _asked: list[Asked] = field(default_factory=list)
    _most: Usage = field(default_factory=Usage.zero)
    _bytes: int = 0
    _stream: IO[bytes] | None = None

    def add(self, asked: Asked, body: Any, most: Usage) -> None:
        """Add a request, whose answer takes `most` at most.

        Raises:
            StoreError: if it cannot be written.
        """
        request = {
            "custom_id": f"{asked.work}-{asked.key}",
            "method": "POST",
            "url": URL,
            "body": body,
        }
        line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
        full = len(self._asked) >= self.max_requests or self._bytes + len(line) > self.max_bytes
        if self._asked and full:
            self.close()
        with usable(self.folder):
            if self._stream is None:
                self.folder.mkdir(exist_ok=True)
                # What is there was being written when a process ended, and nobody knows of it.
                self._stream = requests_file(self.folder, self.number).open("wb")
            self._stream.write(line)
        self._asked.append(asked)
        self._most += most
        self._bytes += len(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        elif self._stream is not None:
            self._stream.close()

    def close(self) -> None:
        """End the file that is being written, if there is one.

        Raises:
            StoreError: if it cannot be written.
        """
        if self._stream is None:
            return
        with usable(self.folder), self._stream as stream:
            stream.flush()
            os.fsync(stream.fileno())
        part = Part(
            self.number,
            "prepared",
            len(self._asked),
            most_input=self._most.input_tokens,
            most_output=self._most.output_tokens,
        )
        self.close_part(part, self._asked)
        self.number += 1
        self._asked, self._most, self._bytes, self._stream = [], Usage.zero(), 0, None


def requests_file(folder: Path, number: int) -> Path:
    """The file with the requests of a part."""
    return folder / f"part-{number:04}.jsonl"


def read_replies(path: Path) -> Iterator[Reply]:
    """The responses of a file of answers; what is none is passed over, and so stays unanswered."""
    with path.open("rb") as stream:
        for line in stream:
            reply = _reply(line)
            if reply is not None:
                yield reply


def _reply(line: bytes) -> Reply | None:
    try:
        record = json.loads(line)
        work, dash, key = record["custom_id"].partition("-")
        response = record["response"]
        if not (dash and response):
            return None
        body = json.dumps(response["body"]).encode()
        return Reply(int(work), key, int(response["status_code"]), body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Work on the files of `folder`.

    Raises:
        StoreError: if one cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot use {error.filename or folder}: {error.strerror or error}; mend it and run "
            "the same command again, or give it --cancel-batches. Nothing that was stored is lost"
        ) from error

"""A provider on loopback with files and batches, which misbehaves on demand.

    with BatchServer() as provider:
        ...  # ask provider.base_url for drafts of `stub_server.article(n)`
        assert provider.asked.total() == 5

A batch is answered when it has been looked at `polls` times. A question has the same answer in a
batch as on its own.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any, Self

from tests.fault_server import Behaviour, FaultServer, Recorded, completion, error, status
from tests.test_pipeline import draft

_NUMBER = re.compile(r"Number (\d+)\.")

Answer = Callable[[dict[str, Any]], Behaviour]
"""From the body of a chat request to the response."""


def answered(body: dict[str, Any]) -> Behaviour:
    """A draft that fits the article, whose usage depends on it."""
    numbers = _NUMBER.findall(" ".join(message["content"] for message in body["messages"]))
    content = json.dumps(draft(summary=f"Gunmen killed soldiers near Tamsin, case {numbers[-1]}."))
    return completion(content, usage=(1000 + int(numbers[-1]), 100, 10))


@dataclass
class Batch:
    """A batch as the provider keeps it."""

    id: str
    file: str
    metadata: dict[str, str]
    status: str = "validating"
    looks: int = 0
    output: str | None = None
    errors: str | None = None
    complaint: str | None = None
    code: str = "invalid"
    counts: dict[str, int] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        line = 3 if self.code == "invalid" else None
        data = [{"code": self.code, "line": line, "message": self.complaint, "param": None}]
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": 0,
            "input_file_id": self.file,
            "metadata": self.metadata,
            "status": self.status,
            "output_file_id": self.output,
            "error_file_id": self.errors,
            "request_counts": self.counts or None,
            "errors": {"object": "list", "data": data} if self.complaint else None,
        }


class BatchServer:
    """The provider.

    Attributes:
        files: Content of the files by identifier.
        batches: The batches by identifier, the oldest first.
        asked: How often each body of a chat request was answered, in a batch or on its own.
        usage: Tokens read and written in all answers.
        direct: Bodies of the chat requests that came on their own.
        answer: Answers chat requests.
        answer_line: Answers those of batches; None where that is the same.
        polls: Looks at a batch until it has ended.
        ends: How each batch ends in turn; `completed` when these are used up.
        room: Batches that may be at work at the same time; more are refused.
        expires_after: Requests that a batch answers before it expires.
        before: Called with the method and path before a request is worked on.
    """

    def __init__(self, answer: Answer = answered) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Batch] = {}
        self.asked: Counter[str] = Counter()
        self.usage = [0, 0]
        self.direct: list[dict[str, Any]] = []
        self.answer = answer
        self.answer_line: Answer | None = None
        self.polls = 1
        self.ends: list[str] = []
        self.room = 1000
        self.expires_after = 0
        self.before: Callable[[str, str], Behaviour | None] = lambda _method, _path: None
        self._server = FaultServer(self._reply)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def base_url(self) -> str:
        return self._server.base_url

    @property
    def requests(self) -> list[Recorded]:
        return self._server.requests

    def lines(self, number: int = 0) -> list[dict[str, Any]]:
        """The requests of the batch with this number."""
        batch = list(self.batches.values())[number]
        return [json.loads(line) for line in self.files[batch.file].splitlines()]

    def _reply(self, request: Recorded) -> Behaviour:
        path = request.path.partition("?")[0]
        if (early := self.before(request.method, path)) is not None:
            return early
        match request.method, path.split("/")[2:]:
            case "POST", ["chat", "completions"]:
                self.direct.append(request.json)
                return self._answered(request.json, self.answer)
            case "POST", ["files"]:
                return self._upload(request)
            case "GET", ["files", file, "content"]:
                return Behaviour(200, {"Content-Type": "application/binary"}, self.files[file])
            case "POST", ["batches"]:
                return self._create(request.json)
            case "GET", ["batches"]:
                return self._list(request.path)
            case "GET", ["batches", batch]:
                return self._look(self.batches[batch])
            case "POST", ["batches", batch, "cancel"]:
                return self._cancel(self.batches[batch])
        return error(404, "no such thing")

    def _answered(self, body: dict[str, Any], answer: Answer) -> Behaviour:
        behaviour = answer(body)
        if behaviour.status == 200 and not behaviour.reset:
            self.asked[json.dumps(body, sort_keys=True)] += 1
            usage = json.loads(behaviour.body)["usage"]
            self.usage[0] += usage["prompt_tokens"]
            self.usage[1] += usage["completion_tokens"]
        return behaviour

    def _upload(self, request: Recorded) -> Behaviour:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        fields = {}
        parts = message_from_bytes(head + request.body).get_payload()
        assert isinstance(parts, list)
        for part in parts:
            assert isinstance(part, Message)
            name = part.get_param("name", header="content-disposition")
            fields[name] = part.get_payload(decode=True)
        assert fields["purpose"] == b"batch"
        content = fields["file"]
        assert isinstance(content, bytes)
        file = f"file-{len(self.files) + 1}"
        self.files[file] = content
        return status(200, {"id": file, "object": "file", "bytes": len(content), "created_at": 0})

    def _create(self, body: dict[str, Any]) -> Behaviour:
        assert body["completion_window"] == "24h"
        assert body["endpoint"] == "/v1/chat/completions"
        batch = Batch(f"batch_{len(self.batches) + 1}", body["input_file_id"], body["metadata"])
        working = ("validating", "in_progress", "cancelling")
        if sum(other.status in working for other in self.batches.values()) >= self.room:
            batch.status, batch.code = "failed", "token_limit_exceeded"
            batch.complaint = "Enqueued token limit reached."
        self.batches[batch.id] = batch
        return status(200, batch.told())

    def _list(self, path: str) -> Behaviour:
        # Two a page, the newest first.
        newest = list(reversed(self.batches.values()))
        after = re.search(r"after=(\w+)", path)
        first = [batch.id for batch in newest].index(after[1]) + 1 if after else 0
        page = [batch.told() for batch in newest[first : first + 2]]
        more = first + 2 < len(newest)
        last = page[-1]["id"] if page else None
        return status(200, {"object": "list", "data": page, "has_more": more, "last_id": last})

    def _look(self, batch: Batch) -> Behaviour:
        batch.looks += 1
        if batch.status == "cancelling":
            self._end(batch, "cancelled")
        elif batch.status in ("validating", "in_progress"):
            batch.status = "in_progress"
            if batch.looks >= self.polls:
                self._end(batch, self.ends.pop(0) if self.ends else "completed")
        return status(200, batch.told())

    def _cancel(self, batch: Batch) -> Behaviour:
        if batch.status not in ("validating", "in_progress"):
            return error(409, "it has ended")
        batch.status = "cancelling"
        return status(200, batch.told())

    def _end(self, batch: Batch, how: str) -> None:
        batch.status = how
        if how == "failed":
            batch.complaint = "the model does not exist"
            return
        lines = [json.loads(line) for line in self.files[batch.file].splitlines()]
        count = len(lines) if how == "completed" else self.expires_after
        output: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for line in lines[:count]:
            assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
            behaviour = self._answered(line["body"], self.answer_line or self.answer)
            response = {"status_code": behaviour.status, "body": json.loads(behaviour.body)}
            told = {"custom_id": line["custom_id"], "response": response, "error": None}
            (output if behaviour.status == 200 else errors).append(told)
        for line in lines[count:]:
            why = {"code": f"batch_{how}", "message": "not in time"}
            errors.append({"custom_id": line["custom_id"], "response": None, "error": why})
        # Answers come in any order.
        batch.output = self._file(output[::-1])
        batch.errors = self._file(errors)
        batch.counts = {"total": len(lines), "completed": len(output), "failed": len(errors)}

    def _file(self, lines: list[dict[str, Any]]) -> str | None:
        if not lines:
            return None
        file = f"file-{len(self.files) + 1}"
        self.files[file] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return file

"""A strict stand-in for Amazon SES v2: it checks path, signature, payload and limits, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/(?P<day>\d{8})/(?P<region>[\w-]+)/ses/aws4_request,"
    r" SignedHeaders=(?P<names>[\w;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
MUST_BE_SIGNED = {"host", "x-amz-date", "x-amz-content-sha256"}


@dataclass
class Ses:
    """What it knows, what it answers, and what it was given."""

    secret: str = "secret"
    answer: tuple[int, str, str] | None = None
    drop: bool = False
    received: list[dict[str, Any]] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)

    def problem(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str] | None:
        """Which of Amazon's errors the request deserves."""
        if path != "/v2/email/outbound-emails":
            return 404, "UnknownOperationException"
        if not self.is_signed(path, headers, body):
            return 403, "InvalidSignatureException"
        given = json.loads(body)
        if set(given) - {"FromEmailAddress", "Destination", "Content", "ConfigurationSetName"}:
            return 400, "BadRequestException"
        raw = base64.b64decode(given["Content"]["Raw"]["Data"], validate=True)
        message = message_from_bytes(raw)
        [recipient] = given["Destination"]["ToAddresses"]
        if recipient not in message["To"] or given["FromEmailAddress"] not in message["From"]:
            return 400, "BadRequestException"
        if any(len(line) > 998 for line in raw.split(b"\r\n")) or len(raw) > 40_000_000:
            return 400, "MessageRejected"
        self.received.append(given)
        self.raws.append(raw)
        return None

    def is_signed(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        """By the documentation, from what arrived: any set of signed headers."""
        found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None or found["key"] != "AKIDEXAMPLE":
            return False
        names = found["names"].split(";")
        if names != sorted(names) or not set(names) >= MUST_BE_SIGNED:
            return False
        digest = hashlib.sha256(body).hexdigest()
        if headers["x-amz-content-sha256"] != digest:
            return False
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
        request = "\n".join(["POST", path, "", lines, ";".join(names), digest])
        scope = f"{found['day']}/{found['region']}/ses/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashed])
        key = ("AWS4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        return hmac.new(key, text.encode(), "sha256").hexdigest() == found["signature"]


@contextmanager
def amazon(ses: Ses) -> Iterator[str]:
    """Its address, while it runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            problem = ses.problem(self.path, headers, body)
            if ses.drop:
                self.close_connection = True
                self.connection.close()
                return
            if problem is not None:
                self.say(problem[0], {"message": "no"}, problem[1])
            elif ses.answer is not None:
                status, word, message = ses.answer
                self.say(status, {"message": message}, word)
            else:
                self.say(200, {"MessageId": f"0100-{len(ses.received)}"}, "")

        def say(self, status: int, document: object, word: str) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if word:
                self.send_header("x-amzn-errortype", word + ":http://internal.amazon.com/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

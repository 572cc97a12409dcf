"""Stands in front of moto: writes down every call, and breaks those that match."""

import http.client
import json
import re
import threading
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import aws_calls
import aws_errors
from http_server import Handler, Server
from moto_server import HUB

ANSWERS = {
    "denied": aws_errors.denied,
    "throttled": aws_errors.throttled,
    "garbage": aws_errors.garbage,
    "page": aws_errors.page,
    "empty": aws_errors.empty,
}
KINDS = ["timeout", *ANSWERS, "reset"]


@dataclass(frozen=True)
class Fault:
    kind: str
    service: str
    operation: str
    account: str | None = None
    skip: int = 0  # so many calls get through before

    def hits(self, call):
        same = (call.service, call.operation) == (self.service, self.operation)
        return same and self.account in (None, call.account)


class FaultProxy(Server):
    def __init__(self, upstream, *faults, credentials=None):
        super().__init__(_Proxied)
        self.upstream = urlsplit(upstream).netloc
        self.faults = faults
        self.calls = []
        self.seen = Counter()
        self.assumed = []  # parameters of every AssumeRole call
        self.issued = []  # secrets of the sessions that moto gave out
        self.accounts = dict(credentials or {})  # access key id to account
        self.invoked = []  # events that a function was to be invoked with: moto would need a container for it
        self.hanging = threading.Event()  # a call waits for an answer that does not come
        self.lock = threading.Lock()

    def counts(self):
        return Counter(self.calls)

    def note(self, call, body):
        with self.lock:
            self.calls.append(call)
            if call.operation == "AssumeRole":
                self.assumed.append(dict(parse_qsl(body.decode())))
            hits = [fault for fault in self.faults if fault.hits(call)]
            self.seen.update(hits)
        return next((fault for fault in hits if self.seen[fault] > fault.skip), None)

    def learn(self, call, answer):
        """Remembers whose the credentials are that an AssumeRole call got."""
        secrets = re.findall(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)<", answer)
        with self.lock:
            self.issued += [value.decode() for _, value in secrets]
            self.accounts.update({value.decode(): call.account for name, value in secrets if name == b"AccessKeyId"})


class _Proxied(Handler):
    def proxy(self):
        body = self.body()
        if re.fullmatch("/2015-03-31/functions/[^/]+/invocations", self.path):
            return self.invoke(body)
        call = aws_calls.recognise(self.command, self.path, self.headers, body, self.server.accounts, HUB)
        fault = self.server.note(call, body)
        if fault is None:
            self.forward(call, body)
        elif fault.kind in ("timeout", "answer-lost"):
            if fault.kind == "answer-lost":
                self.upstream(body).close()
            self.server.hanging.set()
            self.server.closing.wait()
            self.close_connection = True
        elif fault.kind == "reset":
            self.reset()
        elif fault.kind == "lost":
            self.upstream(body)  # it took effect, and nobody is told
            self.reset()
        else:
            answer = ANSWERS[fault.kind](call)
            self.answer(answer.status, answer.body, {"Content-Type": answer.content_type})

    def invoke(self, body):
        call = aws_calls.Call("lambda", "Invoke", HUB, self.path.split("/")[3])
        fault = self.server.note(call, body)
        if fault is not None:
            answer = ANSWERS[fault.kind](call)
            return self.answer(answer.status, answer.body, {"Content-Type": answer.content_type})
        assert self.headers["X-Amz-Invocation-Type"] == "Event"
        self.server.invoked.append(json.loads(body))
        self.answer(202)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = proxy

    def upstream(self, body):
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=30)
        # moto tells services apart by the Host header: it goes through as it came.
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "expect"):
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body)
        response = upstream.getresponse()
        self.answered = response.read()
        upstream.close()
        return response

    def forward(self, call, body):
        response = self.upstream(body)
        answer = self.answered
        if call.operation.startswith("AssumeRole"):
            self.server.learn(call, answer)
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        length = response.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(answer)

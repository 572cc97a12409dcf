"""The Lambda Runtime API, and a function that runs under it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass

from http_server import Handler, Server
from moto_server import HUB, REGION

ROOT = "/2018-06-01/runtime"
FUNCTION = f"arn:aws:lambda:{REGION}:{HUB}:function:deniedby"


@dataclass(frozen=True)
class Outcome:
    """What became of an invocation: `response`, `error`, or `exit` if the function ended instead."""

    kind: str
    body: object

    @property
    def ok(self):
        return self.kind == "response"


class RuntimeApi(Server):
    def __init__(self):
        super().__init__(_Runtime)
        self.events = queue.Queue()
        self.outcomes = {}
        self.init_errors = []
        self.polled = threading.Event()
        self.seconds = 60  # that an invocation may take


class _Runtime(Handler):
    def do_GET(self):
        if self.path != f"{ROOT}/invocation/next":
            return self.answer(404)
        self.server.polled.set()
        while not self.server.closing.is_set():
            try:
                request_id, event = self.server.events.get(timeout=0.1)
            except queue.Empty:
                continue
            deadline = int((time.time() + self.server.seconds) * 1000)
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": FUNCTION,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
            }
            return self.answer(200, json.dumps(event).encode(), headers)
        self.close_connection = True

    def do_POST(self):
        body = json.loads(self.body() or b"null")
        match self.path.removeprefix(ROOT).split("/"):
            case ["", "invocation", request_id, ("response" | "error") as kind] if request_id in self.server.outcomes:
                self.server.outcomes[request_id].put(Outcome(kind, body))
            case ["", "init", "error"]:
                self.server.init_errors.append(body)
            case _:
                return self.answer(404)
        self.answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})


class Function:
    """The function's process. What it prints is its log."""

    def __init__(self, binary, env):
        self._binary = binary
        self._env = env

    def __enter__(self):
        self.api = RuntimeApi().__enter__()
        env = {
            **self._env,
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "deniedby",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/deniedby",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/26/[$LATEST]0123456789abcdef",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "_HANDLER": "bootstrap",
        }
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([self._binary], env=env, stdout=pipe, stderr=pipe, text=True)
        self.stdout, self.stderr = [], []
        streams = [(self.process.stdout, self.stdout), (self.process.stderr, self.stderr)]
        self._readers = [self._collect(stream, lines) for stream, lines in streams]
        return self

    def __exit__(self, *_):
        self.stop()
        self.api.__exit__()

    def stop(self):
        """Ends the process, so that its log is whole."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(5)

    def invoke(self, event, seconds=60):
        request_id = str(uuid.uuid4())
        outcomes = self.api.outcomes[request_id] = queue.Queue()
        self.api.events.put((request_id, event))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                return outcomes.get(timeout=0.05)
            except queue.Empty:
                if self.process.poll() is not None and outcomes.empty():
                    return Outcome("exit", self.output())
        raise AssertionError(f"no answer in {seconds} s; the function printed:\n{self.output()}")

    def output(self):
        return "".join(self.stdout + self.stderr)

    @staticmethod
    def _collect(stream, lines):
        reader = threading.Thread(target=lambda: lines.extend(iter(stream.readline, "")), daemon=True)
        reader.start()
        return reader

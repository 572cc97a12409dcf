"""A chat service's incoming webhook: keeps what it gets, and answers as told."""

import json
import threading
from dataclasses import dataclass, field

from http_server import Handler, Server


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: str = "ok"
    headers: dict = field(default_factory=dict)
    reset: bool = False


OK = Reply()
ERROR = Reply(500, "internal error")
GONE = Reply(404, "no_service")
RESET = Reply(reset=True)


def slow_down(seconds):
    return Reply(429, "rate_limited", {"Retry-After": str(seconds)})


class Webhook(Server):
    """Gives the replies in turn; the last one for good."""

    secret = "T00000000/B00000000/xyzzyWebhookSecret"

    def __init__(self, *replies):
        super().__init__(_Hook)
        self.replies = list(replies or [OK])
        self.bodies = []
        self.paths = []
        self.lock = threading.Lock()

    @property
    def hook(self):
        return f"{self.url}/services/{self.secret}"

    @property
    def messages(self):
        return [json.loads(body) for body in self.bodies]


class _Hook(Handler):
    def do_POST(self):
        body = self.body().decode()
        with self.server.lock:
            self.server.paths.append(self.path)
            self.server.bodies.append(body)
            replies = self.server.replies
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.reset:
            self.reset()
        else:
            self.answer(reply.status, reply.body.encode(), reply.headers)

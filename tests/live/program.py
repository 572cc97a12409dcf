"""Runs the command line and keeps what it said."""

import json
import subprocess
import time
from dataclasses import dataclass

from moto_server import REGION

READ_ROLE = "deniedby-read"
EXTERNAL_ID = "an-external-id-of-our-own"

# Credentials of the hub account.
ACCESS_KEY = "ASIAIOSFODNN7HUBKEY1"
SECRET_KEY = "hubSecretKey/wJalrXUtnFEMI"
SESSION_TOKEN = "hubSessionToken//IQoJb3JpZ2luX2Vj"


def environment(endpoint, home):
    """Nothing of the caller's environment: no profile, no proxy, no real credentials."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": SESSION_TOKEN,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
    }


@dataclass(frozen=True)
class Result:
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def report(self):
        return json.loads(self.stdout)


class Program:
    def __init__(self, binary, home):
        self.binary = binary
        self._home = home

    def run(self, *arguments, endpoint="http://127.0.0.1:9", stdin="", seconds=120, changes=None):
        started = time.monotonic()
        done = subprocess.run(
            [self.binary, *map(str, arguments)],
            env={k: v for k, v in (environment(endpoint, self._home) | (changes or {})).items() if v is not None},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        return Result(done.returncode, done.stdout, done.stderr, time.monotonic() - started)

    def explain(self, event, *more, endpoint, form="json"):
        """`explain` on AWS itself. The event goes in by standard input."""
        arguments = ["--read-role", READ_ROLE, "--external-id", EXTERNAL_ID, "--format", form, *more]
        text = event if isinstance(event, str) else json.dumps(event)
        return self.run("explain", "-", *arguments, endpoint=endpoint, stdin=text)

"""A moto server: AWS's APIs for any number of accounts, on this host."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config

REGION = "eu-west-1"

# moto serves credentials that it did not issue as those of its default account.
HUB = "123456789012"

NO_RETRIES = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Moto:
    def __init__(self, log):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._sessions = {}
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        env = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
        self._process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)

    def wait(self, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                return urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=5).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("moto did not start") from None
                time.sleep(0.05)

    def stop(self):
        self._process.terminate()
        self._process.wait(10)

    def reset(self):
        """Forgets everything but the managed policies of AWS."""
        self._sessions.clear()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=30).close()

    def session(self, account):
        """A session in an account. Any role will do: moto checks none, and takes the account from its ARN."""
        if account not in self._sessions:
            hub = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name=REGION)
            sts = hub.client("sts", endpoint_url=self.url, config=NO_RETRIES)
            role = f"arn:aws:iam::{account}:role/builder"
            issued = sts.assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
            self._sessions[account] = boto3.Session(
                issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"], region_name=REGION
            )
        return self._sessions[account]

    def client(self, service, account=HUB):
        client = self.session(account).client(service, endpoint_url=self.url, config=NO_RETRIES)
        if service == "s3control":
            client.meta.events.register("before-sign.s3-control", self._without_account)
        return client

    def _without_account(self, request, **_):
        # s3control puts the account in front of the host, where it resolves nowhere. moto reads it from a header.
        request.url = self.url + urllib.parse.urlsplit(request.url).path

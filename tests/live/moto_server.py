"""A moto server: AWS's APIs for any number of accounts, on this host."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "eu-west-1"

SERVER = Path(__file__).with_name("moto_complete.py")

# moto serves credentials that it did not issue as those of its default account.
HUB = "123456789012"

NO_RETRIES = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Moto:
    def __init__(self, log, managed_policies=False):
        """AWS's managed policies take seconds in each new account: only where they are needed."""
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name=REGION)
        self._credentials = {HUB: {}}
        command = [sys.executable, str(SERVER), "-H", "127.0.0.1", "-p", str(port)]
        env = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": str(managed_policies).lower()}
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
        self._credentials = {HUB: {}}
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=30).close()

    def client(self, service, account=HUB):
        credentials = self._in_account(account)
        client = self._session.client(service, endpoint_url=self.url, config=NO_RETRIES, **credentials)
        if service == "s3control":
            client.meta.events.register("before-sign.s3-control", self._without_account)
        return client

    def _in_account(self, account):
        """Credentials of an account. Any role will do: moto checks none, and takes the account from its ARN."""
        if account not in self._credentials:
            role = f"arn:aws:iam::{account}:role/builder"
            issued = self.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
            self._credentials[account] = {
                "aws_access_key_id": issued["AccessKeyId"],
                "aws_secret_access_key": issued["SecretAccessKey"],
                "aws_session_token": issued["SessionToken"],
            }
        return self._credentials[account]

    def _without_account(self, request, **_):
        # s3control puts the account in front of the host, where it resolves nowhere. moto reads it from a header.
        request.url = self.url + urllib.parse.urlsplit(request.url).path

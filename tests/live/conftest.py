"""Fixtures: the two programs, a moto server that each test gets empty, and a world in it."""

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import slack
from fault_proxy import FaultProxy
from moto_server import Moto
from program import EXTERNAL_ID, READ_ROLE, Program, environment
from records import TABLE, Records, Told
from runtime_api import Function
from webhook import Webhook
from world import Inbox, World

ROOT = Path(__file__).resolve().parents[2]


def built(variable, name):
    path = Path(os.environ.get(variable) or ROOT / "target" / "debug" / name)
    if not path.is_file():
        pytest.fail(f"{path} is not there: run `cargo build --features aws`, or set {variable}", pytrace=False)
    return path.resolve()


@pytest.fixture(scope="session")
def function_binary():
    return built("DENIEDBY_LAMBDA", "lambda")


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def deniedby(home):
    return Program(built("DENIEDBY_BIN", "deniedby"), home)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with moto_running(tmp_path_factory) as running:
        yield running


@pytest.fixture
def server_with_managed_policies(tmp_path_factory):
    with moto_running(tmp_path_factory, managed_policies=True) as running:
        yield running


@contextmanager
def moto_running(tmp_path_factory, **options):
    with open(tmp_path_factory.mktemp("moto") / "log", "w") as log:
        running = Moto(log, **options)
        try:
            running.wait()
            yield running
        finally:
            running.stop()


@pytest.fixture
def moto(server):
    server.reset()
    return server


@pytest.fixture
def world(moto):
    return World(moto)


@pytest.fixture
def inbox(moto):
    return Inbox(moto)


@pytest.fixture
def table(moto):
    """The records of changes."""
    return Records(moto)


@pytest.fixture
def told(moto):
    """What people were told."""
    return Told(moto)


@pytest.fixture
def proxy(moto):
    with FaultProxy(moto.url) as proxy:
        yield proxy


@pytest.fixture
def function(function_binary, home, moto, inbox):
    """Starts the function; settings replace its environment, and None takes one away."""
    with ExitStack() as running:

        def start(endpoint=moto.url, **settings):
            env = environment(endpoint, home) | {
                "DENIEDBY_READ_ROLE": READ_ROLE,
                "DENIEDBY_EXTERNAL_ID": EXTERNAL_ID,
                "DENIEDBY_TOPIC_ARN": inbox.topic,
                "DENIEDBY_SLACK_WEBHOOK": "",
                "DENIEDBY_OWN_ROLES": "deniedby-function",
                "DENIEDBY_LOG": "DEBUG",
            }
            env = {name: value for name, value in (env | settings).items() if value is not None}
            return running.enter_context(Function(function_binary, env))

        yield start


@pytest.fixture
def approving(function_binary, home, moto):
    """Starts the function that takes approvals."""
    with ExitStack() as running:

        def start(endpoint=moto.url, **settings):
            secret = moto.client("secretsmanager").create_secret(Name="signing", SecretString=slack.SIGNING_SECRET)["ARN"]
            env = environment(endpoint, home) | {
                "DENIEDBY_SLACK_SIGNING_SECRET": secret,
                "DENIEDBY_SLACK_TEAM": slack.TEAM,
                "DENIEDBY_APPROVERS": f"{slack.APPROVER}, U0SECOND",
                "DENIEDBY_FIX_ROLE": "deniedby-fix",
                "DENIEDBY_EXTERNAL_ID": EXTERNAL_ID,
                "DENIEDBY_RECORDS_TABLE": TABLE,
                "DENIEDBY_LOG": "DEBUG",
            }
            return running.enter_context(Function(function_binary, env | settings))

        yield start


@pytest.fixture
def webhook():
    with Webhook() as webhook:
        yield webhook


@pytest.fixture
def secret(moto, webhook):
    """The ARN of the secret that holds the webhook's address."""
    return moto.client("secretsmanager").create_secret(Name="deniedby/slack", SecretString=webhook.hook)["ARN"]

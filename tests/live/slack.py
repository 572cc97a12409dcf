"""What Slack sends when somebody clicks a button, by way of a function URL.

https://docs.slack.dev/authentication/verifying-requests-from-slack
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM = "T0ACME"
APPROVER = "U0ANN"


def click(button, response_url, user=APPROVER, team=TEAM, message=None):
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": team, "username": "ann"},
        "team": {"id": team, "domain": "acme"},
        "response_url": response_url,
        "message": message or {},
        "actions": [{"type": "button", "action_id": button["action_id"], "value": button["value"]}],
    }
    return urlencode({"payload": json.dumps(payload)})


def signature(body, at, secret=SIGNING_SECRET):
    return "v0=" + hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()


def request(body, at=None, sign=None, secret=SIGNING_SECRET, method="POST", encoded=True):
    """The event of a signed request."""
    at = int(time.time()) if at is None else at
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": str(at),
        "x-slack-signature": signature(body, at, secret) if sign is None else sign,
    }
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {name: value for name, value in headers.items() if value},
        "requestContext": {"http": {"method": method, "path": "/"}},
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }


def buttons(message):
    """The buttons of a message, by what they do."""
    blocks = [block for block in message["blocks"] if block["type"] == "actions"]
    return [{button["action_id"]: button for button in block["elements"]} for block in blocks]

"""Answers of AWS that are no answers, each in the shape of its service."""

import json
from dataclasses import dataclass

JSON_SERVICES = {"ssm", "secretsmanager", "organizations", "kms"}


@dataclass(frozen=True)
class Response:
    status: int
    content_type: str
    body: bytes


def denied(call):
    message = (
        f"User: arn:aws:sts::{call.account}:assumed-role/deniedby-read/deniedby is not authorized to perform: "
        f"{call.permission} because no identity-based policy allows the {call.permission} action"
    )
    if call.service in JSON_SERVICES:
        return _json(400, "AccessDeniedException", message)
    return _xml(call, 403, "AccessDenied", message)


def throttled(call):
    if call.service in JSON_SERVICES:
        return _json(400, "ThrottlingException", "Rate exceeded")
    if call.service == "s3":
        return _xml(call, 503, "SlowDown", "Please reduce your request rate.")
    return _xml(call, 400, "Throttling", "Rate exceeded")


def garbage(_call):
    return Response(200, "application/xml", b"\x00\xff{<not what was asked for")


def page(_call):
    """What a proxy on the way answers instead of AWS."""
    return Response(200, "text/html", b"<html><body>Please log in</body></html>")


def empty(_call):
    return Response(200, "application/xml", b"")


def _json(status, code, message):
    body = json.dumps({"__type": f"com.amazonaws#{code}", "Message": message}).encode()
    return Response(status, "application/x-amz-json-1.1", body)


def _xml(call, status, code, message):
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    request_id = "<RequestId>00000000-0000-0000-0000-000000000000</RequestId>"
    if call.service == "s3":
        body = f"<Error>{error}{request_id}<HostId>host</HostId></Error>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>{request_id}</ErrorResponse>"
    return Response(status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())

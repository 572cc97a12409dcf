"""`deniedby explain` for viewers: CloudFront's and WAF's logs, with the distribution and the web ACL read; and Glue's jobs."""

import json

import pytest

import events
import scenarios
from moto_server import REGION
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, policy, statement


def distribution(world, **changes):
    """A distribution in front of the bucket, under a name of its own."""
    config = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": ["www.example.com"]},
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "site",
                    "DomainName": f"{BUCKET}.s3.{REGION}.amazonaws.com",
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "MinTTL": 0,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "TrustedSigners": {"Enabled": False, "Quantity": 0},
        },
    }
    made = world.client("cloudfront", BUCKET_ACCOUNT).create_distribution(DistributionConfig=config | changes)
    return made["Distribution"]


def refused(distribution_id, domain, **changes):
    return {
        "date": "2026-11-02",
        "time": "02:15:07",
        "c-ip": "198.51.100.7",
        "cs-method": "GET",
        "cs(Host)": domain,
        "cs-uri-stem": "/index.html",
        "cs-uri-query": "-",
        "cs(Cookie)": "-",
        "sc-status": "403",
        "x-host-header": "www.example.com",
        "x-edge-result-type": "Error",
        "x-edge-detailed-result-type": "InvalidRequestBlocked",
        "x-edge-request-id": "request-1",
        "DistributionId": distribution_id,
        "recipientAccountId": BUCKET_ACCOUNT,
    } | changes


@pytest.mark.parametrize("by_id", [True, False])
def test_a_host_that_the_distribution_does_not_answer_for(deniedby, moto, world, by_id):
    made = distribution(world)
    record = refused(made["Id"] if by_id else "-", made["DomainName"], **{"x-host-header": "shop.example.com"})
    report = deniedby.explain(record, endpoint=moto.url).report
    cause = report["causes"][0]
    assert (cause["code"], cause["confidence"]) == ("cloudfront-alias", "certain"), json.dumps(report, indent=1)
    assert cause["where"][0]["policy"] == made["ARN"]
    fine = deniedby.explain(record | {"x-host-header": "www.example.com"}, endpoint=moto.url).report
    assert fine["verdict"] == "not-reproduced", json.dumps(fine, indent=1)


def test_a_distribution_that_is_not_there_is_no_open_one(deniedby, moto, world):
    report = deniedby.explain(refused("E0NOSUCHEXAMPLE", "d0.cloudfront.net"), endpoint=moto.url).report
    assert report["verdict"] == "unexplained", json.dumps(report, indent=1)


def test_a_rule_of_a_web_acl_blocks(deniedby, moto, world):
    visibility = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    rule = {
        "Name": "countries",
        "Priority": 0,
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["FR"]}},
        "Action": {"Block": {}},
        "VisibilityConfig": visibility,
    }
    made = world.client("wafv2", BUCKET_ACCOUNT).create_web_acl(
        Name="intranet", Scope="REGIONAL", DefaultAction={"Allow": {}}, Rules=[rule], VisibilityConfig=visibility
    )
    record = {
        "timestamp": 1793587271981,
        "formatVersion": 1,
        "webaclId": made["Summary"]["ARN"],
        "terminatingRuleId": "countries",
        "terminatingRuleType": "REGULAR",
        "action": "BLOCK",
        "httpSourceName": "ALB",
        "httpSourceId": "app/intranet/1",
        "httpRequest": {
            "clientIp": "198.51.100.7",
            "country": "FR",
            "headers": [{"name": "Host", "value": "intranet.example.com"}, {"name": "Cookie", "value": "sid=s3cr3t"}],
            "uri": "/",
            "args": "",
            "httpMethod": "GET",
            "requestId": "request-2",
        },
    }
    result = deniedby.explain(record, endpoint=moto.url)
    cause = result.report["causes"][0]
    assert (cause["code"], cause["confidence"]) == ("waf-block", "certain"), result.stdout
    assert "`GeoMatchStatement`" in cause["detail"] and "s3cr3t" not in result.stdout
    assert not result.report["unread"]


def test_the_distribution_in_front_of_a_bucket_is_told(deniedby, moto, world):
    made = distribution(world)
    other = "arn:aws:cloudfront::%s:distribution/E0NOSUCHEXAMPLE" % BUCKET_ACCOUNT
    allow = statement(
        "AllowCloudFront",
        "Allow",
        "s3:GetObject",
        f"arn:aws:s3:::{BUCKET}/*",
        Principal={"Service": "cloudfront.amazonaws.com"},
        Condition={"StringEquals": {"AWS:SourceArn": other}},
    )
    world.bucket(policy(allow), keys=[KEY])
    record = events.denied(events.role_session(BUCKET_ACCOUNT), BUCKET, KEY, BUCKET_ACCOUNT)
    record["userIdentity"] = {"type": "AWSService", "invokedBy": "cloudfront.amazonaws.com"}
    report = deniedby.explain(record, endpoint=moto.url).report
    cause = report["causes"][0]
    # The only distribution that the policy lets in is not one that asks the bucket.
    assert (cause["code"], cause["confidence"]) == ("cloudfront-origin-access", "certain"), json.dumps(report, indent=1)
    assert made["Id"] in cause["detail"] and made["ARN"] in cause["detail"]


def test_the_jobs_of_a_role_are_told(deniedby, moto, world):
    role = world.role(inline={"other": policy(statement("Other", "Allow", "s3:ListBucket", "*"))})
    world.bucket(policy(scenarios.LETS_READ), keys=[KEY])
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role)
    arn, _, _ = identity["arn"].rpartition("/")
    identity["arn"] = f"{arn}/GlueJobRunnerSession"
    runs_as = arn.split("/")[-1]
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/etl.py"}
    glue = world.client("glue", PRINCIPAL_ACCOUNT)
    glue.create_job(Name="nightly", Role=f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:role/{runs_as}", Command=command)
    glue.create_job(Name="another", Role="another", Command=command)
    report = deniedby.explain(events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT), endpoint=moto.url).report
    detail = report["causes"][0]["detail"]
    assert "`nightly` is the only one here" in detail and "another" not in detail, json.dumps(report, indent=1)

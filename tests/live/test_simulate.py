"""`deniedby simulate`: a line for each line, in order, whatever the lines are."""

import json

ALLOW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}


def line(number, **more):
    request = {
        "id": number,
        "principal": "arn:aws:iam::111122223333:user/ann",
        "action": "s3:GetObject",
        "resource": {"arn": "arn:aws:s3:::b/k", "account": "111122223333"},
    }
    return json.dumps({**request, **more})


def answers(deniedby, lines):
    result = deniedby.run("simulate", stdin="\n".join(lines))
    assert (result.code, result.stderr) == (0, "")
    return [json.loads(text) for text in result.stdout.splitlines()]


def test_a_bad_line_is_answered_in_its_place(deniedby):
    policies = [{"name": "p", "document": ALLOW}]
    first, bad, unknown, last = answers(
        deniedby, [line(1, identity_policies=policies), "{nonsense", line(3, principal="nobody"), line(4)]
    )
    assert (first["id"], first["decision"], first["possible"]) == (1, "allowed", ["allowed"])
    assert bad["id"] is None and "error" in bad
    assert unknown["id"] == 3 and "`nobody`" in unknown["error"]
    assert (last["id"], last["decision"], last["blocked_by"]) == (4, "implicitly-denied", ["identity-policy"])


def test_the_order_of_a_long_input_is_kept(deniedby):
    found = answers(deniedby, [line(number) for number in range(5000)])
    assert [answer["id"] for answer in found] == list(range(5000))

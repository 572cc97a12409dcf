"""`deniedby simulate`: a line for each line, in order, whatever the lines are."""

import json
import os
import subprocess
import threading

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


def peak(binary, count):
    """The most memory in KB that `count` lines took, each with a policy of its own and a kilobyte of text."""

    def document(number):
        return {"Version": "2012-10-17", "Statement": {**ALLOW["Statement"], "Resource": f"arn:aws:s3:::{number}-" + 900 * "x"}}

    def feed():
        with process.stdin:
            for number in range(count):
                process.stdin.write(line(number, identity_policies=[{"name": "p", "document": document(number)}]) + "\n")

    process = subprocess.Popen([binary, "simulate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    feeder = threading.Thread(target=feed)
    feeder.start()
    assert sum(1 for _ in process.stdout) == count
    feeder.join()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_a_longer_input_takes_no_more_memory(deniedby):
    # Both are longer than what is kept of compiled policies.
    short, long = (peak(deniedby.binary, count) for count in (12_000, 48_000))
    assert long < 1.25 * short, f"{short} KB for 12,000 lines, {long} KB for 48,000"


def test_errors_say_what_to_do_in_one_line(deniedby):
    whole = json.loads(line(1))
    lines = [
        "{nonsense",
        "[1]",
        '{"id": 7, "principal": "x',
        json.dumps({**whole, "acton": "s3:GetObject"}),
        json.dumps({"id": 5, "principal": "anonymous"}),
        json.dumps({**whole, "identity_policies": {"name": "p"}}),
        json.dumps({**whole, "principal": "nobody\nknown"}),
        json.dumps({**whole, "action": "GetObject"}),
        json.dumps({**whole, "resource": {"arn": "b/k"}}),
        json.dumps({**whole, "principal_account": "1"}),
    ]
    for answer, text in zip(answers(deniedby, lines), lines):
        error = answer["error"]
        assert "\n" not in error and (error[0] == "`" or error[0].islower()), error
        assert any(word in error for word in ("write ", "give ", "leave ")), f"{text} does not say what to do: {error}"
        # Words of the JSON reader.
        for word in ("expected", "invalid type", "unknown field", "missing field", "EOF", "struct", "variant"):
            assert word not in error, error

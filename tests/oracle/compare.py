#!/usr/bin/env python3
"""Compare `deniedby simulate` with iam-simulate, an engine that is not ours.

    compare.py [--count N] [--seed S] [--first I] [--file LINES] [--deniedby PROGRAM] [--jobs J] [--shrink K]

Both answer the same lines. A disagreement is explained by a known difference if, with that feature written in another
way, both agree. `known-differences.txt` lists the differences, `known-differences.jsonl` has a line that shows each. A disagreement that
no difference explains fails, and so does a listed one that its line no longer shows. What is not explained is shrunk to a small line that shows it.

A part of the lines is asked of deniedby once more with a context key unknown: what it holds possible then must include
what it says when it knows the key.
"""

import argparse
import copy
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import generate  # noqa: E402

ROOT = HERE.parents[1]
KNOWN = HERE / "known-differences.txt"
EXAMPLES = HERE / "known-differences.jsonl"
ORACLE = ["node", str(HERE / "oracle.mjs")]
NOBODY = "000000000000"
NEVER = ("StringEquals", "aws:PrincipalTag/never-there", "x")


# The engines.


def ask(command, lines):
    """The answers of a program, in order. It is fed while it answers."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def feed():
        try:
            with process.stdin:
                for line in lines:
                    process.stdin.write(json.dumps(line, ensure_ascii=False) + "\n")
        except BrokenPipeError:
            pass

    feeder = threading.Thread(target=feed)
    feeder.start()
    answers = [json.loads(text) for text in process.stdout]
    feeder.join()
    if process.wait() != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    if [a.get("id") for a in answers] != [line["id"] for line in lines]:
        raise SystemExit(f"{command[0]} gave {len(answers)} answers to {len(lines)} lines, or in another order")
    return answers


class Engines:
    def __init__(self, program, jobs):
        self.ours = [str(program), "simulate", "-"]
        self.jobs = jobs

    def answers(self, lines):
        size = max(1, -(-len(lines) // self.jobs))
        parts = [lines[i : i + size] for i in range(0, len(lines), size)]
        with ThreadPoolExecutor(self.jobs + 1) as pool:
            ours = pool.submit(ask, self.ours, lines)
            theirs = [answer for part in pool.map(lambda part: ask(ORACLE, part), parts) for answer in part]
            return ours.result(), theirs

    def decisions(self, lines):
        if not lines:
            return []
        lines = [dict(line, id=str(i)) for i, line in enumerate(lines)]
        ours, theirs = self.answers(lines)
        return [(decision(a), decision(b)) for a, b in zip(ours, theirs)]


def decision(answer):
    return answer.get("decision") if "error" not in answer else "error"


# Parts of a line.


def documents(line):
    for member in ("resource_policy", "vpc_endpoint_policy"):
        if line.get(member):
            yield line[member]
    if line.get("permissions_boundary"):
        yield line["permissions_boundary"]["document"]
    for member in ("identity_policies", "session_policies"):
        yield from (policy["document"] for policy in line.get(member) or [])
    for member in ("service_control_policies", "resource_control_policies"):
        yield from (policy["document"] for level in line.get(member) or [] for policy in level)


def statements(document):
    statement = document.get("Statement", [])
    return statement if isinstance(statement, list) else [statement]


def as_list(value):
    return value if isinstance(value, list) else [value]


def context_of(line):
    return {key.lower(): as_list(value) for key, value in line["context"].items()}


def split_operator(operator):
    prefix, _, base = operator.rpartition(":")
    return prefix, base.removesuffix("IfExists"), base.endswith("IfExists")


def edit_conditions(line, edit):
    """Calls `edit(document, operator, key, values)`, which returns None or a list of (operator, key, values) instead."""
    for document in documents(line):
        for statement in statements(document):
            if "Condition" not in statement:
                continue
            edited = {}
            for operator, keys in statement["Condition"].items():
                for key, values in keys.items():
                    instead = edit(document, operator, key, as_list(values))
                    for o, k, v in [(operator, key, values)] if instead is None else instead:
                        edited.setdefault(o, {})[k] = v
            statement["Condition"] = edited
            if not edited:
                del statement["Condition"]


def edit_values(line, edit, operators):
    """The same for each value of the operators whose name starts with one of these."""

    def each(document, operator, key, values):
        if not split_operator(operator)[1].startswith(operators):
            return None
        return [(operator, key, [edit(document, operator, value) for value in values])]

    edit_conditions(line, each)


def edit_resources(line, edit):
    for document in documents(line):
        for statement in statements(document):
            for element in ("Resource", "NotResource"):
                if element in statement:
                    statement[element] = [edit(document, value) for value in as_list(statement[element])]


def edit_principals(line, edit):
    """`edit(element, kind, values)` returns the values instead."""
    for document in documents(line):
        for statement in statements(document):
            for element in ("Principal", "NotPrincipal"):
                if isinstance(statement.get(element), dict):
                    statement[element] = edit(element, {k: as_list(v) for k, v in statement[element].items()})


VARIABLE = re.compile(r"\$\{([^}*?$,]+?)(?:, '([^']*)')?\}")


def variable_value(line, match):
    """What a variable stands for; None if it has no value."""
    held = context_of(line).get(match[1].strip().lower())
    if held is not None:
        return held[0] if len(held) == 1 else None
    return match[2]


UNSETTLED = re.compile(r"\$\{(?![*?$]\})[^},]*[*?${][^},]*(?:,[^}]*)?\}")


def new_version(document):
    return document.get("Version") == "2012-10-17"


# Known differences. Each writes a feature in a way that both engines read alike.


def ip_of_the_other_family(line):
    def edit(_, __, value):
        return value if "/" in value else value + ("/128" if ":" in value else "/32")

    edit_values(line, edit, ("IpAddress", "NotIpAddress"))


def ip_prefix_of_no_bits(line):
    halves = {"0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"], "::/0": ["::/1", "8000::/1"]}

    def edit(_, operator, key, values):
        if not split_operator(operator)[1].endswith("IpAddress"):
            return None
        return [(operator, key, [half for value in values for half in halves.get(value, [value])])]

    edit_conditions(line, edit)


def variable_without_value(line):
    def edit(document, operator, value):
        if new_version(document) and any(variable_value(line, m) is None for m in VARIABLE.finditer(value)):
            return "arn:aws:none:::none" if "Arn" in operator else "no such value"
        return value

    edit_values(line, edit, ("StringNot", "ArnNot"))


def variable_in_version_2008(line):
    def plain(document, value):
        return value if new_version(document) else re.sub(r"\$\{[^}]*\}", "-none-", value)

    edit_values(line, lambda document, _, value: plain(document, value), ("String", "Arn"))
    edit_resources(line, plain)


def variable_in_arn_condition(line):
    def resolve(document, _, value):
        head, colon, tail = split_arn(value)
        if not colon or not new_version(document):
            return value
        return VARIABLE.sub(lambda m: variable_value(line, m) or m[0], head) + ":" + tail

    edit_values(line, resolve, ("Arn",))


def split_arn(text):
    """An ARN before and after its fifth colon. Colons in a variable do not count."""
    colons = 0
    inside = False
    for i, character in enumerate(text):
        if text.startswith("${", i):
            inside = True
        elif character == "}":
            inside = False
        elif character == ":" and not inside:
            colons += 1
            if colons == 5:
                return text[:i], ":", text[i + 1 :]
    return text, "", ""


def escaped_character(line):
    def edit(document, operator, value):
        if not new_version(document) or "Like" in operator:
            return value
        return re.sub(r"\$\{([*?$])\}", r"\1", value)

    edit_values(line, edit, ("String",))


def variable_first_in_resource_name(line):
    """A resource whose name has no type before it: that engine looks for the type's end and finds the variable's colon."""

    def edit(document, value):
        head, colon, tail = split_arn(value)
        variable = VARIABLE.search(tail)
        if not variable or not new_version(document) or set("/:") & set(tail[: variable.start()]):
            return value
        known = variable_value(line, variable)
        return value if known is None else head + colon + tail[: variable.start()] + known + tail[variable.end() :]

    edit_resources(line, edit)


def wildcard_in_resource_type(line):
    def edit(_, value):
        kind = re.split("[/:]", split_arn(value)[2])[0]
        if value == "*" or value.startswith("arn:aws:s3:") or "${" in value or not set(kind) & set("*?"):
            return value
        return line["resource"]["arn"] if fnmatch.fnmatchcase(line["resource"]["arn"], value) else "arn:aws:s3:::none"

    edit_resources(line, edit)


def federated_user_of_a_user(line):
    if ":federated-user/" not in line["principal"]:
        return
    users = line["principal"].replace(":sts:", ":iam:").split("federated-user/")[0] + "user/"
    edit_principals(line, lambda _, kinds: {k: [NOBODY if v.startswith(users) else v for v in vs] for k, vs in kinds.items()})


def canonical_user(line):
    def edit(_, kinds):
        if "CanonicalUser" in kinds:
            del kinds["CanonicalUser"]
            kinds["AWS"] = kinds.get("AWS", []) + [NOBODY]
        return kinds

    edit_principals(line, edit)


def for_all_values_negated_without_key(line):
    context = context_of(line)

    def edit(_, operator, key, __):
        prefix, base, if_exists = split_operator(operator)
        return [] if prefix == "ForAllValues" and "Not" in base and not if_exists and key.lower() not in context else None

    edit_conditions(line, edit)


def for_any_value_if_exists_without_key(line):
    context = context_of(line)

    def edit(_, operator, key, __):
        prefix, _, if_exists = split_operator(operator)
        return [NEVER] if prefix == "ForAnyValue" and if_exists and key.lower() not in context else None

    edit_conditions(line, edit)


def list_of_one_value(line):
    context = context_of(line)
    lists = {key.lower() for key in generate.LISTS}

    def edit(_, operator, key, values):
        if operator == "Null" or ":" in operator or key.lower() not in lists or len(context.get(key.lower(), [])) != 1:
            return None
        return [("ForAnyValue:" + operator, key, values)]

    edit_conditions(line, edit)


def role_without_trust_policy(line):
    if line["action"].lower() == "sts:assumerole" and not line.get("resource_policy"):
        statement = {"Effect": "Allow", "Principal": {"AWS": NOBODY}, "Action": "sts:AssumeRole"}
        line["resource_policy"] = {"Version": "2012-10-17", "Statement": [statement]}


def session_named_by_resource_policy(line):
    """The session policy's lack of an Allow does not count."""
    for policy in line.get("session_policies") or []:
        document = policy["document"]
        document["Statement"] = statements(document) + [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def date_in_seconds(line):
    def iso(value):
        if not re.fullmatch(r"\d{9,11}", value):
            return value
        return datetime.fromtimestamp(int(value), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    edit_values(line, lambda _, __, value: iso(value), ("Date",))
    for key, value in line["context"].items():
        if key.lower() == "aws:epochtime":
            line["context"][key] = [iso(text) for text in as_list(value)]


def public_access_block_beside_others(line):
    line.pop("block_public_access", None)


def not_principal_in_part(line):
    """Of the caller's account, role and session, NotPrincipal lists some: the statement is taken away."""
    principal = line["principal"]
    account = re.search(r":(\d{12}):", principal)
    if not account:
        return
    own = {principal, context_of(line).get("aws:principalarn", [principal])[0]}
    account = {account[1], f"arn:aws:iam::{account[1]}:root"}
    for document in documents(line):
        for statement in statements(document):
            listed = set(as_list(statement.get("NotPrincipal", {}).get("AWS", [])))
            whole = own <= listed and account & listed and ":role/" not in principal
            if listed & (own | account) and not whole:
                operator, key, value = NEVER
                statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value


def variable_without_value_in_not_resource(line):
    """Such a part of NotResource matches no resource."""
    for document in documents(line):
        for statement in statements(document):
            if "NotResource" in statement and new_version(document):
                statement["NotResource"] = [
                    "arn:aws:s3:::none" if any(variable_value(line, m) is None for m in VARIABLE.finditer(value)) else value
                    for value in as_list(statement["NotResource"])
                ]


def variable_with_empty_value(line):
    """The value is there, and empty."""

    def resolve(document, value):
        if not new_version(document):
            return value
        return VARIABLE.sub(lambda m: "" if context_of(line).get(m[1].strip().lower()) == [""] else m[0], value)

    edit_resources(line, resolve)
    edit_values(line, lambda document, _, value: resolve(document, value), ("String", "Arn"))


def variable_before_fifth_colon(line):
    def resolve(document, value):
        head, colon, tail = split_arn(value)
        if not colon or "${" not in head or not new_version(document):
            return value
        return VARIABLE.sub(lambda m: variable_value(line, m) or m[0], head) + colon + tail

    edit_resources(line, resolve)


def root_user_taking_a_role(line):
    """AWS refuses it, whatever the trust policy says."""
    if re.search(r":iam::\d{12}:root$", line["principal"]) and line["action"].lower() == "sts:assumerole":
        statement = {"Effect": "Deny", "Principal": "*", "Action": "*"}
        line["resource_policy"] = {"Version": "2012-10-17", "Statement": [statement]}


def federated_user_without_session_policy(line):
    """Only what names the session in a resource policy allows."""
    if ":federated-user/" in line["principal"] and line.get("session_policies") is None:
        statement = {"Effect": "Allow", "Action": "none:None", "Resource": "*"}
        line["session_policies"] = [{"name": "none", "document": {"Version": "2012-10-17", "Statement": [statement]}}]


def variable_of_no_key(line):
    """Braces around a name with a wildcard, a dollar sign or a brace, which no key has."""

    def plain(document, value):
        return UNSETTLED.sub("-none-", value) if new_version(document) else value

    edit_values(line, lambda document, _, value: plain(document, value), ("String", "Arn"))
    edit_resources(line, plain)


REWRITES = {
    function.__name__.replace("_", "-"): function
    for function in (
        ip_of_the_other_family, ip_prefix_of_no_bits, variable_without_value, variable_in_version_2008,
        variable_in_arn_condition, variable_first_in_resource_name, escaped_character, wildcard_in_resource_type, federated_user_of_a_user,
        canonical_user, for_all_values_negated_without_key, for_any_value_if_exists_without_key, list_of_one_value,
        root_user_taking_a_role, federated_user_without_session_policy, role_without_trust_policy, session_named_by_resource_policy, date_in_seconds, public_access_block_beside_others,
        not_principal_in_part, variable_before_fifth_colon, variable_with_empty_value,
        variable_without_value_in_not_resource, variable_of_no_key,
    )
}


# Where ours does not know: it must say so, and hold possible what theirs says.
UNKNOWN_TO_US = {
    "federated-user-of-a-user", "canonical-user", "for-all-values-negated-without-key",
    "for-any-value-if-exists-without-key", "not-principal-in-part", "variable-of-no-key",
}


def rewritten(line, names):
    changed = copy.deepcopy(line)
    for name in names:
        REWRITES[name](changed)
    return changed


def applicable(line, known):
    normal = json.dumps(rewritten_lists(line))
    return [name for name in REWRITES if name in known and json.dumps(rewritten_lists(rewritten(line, [name]))) != normal]


def rewritten_lists(value, key=None):
    """The same, with every single value of an element as a list, so that only real changes show."""
    if isinstance(value, dict):
        return {k: rewritten_lists(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [rewritten_lists(v) for v in value]
    return value if key in ("id", "principal", "action", "arn", "account", "name", "Version", "Effect", "Sid") else [value]


# What is left over.


class Asked:
    """One line at a time."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __call__(self, line):
        self.process.stdin.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        return decision(json.loads(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


LAYERS = (
    "identity_policies", "permissions_boundary", "session_policies", "service_control_policies",
    "resource_control_policies", "resource_policy", "vpc_endpoint_policy", "block_public_access",
)


NEEDED = {"Version", "Statement", "Effect", "Principal", "Action", "Resource", "NotPrincipal", "name", "document"}


def smaller(line):
    """Lines with one part less."""

    def without(value):
        if isinstance(value, dict):
            for key in list(value):
                if key not in NEEDED:
                    yield {k: v for k, v in value.items() if k != key}
                for less in without(value[key]):
                    yield value | {key: less}
            for element in ("Action", "Resource"):
                if value.get(element, "*") != "*":
                    yield value | {element: "*"}
                if "Not" + element in value:
                    yield {k: v for k, v in value.items() if k != "Not" + element} | {element: "*"}
            if value.get("Principal", "*") != "*":
                yield value | {"Principal": "*"}
        elif isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], str):
                yield value[0]
            for i, item in enumerate(value):
                yield value[:i] + value[i + 1 :]
                for less in without(item):
                    yield value[:i] + [less] + value[i + 1 :]

    for member in ("context", *LAYERS):
        if member not in line:
            continue
        if member != "context":
            yield {k: v for k, v in line.items() if k != member}
        for less in without(line[member]):
            yield line | {member: less}


def shrink(line, ours, theirs):
    want = (ours(line), theirs(line))
    found = True
    while found:
        found = False
        for less in smaller(line):
            if len(json.dumps(less)) <= len(json.dumps(line)) and less != line and ours(less) == want[0] and theirs(less) == want[1]:
                line, found = less, True
                break
    return line


def signature(line, ours, theirs):
    """The features that are left of a small line."""
    parts = {member.replace("_", "-") for member in LAYERS if line.get(member) is not None}
    for document in documents(line):
        for statement in statements(document):
            parts |= {name for name in statement if name.startswith("Not")}
            parts |= {operator for operator in statement.get("Condition", {})}
            if statement.get("Resource", "*") != "*":
                parts.add("Resource")
            if statement.get("Principal", "*") != "*":
                parts.add("Principal")
    side = "same account" if line["resource"]["account"] in line["principal"] else "other account"
    return f"ours {ours}, theirs {theirs}: {line['action'].split(':')[0]}, {side}, {', '.join(sorted(parts))}"


def read_known():
    known = {}
    for number, text in enumerate(KNOWN.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        fields = [field.strip() for field in text.split("|")]
        if len(fields) != 3 or not all(fields) or not fields[2].startswith("https://docs.aws.amazon.com/"):
            raise SystemExit(f"{KNOWN.name}:{number}: not `signature | what differs | AWS page`")
        if fields[0] not in REWRITES:
            raise SystemExit(f"{KNOWN.name}:{number}: compare.py has no `{fields[0]}`")
        known[fields[0]] = fields[1]
    return known


def with_unknown_keys(lines, every=5):
    """Lines with a key of their context unknown, and which line each is of."""
    for index in range(0, len(lines), every):
        keys = sorted(lines[index]["context"])
        for key in keys[index // every % max(1, len(keys)) :][:1]:
            changed = copy.deepcopy(lines[index])
            del changed["context"][key]
            changed["unknown_context"] = [key]
            changed["id"] = f"{changed['id']}?{key}"
            yield index, changed


def compare(lines, engines, shrink_most=12, say=print):
    """What is wrong, in words; an empty list if nothing is."""
    known = read_known()
    examples = read_lines(EXAMPLES)
    started = time.monotonic()
    ours, theirs = engines.answers(lines + examples)
    say(f"{len(lines)} lines in {time.monotonic() - started:.1f} s")
    problems = check_examples(known, examples, ours[len(lines) :], theirs[len(lines) :], engines)
    pairs = [(decision(a), decision(b)) for a, b in zip(ours, theirs)][: len(lines)]
    say(f"  ours:   {counts(pair[0] for pair in pairs)}")
    say(f"  theirs: {counts(pair[1] for pair in pairs)}")
    for line, a, b in zip(lines, ours, theirs):
        if "error" in a or "error" in b:
            problems.append(f"{line['id']}: an error: ours {a.get('error')}, theirs {b.get('error')}")

    differing = [i for i, (a, b) in enumerate(pairs) if a != b and "error" not in (a, b)]
    say(f"  agree on {sum(a == b for a, b in pairs)}, differ on {len(differing)}")
    explained = explain([lines[i] for i in differing], [ours[i] for i in differing], [theirs[i] for i in differing], known, engines)
    occurred = Counter(names[0] for names in explained if names and len(names) == 1)
    for name in known:
        say(f"  {occurred[name]:6} {name}")
    say(f"  {sum(len(names or []) > 1 for names in explained):6} by more than one of these")
    left = [lines[i] for i, names in zip(differing, explained) if not names]
    say(f"  {len(left):6} that none of these explains")
    problems += shrunk([rewritten(line, applicable(line, known)) for line in left], engines, shrink_most)

    twins = list(with_unknown_keys(lines))
    answers = ask(engines.ours, [line for _, line in twins])
    for (index, line), answer in zip(twins, answers):
        if pairs[index][0] not in ("unknown", "error") and pairs[index][0] not in answer.get("possible", []):
            problems.append(f"with {line['unknown_context'][0]} unknown, {pairs[index][0]} is not possible: {json.dumps(line)}")
    say(f"  {len(twins)} once more with a key unknown")
    return problems


def explain(lines, ours, theirs, known, engines):
    """For each line the names of the differences without which both agree, or None."""
    tries = [(i, names) for i, line in enumerate(lines) for names in attempts(applicable(line, known))]
    results = engines.decisions([rewritten(lines[i], names) for i, names in tries])
    explained = [None] * len(lines)
    for (i, names), (a, b) in zip(tries, results):
        unknown = decision(ours[i]) == "unknown" and decision(theirs[i]) in ours[i]["possible"]
        if explained[i] is None and a == b and a != "error" and (unknown or not set(names) <= UNKNOWN_TO_US):
            explained[i] = names
    return explained


def check_examples(known, examples, ours, theirs, engines):
    """Each listed difference has a line that shows it, and it alone."""
    ids = [line["id"] for line in examples]
    problems = [f"{EXAMPLES.name} has no line for {name}" for name in known if name not in ids]
    problems += [f"{name} has a line, but is not listed" for name in ids if name not in known]
    shown = [(line, a, b) for line, a, b in zip(examples, ours, theirs) if line["id"] in known]
    found = explain(*([row[i] for row in shown] for i in range(3)), known, engines)
    for (line, a, b), names in zip(shown, found):
        if decision(a) == decision(b):
            problems.append(f"{line['id']} is listed, but no longer occurs: both say {decision(a)}")
        elif names != [line["id"]]:
            problems.append(f"the line of {line['id']} shows {names}: ours {decision(a)}, theirs {decision(b)} {b.get('error', '')}")
    return problems


def read_lines(path):
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines() if text.strip()]


def attempts(names):
    """Each difference alone, then all, for lines that have more than one."""
    return [[name] for name in names] + ([names] if len(names) > 1 else [])


def shrunk(lines, engines, most):
    groups = defaultdict(list)
    one, other = Asked(engines.ours), Asked(ORACLE)
    for line in lines[:most]:
        small = shrink(line, one, other)
        groups[signature(small, one(small), other(small))].append(small)
    one.close()
    other.close()
    found = [f"{len(group)} x {name}\n    {json.dumps(group[0], ensure_ascii=False)}" for name, group in sorted(groups.items())]
    if len(lines) > most:
        found.append(f"{len(lines) - most} more that no known difference explains, not shrunk (--shrink)")
    return found


def counts(values):
    return ", ".join(f"{count} {name}" for name, count in Counter(values).most_common())


def built():
    return pathlib.Path(os.environ.get("DENIEDBY_BIN") or ROOT / "target" / "debug" / "deniedby")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--file", type=pathlib.Path, help="lines of this file instead")
    arguments.add_argument("--deniedby", type=pathlib.Path, default=built())
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--shrink", type=int, default=12, help="how many disagreements to shrink")
    given = arguments.parse_args()
    if given.file:
        lines = read_lines(given.file)
    else:
        lines = list(generate.lines(given.count, given.seed, given.first))
    problems = compare(lines, Engines(given.deniedby, given.jobs), given.shrink)
    for problem in problems:
        print(problem)
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()

"""The same diagnosis with each of some operations broken in every way, many at a time."""

from concurrent.futures import ThreadPoolExecutor

from fault_proxy import KINDS, Fault, FaultProxy

# Many more would keep moto so busy that undisturbed calls time out too.
WORKERS = 12


def reports(deniedby, moto, record, service, operations, *arguments):
    """Each fault with the report that comes all the same."""
    # Kind by kind: timeouts come first, and while they wait the others run.
    faults = [Fault(kind, service, operation) for kind in KINDS for operation in operations]

    def run(fault):
        with FaultProxy(moto.url, fault) as proxy:
            result = deniedby.explain(record, *arguments, endpoint=proxy.url)
        assert (result.code, result.stderr) == (0, ""), fault
        return fault, result.report

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, faults))


def unread(report, permission):
    return [entry for entry in report["unread"] if permission in entry["needs"]]

"""64 clients at once: pulls per second, and the daemon's memory."""

from statistics import median, quantiles

import processes
import report
from pulls import Clients
from school import SMALL_FILE

HOSTS = range(1, 65)

# name, what rsyncd's shell for hooks is, module, least ratio to `true` that is wanted
VARIANTS = [
    ("no hooks", None, "none", None),
    ("3 × /bin/true", None, "true", None),
    ("linbo-hookd", None, "linbo", 0.95),
    ("linbo-hookd, RSYNC_SHELL", "linbo-hook", "linbo", None),
]
BASE = "3 × /bin/true"


def measure(school, quick):
    rounds, pulls, many = (2, 128, 256) if quick else (5, 500, 2000)
    servers = {None: school.start_rsyncd(), "linbo-hook": school.start_rsyncd(school.program("linbo-hook"))}
    memory = {"before": processes.memory(school.daemon.pid)}
    samples = {variant[0]: [] for variant in VARIANTS}
    failures = []

    def run(count, variants, samples):
        for name, shell, module, _ in variants:
            clients = Clients(school, servers[shell], module, SMALL_FILE)
            seconds = clients.at_once(count, HOSTS)
            failures.extend(clients.failures)
            processes.settle(servers[shell], school.daemon)
            samples[name].append({"pulls per second": count / seconds, "p50 ms": median(clients.latencies),
                                  "p99 ms": quantiles(clients.latencies, n=100)[98],
                                  "failed": len(clients.failures)})

    run(64, VARIANTS, {variant[0]: [] for variant in VARIANTS})  # warms caches
    for number in range(rounds):
        first = number % len(VARIANTS)
        run(pulls, VARIANTS[first:] + VARIANTS[:first], samples)
    memory["after the rounds"] = processes.memory(school.daemon.pid)
    long = {variant[0]: [] for variant in VARIANTS}
    run(many, VARIANTS, long)
    memory["at the end"] = processes.memory(school.daemon.pid)
    return {"clients": len(HOSTS), "pulls per round": pulls, "pulls at last": many, "failed": len(failures),
            "failures": failures[:20], "daemon's memory, KiB": memory, "samples": samples, "samples at last": long,
            "variants": [row(variant, samples, long) for variant in VARIANTS]}


def row(variant, samples, long):
    name = variant[0]
    ratios = [mine["pulls per second"] / other["pulls per second"] for mine, other in zip(samples[name], samples[BASE])]
    return {"name": name, "pulls per second": median(sample["pulls per second"] for sample in samples[name]),
            "ratio": median(ratios), "spread": [min(ratios), max(ratios)], "at least": variant[3],
            "at last": long[name][0], "ratio at last":
                long[name][0]["pulls per second"] / long[BASE][0]["pulls per second"]}


def table(results):
    many = results["pulls at last"]
    rows = [["64 clients at once", "pulls/s", f"ratio to {BASE}", "least–most", "target", "",
             f"{many} pulls/s", "ratio", "p50 ms", "p99 ms", "failed"]]
    for entry in results["variants"]:
        last = entry["at last"]
        rows.append([
            entry["name"], f"{entry['pulls per second']:.0f}", f"{entry['ratio']:.2f}",
            "{:.2f}–{:.2f}".format(*entry["spread"]), *report.at_least(entry["ratio"], entry["at least"]),
            f"{last['pulls per second']:.0f}", f"{entry['ratio at last']:.2f}", f"{last['p50 ms']:.0f}",
            f"{last['p99 ms']:.0f}", str(last["failed"])])
    memory = results["daemon's memory, KiB"]
    now = ", ".join(f"{when} {value['now'] / 1024:.1f}" for when, value in memory.items())
    return (report.aligned(rows)
            + f"\n\ndaemon's resident memory, MiB: {now}; the most ever {memory['at the end']['most'] / 1024:.1f}"
            + report.failures(results["failures"]))

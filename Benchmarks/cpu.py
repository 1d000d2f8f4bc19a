"""CPU time of rsyncd and the daemon together, per pull of a small file."""

import os
from statistics import median

import processes
import report
from pulls import Clients
from school import MADE_FILE, SMALL_FILE, address

# Pulls come from several clients in turn: the next one does not meet what the last one's post-xfer hook still does.
HOSTS = range(1, 17)
HOSTS_AHEAD = range(101, 117)

# name, what rsyncd's shell for hooks is, module, file, greatest ratio to `true` that is wanted
VARIANTS = [
    ("no hooks", None, "none", SMALL_FILE, None),
    ("3 × /bin/true", None, "true", SMALL_FILE, None),
    ("3 × bash -c :", None, "bash", SMALL_FILE, None),
    ("3 × /bin/true, no shell", "/bin/true", "true", SMALL_FILE, None),
    ("linbo-hookd", None, "linbo", SMALL_FILE, 1.1),
    ("linbo-hookd, RSYNC_SHELL", "linbo-hook", "linbo", SMALL_FILE, 0.9),
    ("… view made ahead", None, "ahead", SMALL_FILE, None),
    ("… view made ahead, RSYNC_SHELL", "linbo-hook", "ahead", SMALL_FILE, None),
    ("linbo-hookd, .reg", None, "linbo", MADE_FILE, None),
    ("linbo-hookd, .reg, RSYNC_SHELL", "linbo-hook", "linbo", MADE_FILE, None),
]
BASE = "3 × /bin/true"


def measure(school, quick):
    rounds, pulls = (2, 20) if quick else (7, 60)
    make_views_ahead(school)
    shells = {None: None, "/bin/true": "/bin/true", "linbo-hook": school.program("linbo-hook")}
    servers = {name: school.start_rsyncd(shell) for name, shell in shells.items()}
    samples = {variant[0]: [] for variant in VARIANTS}
    failures = []
    for number in range(-1, rounds):
        # Each round begins with another variant; the first one only warms caches.
        first = number % len(VARIANTS)
        for name, shell, module, path, _ in VARIANTS[first:] + VARIANTS[:first]:
            clients = Clients(school, servers[shell], module, path)
            sample = per_pull(clients, servers[shell], school.daemon, module, pulls if number >= 0 else 5)
            failures += clients.failures
            if number >= 0:
                samples[name].append(sample)
    return {"pulls per round": pulls, "failed": len(failures), "failures": failures[:20], "ms per pull": samples,
            "variants": [row(variant, samples) for variant in VARIANTS]}


def per_pull(clients, rsyncd, daemon, module, count):
    processes.settle(rsyncd, daemon)
    before = processes.cpu_time(rsyncd.pid, children=True), processes.cpu_time(daemon.pid)
    clients.few_at_once(count, HOSTS_AHEAD if module == "ahead" else HOSTS)
    processes.settle(rsyncd, daemon)
    after = processes.cpu_time(rsyncd.pid, children=True), processes.cpu_time(daemon.pid)
    return {"rsyncd": (after[0] - before[0]) / count, "daemon": (after[1] - before[1]) / count}


def make_views_ahead(school):
    """Folders that stay, for a module without `early exec`: a record of this very process keeps them alive."""
    for host in HOSTS_AHEAD:
        records = school.internal / "live" / address(host)
        records.mkdir(0o700)
        (records / f"{os.getpid()}@{processes.started(os.getpid())}").touch(0o600)
        view = school.internal / "views" / address(host)
        view.mkdir()
        view.chmod(0o755)


def row(variant, samples):
    own = [sample["rsyncd"] + sample["daemon"] for sample in samples[variant[0]]]
    base = [sample["rsyncd"] + sample["daemon"] for sample in samples[BASE]]
    ratios = [mine / other for mine, other in zip(own, base)]
    return {"name": variant[0], "ms": median(own), "rsyncd": median(sample["rsyncd"] for sample in samples[variant[0]]),
            "daemon": median(sample["daemon"] for sample in samples[variant[0]]), "ratio": median(ratios),
            "spread": [min(ratios), max(ratios)], "at most": variant[4]}


def table(results):
    rows = [["CPU time of one pull", "ms", "rsyncd", "daemon", f"ratio to {BASE}", "least–most", "target", ""]]
    for entry in results["variants"]:
        rows.append([
            entry["name"], f"{entry['ms']:.2f}", f"{entry['rsyncd']:.2f}", f"{entry['daemon']:.2f}",
            f"{entry['ratio']:.2f}", "{:.2f}–{:.2f}".format(*entry["spread"]),
            *report.at_most(entry["ratio"], entry["at most"])])
    return report.aligned(rows) + report.failures(results["failures"])

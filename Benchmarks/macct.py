"""How many machine accounts a second get an image's hashes, beside upstream's pair of processes for each."""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import time
from statistics import median

import processes
import report

TOOL = pathlib.Path(__file__).resolve().parent.parent / "Tests/Tools/samba-ad"
IMAGE = "win11.qcow2"
SOURCE = 1
TARGET = 5
CONTROLS = ["--controls=relax:0", "--controls=local_oid:1.3.6.1.4.1.7165.4.3.7:0",
            "--controls=local_oid:1.3.6.1.4.1.7165.4.3.12:0"]


def measure(school, quick):
    obstacle = missing()
    if obstacle:
        return {"skipped": obstacle}
    count, pairs, rounds = (50, 5, 1) if quick else (200, 30, 5)
    domain = Domain(school.folder / "ad")
    domain.provision([name(number) for number in range(1, count + 1)])
    configured = school.config.read_text()
    school.stop_daemon()
    school.config.write_text(configured + f"  - macct:\n      sam: {domain.sam}\n")
    school.start_daemon()
    subprocess.run([school.program("linboctl"), "--config", str(school.config), "macct", "capture", IMAGE,
                    "--from", name(SOURCE)], check=True, stdout=subprocess.DEVNULL)
    school.stop_daemon()
    template = (school.tree / f"images/win11/{IMAGE}.macct").read_text()
    results = {"accounts": count, "pairs": pairs, "ours": [], "upstream": [], "failed": 0}
    for _ in range(rounds):
        domain.reset([name(number) for number in range(2, count + 1)])
        results["upstream"].append(domain.apply_in_pairs(template, [name(number) for number in range(2, pairs + 2)]))
        domain.reset([name(number) for number in range(2, count + 1)])
        results["ours"].append(apply_by_queue(school, [name(number) for number in range(2, count + 1)], results))
    school.config.write_text(configured)
    school.start_daemon()
    return results


def missing():
    if os.geteuid() != 0:
        return "not root"
    gone = [program for program in ("samba-tool", "ldbsearch", "ldbmodify") if not shutil.which(program)]
    return f"no {gone[0]}: make test-packages" if gone else None


def name(number):
    return f"pc{number:04}"


def apply_by_queue(school, hosts, results):
    """Accounts a second, from the daemon's start with a full queue until the last outcome is on disk."""
    file = school.folder / "state/linbo-hookd.sqlite"
    now = int(time.time() * 1000)
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM machine_account")
        database.executemany(
            "INSERT INTO machine_account (work, host, image, state, created, changed, due) "
            "VALUES ('apply', ?, ?, 'queued', ?, ?, ?)", [(host, IMAGE, now, now, now) for host in hosts])
    began = time.perf_counter()
    school.start_daemon()
    with sqlite3.connect(file) as database:
        waiting = "SELECT count(*) FROM machine_account WHERE state IN ('queued', 'applying')"
        processes.eventually("the queue is empty", lambda: database.execute(waiting).fetchone()[0] == 0, limit=120)
        took = time.perf_counter() - began
        applied, = database.execute("SELECT count(*) FROM machine_account WHERE state = 'applied'").fetchone()
    school.stop_daemon()
    results["failed"] += len(hosts) - applied
    return len(hosts) / took


class Domain:
    def __init__(self, folder):
        self.folder = folder
        self.sam = folder / "private/sam.ldb"

    def _run(self, verb, *words):
        subprocess.run([TOOL, verb, self.folder, *words], check=True, stdout=subprocess.DEVNULL)

    def provision(self, hosts):
        self._run("provision")
        self.reset(hosts)

    def reset(self, hosts):
        self._run("computers", "", *hosts)

    def apply_in_pairs(self, template, hosts):
        """As upstream's rsync-pre-download.sh: one search and one change for each; accounts a second."""
        file = self.folder / "upstream.ldif"
        began = time.perf_counter()
        for host in hosts:
            found = subprocess.run(["ldbsearch", f"--url={self.sam}", f"(&(sAMAccountName={host}$))", "dn"],
                                   check=True, capture_output=True, text=True).stdout
            dn = next(line for line in found.splitlines() if line.startswith("dn: "))[4:]
            file.write_text(template.replace("@@dn@@", dn))
            subprocess.run(["ldbmodify", f"--url={self.sam}", "--nosync", "--verbose", *CONTROLS, str(file)],
                           check=True, stdout=subprocess.DEVNULL)
        return len(hosts) / (time.perf_counter() - began)


def table(results):
    if "skipped" in results:
        return f"macct: left out, {results['skipped']}"
    ratios = [ours / theirs for ours, theirs in zip(results["ours"], results["upstream"])]
    return report.aligned([
        ["machine accounts", "accounts/s", "÷ upstream", "least–most", "target", ""],
        [f"upstream's pair for each of {results['pairs']}", f"{median(results['upstream']):.1f}", "", "", "", ""],
        [f"linbo-hookd, {results['accounts'] - 1} in its queue", f"{median(results['ours']):.0f}",
         f"{median(ratios):.1f}", f"{min(ratios):.1f}–{max(ratios):.1f}", *report.at_least(median(ratios), TARGET)],
    ])

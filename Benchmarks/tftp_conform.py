"""tftpload's probes of what the RFCs ask, and of what attackers try."""

import json
import subprocess

import report
from tftp_lab import OURS

PROBES = 116


def measure(lab):
    """All servers at the same time: nearly all that is measured is waiting."""
    names = [OURS] if lab.quick else lab.compared()
    runs = {name: start(lab, name) for name in names}
    results = {name: judged(name, run.communicate(timeout=320)[0]) for name, run in runs.items()}
    return {"servers": results}


def start(lab, name):
    server = lab.servers[name]
    return subprocess.Popen([lab.tftpload, "-m", "conform", "-D", str(lab.school.tree), "-s", server.address, "-p",
                             str(server.port)], stdout=subprocess.PIPE, text=True)


def judged(name, output):
    lines = output.splitlines()
    failed = [" ".join(line.split()[1:]) for line in lines if line.startswith("FAIL")]
    passed = sum(line.startswith("PASS") for line in lines)
    whole = bool(lines) and lines[-1].startswith("{") and "probes" in json.loads(lines[-1])
    return {"name": name, "passed": passed, "failed": failed, "finished": whole,
            "at least": PROBES if name == OURS else None}


def table(results):
    lines = [["conformance", "passed", "of", "target", ""]]
    for entry in results["servers"].values():
        lines.append([entry["name"], str(entry["passed"]), str(entry["passed"] + len(entry["failed"])),
                      *report.at_least(entry["passed"], entry["at least"])])
    ours = results["servers"][OURS]
    return report.aligned(lines) + "".join(f"\nlinbo-hookd: {line}" for line in ours["failed"])

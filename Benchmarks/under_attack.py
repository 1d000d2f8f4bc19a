"""How long a good client waits beside one attacker: the times of `make hostile`, whose code this is."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Tools"))

import report
from hostile import timing
from hostile.namespaces import Cable, obstacle


def measure(school, quick):
    why = obstacle()
    if why:
        return {"left out": why, "failed": 0}
    with Cable() as cable:
        rows = timing.measure(school.build, cable, timing.ROWS, 4 if quick else 20, short=quick)
    return {"rows": rows, "failed": len(timing.failures(rows))}


def table(results):
    if "left out" in results:
        return f"attackers: left out: {results['left out']}"
    rows = [[name, *timing.cells(figures)] for name, figures in results["rows"].items()]
    return report.aligned([timing.HEADING] + rows) + report.failures(timing.failures(results["rows"]))

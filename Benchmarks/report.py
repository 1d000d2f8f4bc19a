"""Tables, and what is said of the machine."""

import os
import pathlib
import platform
import subprocess
import time

from school import RSYNC


def aligned(rows):
    """The first column to the left, the others to the right; the last column, a verdict, as it comes."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if index == 0 else cell.rjust(width)
                 for index, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines[:1] + ["─" * max(map(len, lines))] + lines[1:])


def at_most(value, limit):
    return ["", ""] if limit is None else [f"≤ {limit:g}", "ok" if round(value, 2) <= limit else "over"]


def at_least(value, limit):
    return ["", ""] if limit is None else [f"≥ {limit:g}", "ok" if round(value, 2) >= limit else "under"]


def failures(lines):
    return "".join(f"\nfailed: {line}" for line in lines)


def load_average():
    return os.getloadavg()[0]


def machine():
    """What a figure can only be read with."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")), "unknown CPU")
    rsync = subprocess.run([RSYNC, "--version"], capture_output=True, text=True).stdout.split()
    return {"date": time.strftime("%Y-%m-%d %H:%M:%S %z"), "cpu": model, "cores": len(os.sched_getaffinity(0)),
            "kernel": platform.release(), "rsync": rsync[2] if len(rsync) > 2 else "?",
            "user": "root" if os.geteuid() == 0 else "not root", "load average at the start": load_average()}


def heading(machine, quick):
    load = machine["load average at the start"]
    lines = [f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, rsync {machine['rsync']}, "
             f"as {machine['user']}, load {load:.2f}"]
    if load > 0.3:
        lines.append("The machine is not idle: look at ratios, and at how far least and most are apart.")
    if quick:
        lines.append("Quick: a smoke test; its figures say little.")
    return "\n".join(lines)

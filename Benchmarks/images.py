"""How long the way back to an earlier image takes, whatever its size, and a list of thousands of files."""

import os
import subprocess
import time
from statistics import median

import report

SIZES = {"1 GiB": 1 << 30, "100 GiB": 100 << 30}
FILES = 10_000
# The suffixes of what belongs to an image.
SET = ("", ".info", ".desc", ".hash", ".torrent", ".macct")
BACKUP = SET[:4]
LIST_LIMIT = 1.0
# No copying: what is left is the noise of starting a program and of fsync.
SIZE_LIMIT = 1.25


def measure(school, quick):
    rounds = 5 if quick else 31
    results = {"rollback": {name: [] for name in SIZES}, "list": [], "failed": 0}
    for name, size in SIZES.items():
        base = f"size{size >> 30}"
        make_set(school.tree / "images" / base, base, size, "202602010800")
        make_set(school.tree / "images" / base / "backups" / "202601010800", base, size, "202601010800")
    order = list(SIZES.items())
    for index in range(rounds):
        for name, size in order[index % 2:] + order[:index % 2]:
            took, good = run(school, "images", "rollback", f"size{size >> 30}")
            results["rollback"][name].append(took)
            results["failed"] += not good
    for number in range(FILES // (len(SET) + len(BACKUP))):
        base = f"many{number}"
        make_set(school.tree / "images" / base, base, 1, "202602010800", SET)
        make_set(school.tree / "images" / base / "backups" / "202601010800", base, 1, "202601010800", BACKUP)
    for _ in range(rounds):
        took, good = run(school, "images")
        results["list"].append(took)
        results["failed"] += not good
    return results


def make_set(folder, base, size, timestamp, suffixes=SET):
    folder.mkdir(parents=True)
    image = f"{base}.qcow2"
    for suffix in suffixes:
        with open(folder / (image + suffix), "w") as file:
            if suffix == ".info":
                file.write(f'["{image}" Info File]\ntimestamp="{timestamp}"\nimage="{image}"\nimagesize="{size}"\n')
            elif suffix:
                file.write(suffix)
            else:
                file.truncate(size)


def run(school, *words):
    began = time.perf_counter()
    ended = subprocess.run([school.program("linboctl"), "--config", str(school.config), *words],
                           stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=os.environ)
    return time.perf_counter() - began, ended.returncode == 0


def table(results):
    lines = [["images", "ms", "least–most", "÷ 1 GiB", "target", ""]]
    small = results["rollback"]["1 GiB"]
    for name, figures in results["rollback"].items():
        ratio = median(figures) / median(small)
        verdict = ["", "", ""] if figures is small else [f"{ratio:.2f}", *report.at_most(ratio, SIZE_LIMIT)]
        lines.append([f"rollback of {name}", *milliseconds(figures), *verdict])
    lines.append([f"list of {FILES} files", *milliseconds(results["list"]), "",
                  *report.at_most(median(results["list"]), LIST_LIMIT)])
    return report.aligned(lines)


def milliseconds(figures):
    return [f"{median(figures) * 1000:.1f}", f"{min(figures) * 1000:.1f}–{max(figures) * 1000:.1f}"]

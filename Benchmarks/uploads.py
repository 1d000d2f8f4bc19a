"""An image's upload beside a module of rsyncd without hooks, and how soon its torrent is there."""

import os
import shutil
import subprocess
import time
from statistics import median

import processes
import report
from school import RSYNC, address

OPTIONS = ["-Ha", "--chmod=ug=rw,o=r", "--partial", "--skip-compress=qcow2"]
PLUGIN = "  - torrent-create:\n      announce: http://127.0.0.1:6969/announce\n"
# A school's server has one line of 1 Gbit/s, and the hashing has time to follow.
GIGABIT = 117_000  # KiB/s
THROUGHPUT = 0.9
READY = 0.1  # seconds


def measure(school, quick):
    size, rounds = (64 << 20, 2) if quick else (1 << 30, 5)
    image = make_image(school.folder / "outbox", size)
    school.restart_daemon("  listen: []\n", plugins=PLUGIN, extra="uploads:\n  settle: 100ms\n")
    (school.folder / "bare").mkdir()
    rsyncd = school.start_rsyncd()
    results = {"size": image.stat().st_size, "bare": [], "ours": [], "bare, 1 Gbit/s": [], "ours, 1 Gbit/s": [],
               "torrent": [], "torrent, 1 Gbit/s": [], "failed": 0}
    bare(school, rsyncd, image, 0, None)
    for index in range(rounds):
        for suffix, limit in (("", 0), (", 1 Gbit/s", GIGABIT)):
            kinds = [("bare", bare), ("ours", ours)]
            for kind, run in kinds if index % 2 else reversed(kinds):
                results[kind + suffix].append(run(school, rsyncd, image, limit, results["torrent" + suffix]))
    school.restart_daemon("  listen: []\n")
    return results


def make_image(folder, size):
    """A qcow2 of noise, with its .info."""
    folder.mkdir()
    raw, image = folder / "raw", folder / "win11.qcow2"
    with open(raw, "wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image], check=True)
    raw.unlink()
    (folder / "win11.qcow2.info").write_text(
        '["win11.qcow2" Info File]\ntimestamp="202611250800"\nimage="win11.qcow2"\n'
        f'imagesize="{image.stat().st_size}"\n')
    return image


def push(rsyncd, file, module, path="", limit=0):
    """Seconds. What others have written before is on the disk already, so that nobody waits for that."""
    os.sync()
    command = [RSYNC, f"--address={address(1)}", *OPTIONS, *([f"--bwlimit={limit}"] if limit else []), str(file),
               f"rsync://linbo@127.0.0.1:{rsyncd.port}/{module}/{path}{file.name}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {"RSYNC_PASSWORD": "Muster!2026"})
    return time.perf_counter() - began


def bare(school, rsyncd, image, limit, _):
    took = push(rsyncd, image, "bare", limit=limit)
    (school.folder / "bare" / image.name).unlink()
    return took


def ours(school, rsyncd, image, limit, ready):
    """A new time makes it another image."""
    os.utime(image)
    before = hashed(school)
    took = push(rsyncd, image, "linbo-upload", "images/win11/", limit)
    ended = time.perf_counter()
    processes.eventually("the torrent's pieces are there", lambda: hashed(school) > before, step=0.001)
    ready.append(time.perf_counter() - ended)
    push(rsyncd, image.with_suffix(".qcow2.info"), "linbo-upload", "images/win11/")
    live = school.tree / "images/win11/win11.qcow2"
    processes.eventually("it goes live", lambda: live.stat().st_mtime_ns == image.stat().st_mtime_ns)
    processes.eventually("its folder is cleared", lambda: not (school.internal / "uploads/due/win11.qcow2.json").exists())
    shutil.rmtree(school.tree / "images/win11/backups", ignore_errors=True)
    return took


def hashed(school):
    """How many uploads the daemon has said to have the pieces of."""
    return (school.folder / "hookd.log").read_text().count("was hashed while it came")


def table(results):
    lines = [[f"upload of {results['size'] >> 20} MiB", "MB/s", "ours ÷ bare", "least–most", "target", ""]]
    for suffix in ("", ", 1 Gbit/s"):
        bare, ours = results["bare" + suffix], results["ours" + suffix]
        ratios = [one / other for one, other in zip(bare, ours)]
        lines.append([f"a module without hooks{suffix}", f"{results['size'] / median(bare) / 1e6:.0f}", "", "", "", ""])
        lines.append([f"linbo-upload, hashed meanwhile{suffix}", f"{results['size'] / median(ours) / 1e6:.0f}",
                      f"{median(ratios):.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}",
                      *report.at_least(median(ratios), THROUGHPUT)])
        ready = results["torrent" + suffix]
        lines.append([f"pieces there after the last byte{suffix}, ms", f"{median(ready) * 1000:.0f}", "",
                      f"{min(ready) * 1000:.0f}–{max(ready) * 1000:.0f}",
                      *report.at_most(median(ready) * 1000, READY * 1000 if suffix else None)])
    return report.aligned(lines)

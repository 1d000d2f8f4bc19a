"""Announces a second by HTTP and UDP, beside opentracker, and what 500 PCs cost the daemon's machine."""

import os
import pathlib
import shutil
import subprocess
from statistics import median

import processes
import report

FOLDER = pathlib.Path(__file__).resolve().parent
OURS, THEIRS = "linbo-hookd", "opentracker"
THREADS = 8
# 5,000 peers: each address is in each swarm.
SWARMS, ADDRESSES = 200, 25
PCS = 500
# aria2c, which PCs run, asks that often: TrackerSettings.leastInterval.
INTERVAL = 30
CELLS = [(way, key) for way in ("http", "udp") for key in ("rate", "cpu")]


def measure(school, quick):
    count, rounds = (4_000, 1) if quick else (30_000, 5)
    lab = Lab(school.folder / "tracker", school.program("tracker-alone"))
    results = {"rounds": [], "failed": 0}
    try:
        lab.start()
        for name in lab.servers:
            for way in ("http", "udp"):
                lab.load(name, way, 4 * SWARMS * ADDRESSES, results)
        for index in range(rounds):
            row = {}
            names = list(lab.servers)
            for name in names[index % len(names):] + names[:index % len(names)]:
                row[name] = {way: lab.load(name, way, count, results) for way in ("http", "udp")}
            results["rounds"].append(row)
        # One image, and each PC asks again and again.
        lab.load(OURS, "http", 4 * PCS, results, swarms=1, addresses=PCS)
        results["room"] = {way: lab.load(OURS, way, count, results, swarms=1, addresses=PCS) for way in ("http", "udp")}
        results["memory"] = processes.memory(lab.servers[OURS][0].pid)["most"] / 1024
    finally:
        lab.end()
    return results


class Lab:
    """Both trackers with the same 200 torrents, and the program that plays their clients."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program
        self.servers = {}

    def start(self):
        self.folder.mkdir()
        self.folder.chmod(0o755)
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise RuntimeError("no C compiler: announce can't be built; apt-get install gcc libc6-dev")
        self.client = self.folder / "announce"
        subprocess.run([compiler, "-O2", "-pthread", "-o", self.client, FOLDER / "announce.c"], check=True)
        hashes = [f"{number:08x}" + 32 * "0" for number in range(SWARMS)]
        (self.folder / "hashes").write_text("".join(f"{one} 1000\n" for one in hashes))
        (self.folder / "whitelist").write_text("".join(f"{one}\n" for one in hashes))
        (self.folder / "whitelist").chmod(0o644)
        self.serve(OURS, lambda port: [self.program, "--listen", f"127.0.0.1:{port}", "--hashes",
                                       self.folder / "hashes", "--rate", "0"])
        theirs = shutil.which(THEIRS, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin")
        if theirs:
            # As root it changes its root directory, and becomes somebody else there.
            place, user = ("/whitelist", "nobody") if os.geteuid() == 0 else (self.folder / "whitelist", "")
            self.serve(THEIRS, lambda port: [theirs, "-i", "127.0.0.1", "-p", port, "-P", port, "-d", self.folder,
                                             *(["-u", user] if user else []), "-w", place])

    def serve(self, name, command):
        port = processes.free_port()
        with open(self.folder / f"{name}.log", "ab") as log:
            server = subprocess.Popen([str(word) for word in command(port)], stdin=subprocess.DEVNULL, stdout=log,
                                      stderr=log)
        self.servers[name] = (server, port)
        processes.eventually(f"{name} listens", lambda: self.listens(name))

    def listens(self, name):
        return self.run(name, "http", 1, 1, SWARMS, 1)[1] == 0

    def run(self, name, way, threads, count, swarms, addresses):
        words = [self.client, way, self.servers[name][1], threads, count, swarms, addresses]
        seconds, failed = subprocess.run([str(word) for word in words], check=True, capture_output=True,
                                         text=True).stdout.split()
        return float(seconds), int(failed)

    def load(self, name, way, count, results, swarms=SWARMS, addresses=ADDRESSES):
        """Announces a second, and microseconds of the server's CPU time for one."""
        pid = self.servers[name][0].pid
        cpu = processes.cpu_time(pid)
        seconds, failed = self.run(name, way, THREADS, count, swarms, addresses)
        results["failed"] += failed
        return {"rate": count / seconds, "cpu": 1000 * (processes.cpu_time(pid) - cpu) / count}

    def end(self):
        for server, _ in self.servers.values():
            processes.end(server)


def table(results):
    rounds = results["rounds"]
    rows = [["announces, 5,000 peers in 200 swarms", "HTTP /s", "CPU µs", "UDP /s", "CPU µs", "", "", ""]]
    for name in rounds[0]:
        cells = [f"{median(row[name][way][key] for row in rounds):.0f}" for way, key in CELLS]
        rows.append([name, *cells, "", "", ""])
    if THEIRS in rounds[0]:
        for way, limit in (("http", 0.5), ("udp", None)):
            ratio = median(row[OURS][way]["rate"] / row[THEIRS][way]["rate"] for row in rounds)
            rows.append([f"{way.upper()}, ours : opentracker", "", "", "", "", f"{ratio:.2f}",
                         *report.at_least(ratio, limit)])
    room = results["room"]
    rows.append([f"{PCS} PCs in one swarm", *(f"{room[way][key]:.0f}" for way, key in CELLS), "", "", ""])
    share = 100 * room["http"]["cpu"] / 1e6 * PCS / INTERVAL
    rows.append([f"… each every {INTERVAL} s, % of a core", "", "", "", "", f"{share:.2f}", *report.at_most(share, 1)])
    rows.append(["memory, MiB", "", "", "", "", f"{results['memory']:.1f}", "", ""])
    return report.aligned(rows) + (f"\nfailed: {results['failed']}" if results["failed"] else "")

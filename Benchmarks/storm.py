"""A school that is switched on: 500 clients boot over TFTP and fetch their configuration over rsync, beside tftpd-hpa
with the same files and an rsyncd without hooks."""

import os

import processes
import report
from pulls import Clients
from school import SMALL_FILE
from tftp_lab import OURS, Lab

CLIENTS = 500
PEER = "in.tftpd"
# What GRUB asks for: its block size, no windows.
GRUB = ("-b", 1024)
FIRMWARE = ("-b", 1432)
# Sizes of a core image, and of the modules, lists and configurations that GRUB fetches after it (x86_64-efi).
CORE = 290_000
SMALL = [4_000 + 1_900 * (number * 7 % 40) for number in range(40)]
KERNEL, INITRD = 12 << 20, 28 << 20
LIMIT = 1.1


def measure(school, quick):
    clients, scale = (50, 16) if quick else (CLIENTS, 1)
    lab = Lab(school, quick)
    if PEER not in lab.servers:
        return {"missing": lab.missing.get(PEER, "it does not run here"), "failed": 0}
    files = make_files(school.tree, scale)
    rsyncd = school.start_rsyncd()
    servers = {OURS: "linbo", PEER: "none"}
    results = {"clients": clients, "bytes": clients * sum(size for _, size, _ in files), "failed": 0}
    for name, module in servers.items():
        boots = boot(lab, name, files, clients)
        pulls = fetch(school, lab, rsyncd, module, min(clients, 200))
        results[name] = {key: boots[key] + pulls[key] for key in ("seconds", "cpu_ms")} | {
            "tftp": boots, "rsync": pulls}
        results["failed"] += (boots["failed"] + pulls["failed"]) if name == OURS else 0
    return results


def make_files(tree, scale):
    """Name, size and the client's options."""
    files = [("storm/core.efi", CORE, FIRMWARE)]
    files += [(f"storm/{number}.mod", size, GRUB) for number, size in enumerate(SMALL)]
    files += [("storm/linbo64", KERNEL // scale, GRUB), ("storm/linbofs64", INITRD // scale, GRUB)]
    (tree / "storm").mkdir(exist_ok=True)
    for name, size, _ in files:
        (tree / name).write_bytes(os.urandom(size))
    return files


def boot(lab, name, files, clients):
    """All clients fetch one file after the other."""
    total = {"seconds": 0, "cpu_ms": 0, "failed": 0}
    for file, _, options in files:
        result = lab.sample(name, f"{clients} boot: {file}", file, "-c", clients, "-a", clients, "-d", 900, *options)
        total["seconds"] += result["wall_s"]
        total["cpu_ms"] += result["server_ms"]
        total["failed"] += result["failed"]
    return total


def fetch(school, lab, rsyncd, module, hosts):
    """start.conf, and a second small file, by as many hosts as there are loopback addresses, 64 at once."""
    daemon = lab.servers[OURS].pid if module == "linbo" else None
    clients = Clients(school, rsyncd, module, SMALL_FILE)

    def cpu():
        processes.settle(rsyncd, school.daemon)
        return processes.cpu_time(rsyncd.pid, children=True) + (processes.cpu_time(daemon) if daemon else 0)

    before, seconds = cpu(), 0
    for first in range(1, hosts + 1, 64):
        some = list(range(first, min(first + 64, hosts + 1)))
        seconds += clients.at_once(2 * len(some), some)
    return {"seconds": seconds, "cpu_ms": cpu() - before, "failed": len(clients.failures)}


def table(results):
    if "missing" in results:
        return f"boot storm: left out, as {PEER} is missing: {results['missing']}"
    lines = [[f"{results['clients']} clients boot, {results['bytes'] / 1e9:.1f} GB", "s", "CPU s", "TFTP s", "rsync s",
              "TFTP CPU s", "rsync CPU s"]]
    for name in (OURS, PEER):
        each = results[name]
        lines.append([name + (" and its hooks" if name == OURS else ", rsyncd without hooks"),
                      *(f"{value:.1f}" for value in (
                          each["seconds"], each["cpu_ms"] / 1000, each["tftp"]["seconds"], each["rsync"]["seconds"],
                          each["tftp"]["cpu_ms"] / 1000, each["rsync"]["cpu_ms"] / 1000))])
    ratios = [["ours ÷ theirs", "", "target", ""]]
    for what, key in (("time", "seconds"), ("CPU time", "cpu_ms")):
        ratio = results[OURS][key] / results[PEER][key]
        ratios.append([what, f"{ratio:.2f}", *report.at_most(ratio, LIMIT)])
    return report.aligned(lines) + "\n\n" + report.aligned(ratios)

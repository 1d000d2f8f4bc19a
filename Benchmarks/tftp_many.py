"""200 clients at once, each with its own address: for a time, and small files to the end; our memory."""

from statistics import median

import processes
import report
import tftp_rows
from tftp_lab import FILES, OURS
from tftp_one import BUSY

CLIENTS = 200
WINDOWS = (1, 16)
# They leave the option out of their answer: what they do in steps of one block is all they can.
WITHOUT_WINDOWS = ("in.tftpd", "dnsmasq")
TO_THE_END = 1428
MOST_MEMORY = 64


def measure(lab):
    rounds, seconds, file = (1, 0.5, "lossy") if lab.quick else (3, 1.0, "medium")
    samples, finished, memory = {}, {}, {}
    for number in range(rounds):
        for window in WINDOWS:
            for name in lab.in_turn(lab.compared(), number):
                for size in lab.sizes:
                    take(lab, samples, (window, size), name, "large", ["-W", seconds], memory)
                take(lab, finished, (window, TO_THE_END), name, file, ["-d", 40], memory)
    take(lab, {}, (1, TO_THE_END), OURS, file, ["-W", seconds], memory, clients=500)
    return {"seconds": seconds, "file": FILES[file], "samples": [[label(key), each] for key, each in samples.items()],
            "to the end": [[label(key), each] for key, each in finished.items()],
            "together": [together(key, each) for key, each in samples.items()],
            "cpu": [cpu(key, each) for key, each in samples.items()],
            "each": [entry for key, each in finished.items() for entry in each_client(key, each)],
            "memory above idle, MiB": {clients: (most - lab.idle) / 1024 for clients, most in memory.items()}}


def take(lab, samples, key, name, file, options, memory, clients=CLIENTS):
    window, size = key
    rounds = samples.setdefault(key, {server: [] for server in lab.compared()})[name]
    if window > 1 and name in WITHOUT_WINDOWS:
        rounds.append(samples[1, size][name][len(rounds)])
        return
    if name == OURS:
        processes.forget_most_memory(lab.servers[OURS].pid)
    rounds.append(lab.sample(
        name, f"{clients} clients, {label(key)}", file, "-c", clients, "-a", clients, "-b", size, *options,
        *(["-w", window] if window > 1 else [])))
    if name == OURS:
        memory[clients] = max(memory.get(clients, 0), processes.memory(lab.servers[OURS].pid)["most"])


def label(key):
    window, size = key
    return f"{size}" if window == 1 else f"{size} × {window}"


def together(key, samples):
    share = tftp_rows.client_share(samples)
    values = tftp_rows.figures(samples, "mb_per_s")
    return tftp_rows.row(label(key), values, list(samples)[1:], at_least=1.2, bound=share >= BUSY) | {
        "client": f"{share * 100:.0f} %"}


def cpu(key, samples):
    return tftp_rows.row(label(key), tftp_rows.cpu_per_block(samples), list(samples)[1:], best=min, at_most=0.8)


def each_client(key, samples):
    """Only ours has to be fair."""
    for name, rounds in samples.items():
        fields = {field: median(sample[field] for sample in rounds) for field in ("mb_per_s", "p50_ms", "max_ms")}
        slowest = median(sample["max_ms"] / max(sample["p50_ms"], 0.001) for sample in rounds)
        yield fields | {"name": f"{label(key)}, {name}", "slowest": slowest, "at most": 1.3 if name == OURS else None,
                        "failed": sum(sample["failed"] for sample in rounds)}


def table(results):
    title = f"{CLIENTS} clients, {results['file']:,} bytes each"
    lines = [[title, "MB/s", "p50 ms", "slowest ms", "slowest to p50", "target", "", "failed"]]
    for entry in results["each"]:
        lines.append([entry["name"], f"{entry['mb_per_s']:,.1f}", f"{entry['p50_ms']:,.0f}", f"{entry['max_ms']:,.0f}",
                      f"{entry['slowest']:.2f}", *report.at_most(entry["slowest"], entry["at most"]),
                      str(entry["failed"])])
    memory = results["memory above idle, MiB"]
    said = ", ".join(f"{clients} clients {most:.1f}" for clients, most in memory.items())
    word = " ".join(report.at_most(max(memory.values()), MOST_MEMORY))
    return "\n\n".join([
        tftp_rows.table(f"{CLIENTS} clients, MB/s", results["together"], "best", extra=("client CPU", "client")),
        tftp_rows.table(f"{CLIENTS} clients, server CPU, µs per block", results["cpu"], "best"),
        report.aligned(lines), f"linbo-hookd's resident memory above idle, MiB: {said}   {word}"])

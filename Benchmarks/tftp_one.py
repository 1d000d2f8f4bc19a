"""One client and a large file: block by block, and with windows."""

import tftp_rows
from tftp_lab import LIMIT, OURS

WINDOWS = (4, 16, 64)
# From here on the load generator, not the server, says how fast it goes.
BUSY = 0.85


def measure(lab):
    rounds, seconds = (1, 0.1) if lab.quick else (3, 0.4)
    samples = {}
    for number in range(rounds):
        for key, names in rows_to_measure(lab):
            window, size, placement = key
            options = ["-b", size, "-W", seconds, "-a", 1, *(["-w", window] if window > 1 else [])]
            cpus = placements(lab)[placement]
            for name in lab.in_turn(names, number):
                sample = lab.sample(name, f"one client, {label(key)}", "large", *options, cpus=cpus)
                samples.setdefault(key, {server: [] for server in names})[name].append(sample)
    return {"seconds": seconds, "samples": [[label(key), each] for key, each in samples.items()],
            "step": [step(key, each) for key, each in samples.items() if key[0] == 1],
            "cpu": [cpu(key, each) for key, each in samples.items() if key[0] == 1],
            "windows": [windows(key, each) for key, each in samples.items() if key[0] > 1]}


def rows_to_measure(lab):
    step_by_step = lab.compared() + ([LIMIT] if LIMIT in lab.servers else [])
    for window in (1, *WINDOWS):
        for placement in placements(lab):
            for size in lab.sizes:
                yield (window, size, placement), step_by_step if window == 1 else lab.compared("atftpd")


def placements(lab):
    """The client's CPU, and the server's."""
    first, last = lab.cpus[0], lab.cpus[-1]
    return {"one CPU": (last, last)} if first == last else {"one CPU": (last, last), "two CPUs": (first, last)}


def label(key):
    window, size, placement = key
    return f"{placement}, {size}" if window == 1 else f"{placement}, {size} × {window}"


def step(key, samples):
    return tftp_rows.row(label(key), tftp_rows.figures(samples, "mb_per_s"), peers_in(samples), at_least=1.0)


def cpu(key, samples):
    return tftp_rows.row(label(key), tftp_rows.cpu_per_block(samples), ["in.tftpd"], at_most=0.6)


def windows(key, samples):
    share = tftp_rows.client_share(samples)
    entry = tftp_rows.row(label(key), tftp_rows.figures(samples, "mb_per_s"), peers_in(samples), at_least=1.5,
                          bound=share >= BUSY)
    return entry | {"client": f"{share * 100:.0f} %"}


def peers_in(samples):
    return [name for name in samples if name not in (OURS, LIMIT)]


def table(results):
    return "\n\n".join([
        tftp_rows.table("one client, MB/s", results["step"], "best"),
        tftp_rows.table("server CPU, µs per block", results["cpu"], "in.tftpd"),
        tftp_rows.table("one client, windows, MB/s", results["windows"], "atftpd", extra=("client CPU", "client"))])

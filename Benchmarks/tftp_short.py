"""Short transfers: how many a second, and 500 requests in the same instant."""

import pathlib
from statistics import median

import report
import tftp_rows
from tftp_lab import OURS

TRANSFERS = 5000
CLIENTS = 100
AT_ONCE = 500


def measure(lab):
    rounds = 1 if lab.quick else 3
    samples, bursts = ({name: [] for name in lab.compared()} for _ in range(2))
    for number in range(rounds):
        for name in lab.in_turn(lab.compared(), number):
            # in.tftpd, with a fork for each, takes seconds for what others do in one.
            count = TRANSFERS // 5 if name == "in.tftpd" or lab.quick else TRANSFERS
            samples[name].append(lab.sample(name, f"{count} short transfers", "small", "-t", "-b", 1428, "-c", CLIENTS,
                                            "-a", CLIENTS, "-n", count))
            bursts[name].append(burst(lab, name))
    others = [name for name in samples if name != OURS]
    rates = tftp_rows.figures(samples, "transfers_per_s")
    return {"samples": samples, "bursts": bursts,
            "rates": [tftp_rows.row("transfers/s", rates, ["dnsmasq"], at_least=1.0),
                      tftp_rows.row("server CPU, µs per transfer", per_transfer(samples), others, best=min)],
            "at once": [at_once(name, rounds) for name, rounds in bursts.items()]}


def burst(lab, name):
    before = receive_errors()
    sample = lab.sample(name, f"{AT_ONCE} at once", "small", "-t", "-b", 1428, "-c", AT_ONCE, "-a", AT_ONCE)
    return sample | {"UdpRcvbufErrors": receive_errors() - before}


def receive_errors():
    """Datagrams that found no room in their socket, on this machine."""
    names, values = (line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Udp:"))
    return int(values[names.index("RcvbufErrors")])


def per_transfer(samples):
    return {name: [total(rounds, "server_ms") * 1000 / max(1, total(rounds, "ok"))] for name, rounds in samples.items()}


def total(rounds, field):
    return sum(sample[field] for sample in rounds)


def at_once(name, rounds):
    fields = ("failed", "retransmissions", "UdpRcvbufErrors")
    most = {field: max(sample[field] for sample in rounds) for field in fields}
    return most | {"name": name, "slowest ms": median(sample["max_ms"] for sample in rounds),
                   "lost": max(most.values()), "at most": 0 if name == OURS else None}


def table(results):
    lines = [[f"{AT_ONCE} requests at once", "slowest ms", "failed", "asked again", "no room in the socket", "target",
              ""]]
    for entry in results["at once"]:
        lines.append([entry["name"], f"{entry['slowest ms']:,.1f}", str(entry["failed"]), str(entry["retransmissions"]),
                      str(entry["UdpRcvbufErrors"]), *report.at_most(entry["lost"], entry["at most"])])
    rate, cpu = results["rates"]
    return "\n\n".join([tftp_rows.table(f"1 KiB, {CLIENTS} clients", [rate], "dnsmasq", digits=0),
                        tftp_rows.table(f"1 KiB, {CLIENTS} clients", [cpu], "best", digits=1), report.aligned(lines)])

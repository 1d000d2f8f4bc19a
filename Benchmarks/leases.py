"""20 pulls at once by hosts with DHCP, beside a lease file of 4 MB that grows meanwhile, and by hosts with addresses."""

import threading
from statistics import median

import processes
import report
from pulls import Clients
from school import SMALL_FILE

AT_ONCE = 20
FIXED, MOVING = "an address in devices.csv", "DHCP and a lease"
LIMIT = 1.2
HEAD = "authoring-byte-order little-endian;\n\n"


def measure(school, quick):
    rounds, pulls = (2, 40) if quick else (7, 200)
    file = school.folder / "dhcpd.leases"
    file.write_text(HEAD + "".join(lease(f"10.{200 + number // 62500}.{number // 250 % 250}.{number % 250}", number)
                                   for number in range(16_000)) + "".join(lease(host, 0x10_0000 + number)
                                                                          for number, host in enumerate(moving())))
    devices = school.folder / "schools/default-school/devices.csv"
    before = devices.read_text()
    devices.write_text(before + "".join(row(number) for number, _ in enumerate(moving())))
    school.restart_daemon("  listen: []\n", extra=f"identity:\n  leases:\n    - isc: {file}\n")
    rsyncd = school.start_rsyncd()
    hosts = {FIXED: list(range(1, AT_ONCE + 1)), MOVING: moving()}
    samples = {name: [] for name in hosts}
    failures = []
    try:
        for number in range(rounds + 1):
            for name in list(hosts)[::1 if number % 2 else -1]:
                with Growing(file):
                    sample = pull(school, rsyncd, hosts[name], pulls, failures)
                if number:  # The first warms caches.
                    samples[name].append(sample)
    finally:
        devices.write_text(before)
        school.restart_daemon("  listen: []\n")
    return {"lease file": file.stat().st_size, "samples": samples, "failed": len(failures), "failures": failures[:20],
            "ratios": {key: ratio(samples, key) for key in ("seconds", "cpu_ms", "p50 ms")}}


def moving():
    return [f"127.3.0.{number + 1}" for number in range(AT_ONCE)]


def lease(address, number):
    mac = f"02:00:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    return (f"lease {address} {{\n  starts epoch 1700000000;\n  ends epoch 4000000000;\n  cltt epoch 1700000000;\n"
            "  binding state active;\n  next binding state free;\n  rewind binding state free;\n"
            f'  hardware ethernet {mac};\n  uid "\\001{number}";\n  client-hostname "pc{number}";\n}}\n')


def row(number):
    return f"r102;dhcp{number:02};win11;02:00:00:10:00:{number:02x};DHCP;;;;classroom-studentcomputer;;1;;;;\n"


class Growing:
    """A server that gives out a lease ten times a second."""

    def __init__(self, file):
        self._file = file
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while not self._ended.wait(0.1):
            with open(self._file, "a") as file:
                file.write(lease(f"10.250.0.{number % 250}", number))
            number += 1

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def pull(school, rsyncd, hosts, count, failures):
    def cpu():
        processes.settle(rsyncd, school.daemon)
        return processes.cpu_time(rsyncd.pid, children=True) + processes.cpu_time(school.daemon.pid)

    clients = Clients(school, rsyncd, "linbo", SMALL_FILE)
    before = cpu()
    seconds = clients.at_once(count, hosts)
    failures.extend(clients.failures)
    return {"seconds": seconds, "cpu_ms": (cpu() - before) / count, "p50 ms": median(clients.latencies)}


def ratio(samples, key):
    return median(mine[key] / fixed[key] for mine, fixed in zip(samples[MOVING], samples[FIXED]))


def table(results):
    rows = [[f"{AT_ONCE} pulls at once", "seconds", "CPU ms a pull", "p50 ms"]]
    for name, samples in results["samples"].items():
        rows.append([name] + [f"{median(sample[key] for sample in samples):.2f}"
                              for key in ("seconds", "cpu_ms", "p50 ms")])
    ratios = results["ratios"]
    rows.append(["ratio"] + [" ".join([f"{ratios[key]:.2f}", *report.at_most(ratios[key], LIMIT)]) for key in ratios])
    return (report.aligned(rows) + f"\n\nlease file: {results['lease file'] / 1e6:.1f} MB"
            + report.failures(results["failures"]))

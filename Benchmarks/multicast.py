"""An image to one, ten and thirty PCs: by plugin multicast, and by rsync, over a link of 100 Mbit/s."""

import os
import shutil
import subprocess
import time
from statistics import median

import processes
import report

SERVER = "10.79.0.1"
IMAGE = "win11.qcow2"
LINK = "100mbit"


def measure(school, quick):
    obstacle = missing()
    if obstacle:
        return {"skipped": obstacle}
    counts, size, rounds = ([1, 2], 4, 1) if quick else ([1, 10, 30], 32, 3)
    results = {"counts": counts, "size": size, "multicast": {}, "rsync": {}, "cpu": {}, "failed": 0}
    room = Room(school, max(counts), size)
    try:
        room.open()
        for _ in range(rounds):
            for count in counts:
                seconds, cpu = room.round(count, results)
                results["multicast"].setdefault(count, []).append(seconds)
                results["cpu"].setdefault(count, []).append(cpu)
        for count in counts[:2]:
            results["rsync"][count] = room.pulls(count, results)
    finally:
        room.close()
    return results


def missing():
    if os.geteuid() != 0:
        return "not root"
    gone = [program for program in ("udp-sender", "udp-receiver", "ip", "tc") if not shutil.which(program)]
    return f"no {gone[0]}: make test-packages" if gone else None


def run(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Room:
    """A server in a network namespace, its cable shaped, a switch, and PCs in their own."""

    def __init__(self, school, pcs, size):
        self.school, self.pcs, self.size = school, pcs, size
        self.folder = school.folder / "multicast"
        self.name = f"lbm{os.getpid()}"
        self.servers = []

    def open(self):
        (self.folder / f"srv/images/win11").mkdir(parents=True)
        (self.folder / "schools/default-school").mkdir(parents=True)
        (self.folder / f"srv/images/win11/{IMAGE}").write_bytes(os.urandom(self.size << 20))
        (self.folder / "srv/start.conf.win11").write_text(
            f"[LINBO]\nDownloadType = multicast\n[OS]\nBaseImage = {IMAGE}\n")
        (self.folder / "schools/default-school/devices.csv").write_text("".join(
            f"r101;pc{number:02};win11;52:54:00:00:02:{number:02};{self.address(number)};;;;;;1;;;;\n"
            for number in range(1, self.pcs + 1)))
        (self.folder / "setup.ini").write_text("[setup]\n")
        self.configure(1)
        self.make_network()
        modules = subprocess.run([self.school.program("linboctl"), "--config", self.config, "rsyncd-conf"],
                                 check=True, capture_output=True, text=True).stdout
        (self.folder / "rsyncd.conf").write_text(f"port = 873\nlog file = {self.folder}/rsyncd.log\n{modules}")
        self.spawn("rsync", "--daemon", "--no-detach", "--config", self.folder / "rsyncd.conf")
        self.daemon = self.spawn(self.school.program("linbo-hookd"), "serve", "--config", self.config)
        processes.eventually("the daemon listens", lambda: (self.folder / "api.sock").exists())

    def configure(self, clients):
        self.config = self.folder / "linbo-hookd.yaml"
        self.config.write_text(
            f"linbo: {{root: {self.folder}/srv, schools: {self.folder}/schools, setup: {self.folder}/setup.ini}}\n"
            f"state: {self.folder}/state\nsocket: {self.folder}/hook.sock\n"
            f"rsync: {{secrets: {self.folder}/secrets, port: 873}}\ntftp: {{listen: []}}\nplugins:\n  - multicast:\n"
            f"      min-clients: {clients}\n      min-seconds: 0\n      max-seconds: 600\n")

    def make_network(self):
        run("ip", "netns", "add", self.name)
        run("ip", "netns", "add", f"{self.name}s")
        switch = ["ip", "-n", f"{self.name}s"]
        run(*switch, "link", "add", "name", "br0", "type", "bridge")
        run(*switch, "link", "add", "name", "uplink", "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run(*switch, "link", "set", "dev", "uplink", "master", "br0", "up")
        run(*switch, "link", "set", "br0", "up")
        self.plug(self.name, f"{SERVER}/24")
        run("tc", "-n", self.name, "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", LINK, "burst", "64kb", "latency", "50ms")
        for number in range(1, self.pcs + 1):
            inside = self.inside(number)
            run("ip", "netns", "add", inside)
            run(*switch, "link", "add", "name", f"v{number}", "type", "veth", "peer", "name", "eth0", "netns", inside)
            run(*switch, "link", "set", f"v{number}", "master", "br0", "up")
            self.plug(inside, f"{self.address(number)}/24")

    @staticmethod
    def plug(namespace, address):
        run("ip", "-n", namespace, "address", "add", address, "broadcast", "+", "dev", "eth0")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "link", "set", "eth0", "up")

    def inside(self, number):
        return f"{self.name}-{number}"

    @staticmethod
    def address(number):
        return f"10.79.0.{100 + number}"

    def spawn(self, *words):
        with open(self.folder / "servers.log", "ab") as log:
            server = subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, words)], stdout=log, stderr=log)
        self.servers.append(server)
        return server

    def start(self, number, *words):
        return subprocess.Popen(["ip", "netns", "exec", self.inside(number), *map(str, words)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def round(self, count, results):
        """Seconds from the last PC's coming to the last one's end, and the CPU seconds of the sender."""
        self.configure(count)
        run(self.school.program("linboctl"), "--config", self.config, "reload")
        for number in range(1, count + 1):
            run("ip", "netns", "exec", self.inside(number), "rsync", f"rsync://{SERVER}/linbo/multicast.list", self.folder)
        port = (self.folder / "multicast.list").read_text().split(":")[-1].strip()
        processes.eventually("a sender waits for so many", lambda: self.sender(count) is not None)
        sender = self.sender(count)
        receivers = []
        for number in range(1, count + 1):
            if number == count:
                processes.eventually("all others have joined", lambda: self.joined() == count - 1)
                begin, cpu = time.monotonic(), processes.cpu_time(sender)
            receivers.append(self.start(
                number, "udp-receiver", "--nosync", "--nokbd", "--interface", "eth0", "--rcvbuf", "4194304", "--portbase",
                port, "--file", "/dev/null"))
        spent = 0
        while any(receiver.poll() is None for receiver in receivers):
            try:
                spent = processes.cpu_time(sender) - cpu
            except (OSError, IndexError):
                pass
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        results["failed"] += sum(receiver.returncode != 0 for receiver in receivers)
        return seconds, spent

    def joined(self):
        text = subprocess.run([self.school.program("linboctl"), "--config", self.config, "multicast", "--json"],
                              check=True, capture_output=True, text=True).stdout
        return text.count('"joined"') // 2

    def sender(self, count):
        found = subprocess.run(["pgrep", "-f", f"udp-sender.*--min-clients {count} .*--max-wait 600"],
                               capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else None

    def pulls(self, count, results):
        begin = time.monotonic()
        clients = []
        for number in range(1, count + 1):
            clients.append(self.start(number, "rsync", "--whole-file", f"rsync://{SERVER}/linbo/images/win11/{IMAGE}",
                                      self.folder / f"pulled-{number}"))
        results["failed"] += sum(client.wait() != 0 for client in clients)
        return time.monotonic() - begin

    def close(self):
        for server in self.servers:
            processes.end(server)
        for namespace in [self.name, f"{self.name}s"] + [self.inside(number) for number in range(1, self.pcs + 1)]:
            subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL)


def table(results):
    if "skipped" in results:
        return f"multicast: skipped, {results['skipped']}"
    one = median(results["multicast"][results["counts"][0]])
    rows = [["an image over 100 Mbit/s", "s", "× one PC", "sender's CPU ms", "", "target"]]
    for count in results["counts"]:
        seconds = median(results["multicast"][count])
        rows.append([f"multicast to {count}", f"{seconds:.2f}", f"{seconds / one:.2f}",
                     f"{median(results['cpu'][count]):.0f}", *report.at_most(seconds / one, 1.15 if count > 1 else None)])
    for count, seconds in results["rsync"].items():
        rows.append([f"rsync to {count}", f"{seconds:.2f}", f"{seconds / one:.2f}", "", "", ""])
    return f"{results['size']} MiB\n" + report.aligned(rows)

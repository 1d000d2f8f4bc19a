"""TFTP servers side by side with one tree, and the load generator for all of them."""

import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import time

import peers
import processes

OURS = "linbo-hookd"
LIMIT = "limit"
PEERS = tuple(peers.PACKAGES)
ADDRESS = "127.0.0.1"
# dnsmasq serves TFTP on port 69 only.
DNSMASQ = ("127.69.0.1", 69)
BLOCK_SIZES = (512, 1024, 1428, 8192, 65464)
FILES = {"large": 64 << 20, "medium": 1 << 20, "lossy": 100_000, "small": 1024}
CONFIG = """\
  listen: ["{address}:{port}"]
  mtu-safe: false
  max-blksize: 65464
  max-windowsize: 64
  transfers-per-client: 2000
  requests-per-second: 0
"""


class Server:
    def __init__(self, name, process, address, port, log):
        self.name, self.process, self.pid = name, process, process.pid
        self.address, self.port, self.log = address, port, log

    def cpu_time(self):
        """Milliseconds, with all children, once nothing is done any more."""
        if self.name == "in.tftpd":
            processes.eventually("in.tftpd's children end", lambda: not processes.has_children(self.pid), limit=60)
        last = None
        while (now := processes.cpu_time(self.pid, children=True)) != last:
            last = now
            time.sleep(0.02)
        return now


class Lab:
    """All servers that this machine can run, with the files that they serve.

    servers -- by name; whose name is missing is in `missing`, with the reason
    failures -- transfers of ours that failed, in words; `remarks` has those of the others
    """

    def __init__(self, school, quick):
        self.school, self.quick = school, quick
        self.cpus = sorted(os.sched_getaffinity(0))
        self.sizes = (1428, 65464) if quick else BLOCK_SIZES
        self.servers, self.missing, self.failures, self.remarks = {}, {}, [], []
        self.tftpload = self._compile("../Tests/Tools/tftpload.c", "-pthread")
        for name, size in FILES.items():
            (school.tree / name).write_bytes(os.urandom(size))
        self._start_ours()
        for name in PEERS:
            self._start_peer(name)
        self._start_limit()
        self.idle = processes.memory(self.servers[OURS].pid)["now"]

    def compared(self, *others):
        """The names of ours, and of those of the others that run."""
        return [name for name in (OURS, *(others or PEERS)) if name in self.servers]

    # Servers

    def _start_ours(self):
        port = processes.free_port(socket.SOCK_DGRAM)
        self.school.restart_daemon(CONFIG.format(address=ADDRESS, port=port))
        self._add(Server(OURS, self.school.daemon, ADDRESS, port, "hookd.log"))
        if OURS in self.missing:
            raise RuntimeError(f"linbo-hookd does not serve TFTP: {self.missing[OURS]}")

    def _start_peer(self, name):
        program = peers.find(name)
        if not program:
            self.missing[name] = "not on this machine; Benchmarks/peers.py fetches it"
            return
        address, port = DNSMASQ if name == "dnsmasq" else (ADDRESS, processes.free_port(socket.SOCK_DGRAM))
        environment = peers.environment(name)
        if name == "in.tftpd":
            environment["LD_PRELOAD"] = self._compile("reap.c", "-shared", "-fPIC", "-ldl")
        arguments = command(name, address, port, str(self.school.tree))
        log = f"{name}.log"
        self._add(Server(name, self.school.spawn(log, program, *arguments, env=environment), address, port, log))

    def _start_limit(self):
        port = processes.free_port(socket.SOCK_DGRAM)
        program = self._compile("pingpong.c")
        process = self.school.spawn("limit.log", program, str(port), str(self.school.tree / "large"))
        self._add(Server(LIMIT, process, ADDRESS, port, "limit.log"))

    def _add(self, server):
        """Once it has served a file; else it is missing."""
        self.servers[server.name] = server
        time.sleep(0.1)
        first = self.run(server.name, "large" if server.name == LIMIT else "small", "-T", "500")
        if first["failed"]:
            del self.servers[server.name]
            said = (self.school.folder / server.log).read_text(errors="replace").strip().splitlines()
            without = "" if os.geteuid() == 0 else ", and this is not root"
            self.missing[server.name] = (said or [first["first_error"]])[-1] + without
            processes.end(server.process)

    def _compile(self, source, *flags):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise RuntimeError("no C compiler: tftpload can't be built; apt-get install gcc libc6-dev")
        path = peers.FOLDER.parent.parent / "Benchmarks" / source
        program = self.school.folder / path.stem
        subprocess.run([compiler, "-O2", "-o", program, path, *flags], check=True)
        return str(program)

    # Clients

    def run(self, name, file, *options, reference=True, cpu=None):
        """One run of the load generator, on one CPU if `cpu` is given."""
        server = self.servers[name]
        command = [self.tftpload, "-s", server.address, "-p", str(server.port), "-f", file, *map(str, options)]
        if reference:
            command += ["-x", str(self.school.tree / file)]
        everywhere = os.sched_getaffinity(0)
        try:
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})
            client = subprocess.run(command, capture_output=True, text=True)
        finally:
            os.sched_setaffinity(0, everywhere)
        if client.returncode > 1 or not client.stdout:
            raise RuntimeError(f"{' '.join(command)}: exit status {client.returncode}: {client.stderr.strip()}")
        return json.loads(client.stdout)

    def sample(self, name, what, file, *options, cpus=None):
        """A run, with the server's CPU time.

        what -- words for a failure
        cpus -- the client's and the server's, else both go where they want
        """
        server = self.servers[name]
        client_cpu, server_cpus = (cpus[0], {cpus[1]}) if cpus else (None, set(self.cpus))
        processes.pin(server.pid, server_cpus)
        before = server.cpu_time()
        result = self.run(name, file, *options, cpu=client_cpu)
        result["server_ms"] = server.cpu_time() - before
        result["client_share"] = result["cpu_s"] / result["wall_s"] if result["wall_s"] else 0
        if result["failed"]:
            (self.failures if name == OURS else self.remarks).append(
                f"{name}, {what}: {result['failed']} failed: {result['first_error']}")
        return result

    def in_turn(self, names, number):
        """The same names, beginning with another one in each round."""
        first = number % len(names)
        return names[first:] + names[:first]


def command(name, address, port, root):
    """The arguments of a peer."""
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    if name == "in.tftpd":
        return ["--listen", "--foreground", "--address", f"{address}:{port}", "--secure", "-u", user, root]
    if name == "atftpd":
        return ["--daemon", "--no-fork", "--port", str(port), "--bind-address", address, "--user", f"{user}.{group}",
                "--maxthread", "1000", root]
    # Without edns-packet-max, of all things, dnsmasq grants no block above 2,263 bytes.
    return ["--no-daemon", "--conf-file=/dev/null", "--port=0", "--enable-tftp", f"--tftp-root={root}",
            f"--listen-address={address}", "--bind-interfaces", f"--user={user}", "--tftp-max=1000", "--quiet-tftp",
            "--edns-packet-max=65535"]

"""rsync clients, each with an address of its own, one after another or many at once."""

import os
import signal
import time

from school import RSYNC, address


class Clients:
    """Starts clients of one rsyncd's module, each pulling one file. Hosts are numbers of the school's, or addresses.

    They stay in this program's process group and servers do not, so that waiting for the group waits for clients only.
    """

    def __init__(self, school, rsyncd, module, path):
        self.inbox = school.folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.url = f"rsync://127.0.0.1:{rsyncd.port}/{module}/{path}"
        self.failures = []
        self.latencies = []
        self._running = {}
        self._quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                       (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                       (os.POSIX_SPAWN_OPEN, 2, str(school.folder / "clients.log"),
                        os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)]

    def few_at_once(self, count, hosts):
        """`count` pulls, four at once, by `hosts` in turn: rsync waits a tenth of a second at the end of each."""
        for number in range(0, count, 4):
            some = [hosts[(number + offset) % len(hosts)] for offset in range(min(4, count - number))]
            self.at_once(len(some), some)

    def at_once(self, count, hosts):
        """`count` pulls; each of `hosts` starts its next when its last has ended. Returns the seconds it took."""
        began = time.monotonic()
        try:
            for host in hosts:
                self._start(host)
            for _ in range(count - len(hosts)):
                self._start(self._wait())
            while self._running:
                self._wait()
        finally:
            for pid in self._running:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        return time.monotonic() - began

    def _start(self, host):
        target = self.inbox / str(host)
        command = [RSYNC, f"--address={host if isinstance(host, str) else address(host)}", "--contimeout=30", "--timeout=60", self.url, str(target)]
        began = time.monotonic()
        pid = os.posix_spawn(RSYNC, command, os.environ, file_actions=self._quiet)
        self._running[pid] = (host, target, began)

    def _wait(self):
        """Waits for whichever client ends next, and returns its host."""
        pid, status = os.waitpid(0, 0)
        host, target, began = self._running.pop(pid)
        self.latencies.append((time.monotonic() - began) * 1000)
        try:
            arrived = target.stat().st_size > 0
            target.unlink()  # The next pull transfers it again.
        except FileNotFoundError:
            arrived = False
        if status != 0 or not arrived:
            self.failures.append(f"{host}: exit status {os.waitstatus_to_exitcode(status)}")
        return host

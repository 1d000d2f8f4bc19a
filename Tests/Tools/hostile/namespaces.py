"""A cable with a server, two PCs of the school and an attacker on it, each in a network namespace of its own."""

import contextlib
import ctypes
import os
import signal
import subprocess

SERVER = "10.77.0.1"
GOOD, OTHER, ATTACKER = "10.77.0.2", "10.77.0.3", "10.77.0.66"
# Who sits where, and by which card.
MACS = {SERVER: "52:54:00:77:00:01", GOOD: "52:54:00:00:00:01", OTHER: "52:54:00:00:00:02", ATTACKER: "02:00:00:00:00:66"}

# So many processes may live here at a time, the server's among them: a machine that builds something beside this must
# remain one that does.
MOST = 600

_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def obstacle():
    """Why there can be no namespaces here; None if there can."""
    if os.geteuid() != 0:
        return "not root"
    name = f"lh{os.getpid()}x"
    try:
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    except FileNotFoundError:
        return "no ip(8)"
    if made.returncode != 0:
        return f"no network namespaces: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return None


def _check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Cable:
    """The namespaces; leaving the context ends who runs in them and removes them."""

    def __init__(self, most=MOST):
        self.most = most
        self.names = {address: f"lh{os.getpid()}n{address.rpartition('.')[2]}" for address in MACS}

    def __enter__(self):
        try:
            for name in self.names.values():
                _ip("netns", "add", name)
                _ip("-n", name, "link", "set", "lo", "up")
            server = self.names[SERVER]
            _ip("-n", server, "link", "add", "br0", "address", MACS[SERVER], "type", "bridge")
            _ip("-n", server, "addr", "add", f"{SERVER}/16", "dev", "br0")
            _ip("-n", server, "link", "set", "br0", "up")
            for address in (GOOD, OTHER, ATTACKER):
                self._plug_in(address)
            # What goes to other networks leaves by a router, which is nobody who answers.
            _ip("-n", server, "route", "add", "default", "via", ATTACKER)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _plug_in(self, address):
        name, end = self.names[address], "p" + address.rpartition(".")[2]
        _ip("-n", name, "link", "add", "eth0", "address", MACS[address], "type", "veth", "peer", "name", end,
            "netns", self.names[SERVER])
        _ip("-n", self.names[SERVER], "link", "set", end, "master", "br0", "up")
        _ip("-n", name, "addr", "add", f"{address}/16", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")

    def __exit__(self, *_):
        for name in self.names.values():
            pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
            for pid in map(int, pids):
                if pid != os.getpid():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def processes(self):
        """How many live in these namespaces."""
        here = {os.stat(f"/run/netns/{name}").st_ino for name in self.names.values()}
        count = 0
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    count += os.stat(f"/proc/{entry.name}/ns/net").st_ino in here
        return count

    def is_full(self):
        return self.processes() >= self.most

    @contextlib.contextmanager
    def at(self, address):
        """Sockets that are opened meanwhile, and programs that are started, are there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/run/netns/{self.names[address]}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check(_libc.setns(there, _CLONE_NEWNET))
            yield
        finally:
            _check(_libc.setns(home, _CLONE_NEWNET))
            os.close(there)
            os.close(home)

    @contextlib.contextmanager
    def with_address(self, there, address):
        """Whoever sits at `there` takes one more address, which may be somebody else's."""
        name = self.names[there]
        _ip("-n", name, "addr", "add", f"{address}/16", "dev", "eth0")
        try:
            # The server's kernel has the old card in its table until it asks again.
            subprocess.run(["ip", "-n", self.names[SERVER], "neigh", "flush", "dev", "br0"], capture_output=True)
            yield
        finally:
            _ip("-n", name, "addr", "del", f"{address}/16", "dev", "eth0")
            subprocess.run(["ip", "-n", self.names[SERVER], "neigh", "flush", "dev", "br0"], capture_output=True)

    @contextlib.contextmanager
    def switched_off(self, address):
        """A PC that answers nothing, not even that it has no such port."""
        _ip("-n", self.names[address], "link", "set", "eth0", "down")
        try:
            yield
        finally:
            _ip("-n", self.names[address], "link", "set", "eth0", "up")

    @contextlib.contextmanager
    def doing(self, address, work):
        """Has a child at `address` do `work()` as long as the body runs."""
        with self.at(address):
            child = os.fork()
            if child == 0:
                _be_a_child(work)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)


def dies_with_parent():
    """For children: whoever kills this program leaves nobody behind."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _be_a_child(work):
    try:
        os.setsid()
        dies_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        work()
    except BaseException as error:  # Nothing of this program's own way out may run in the child.
        os.write(2, f"hostile: an attacker failed: {error!r}\n".encode())
    finally:
        os._exit(0)


def _ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")

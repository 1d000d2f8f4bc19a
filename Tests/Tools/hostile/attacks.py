"""What one attacker does beside a good client: each is a context manager that does it as long as its body runs."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

import processes
from hostile.namespaces import ATTACKER, SERVER
from hostile.target import TFTP_PORT
from school import RSYNC, SMALL_FILE

RSYNC_PORT = 873
# Of the server's own network, where nobody answers ARP for them: the kernel keeps packets to them for a while.
FORGED = "10.77.8.0*60000"
ELSEWHERE = "10.99.0.0*60000"
# rsyncd's protocol: greeting, module, then the options as rsync itself sends them.
GREETING = b"@RSYNCD: 31.0\n"
OPTIONS = [b"--server", b"--sender", b"-vlLogDtpre.iLsfxCIvu", b"."]


def compiled(target, name="flood"):
    """A C program beside this folder."""
    program = target.folder / name
    if not program.exists():
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise RuntimeError("no C compiler: flood can't be built; apt-get install gcc libc6-dev")
        source = pathlib.Path(__file__).resolve().parents[1] / f"{name}.c"
        subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return str(program)


@contextlib.contextmanager
def flood(target, rate, source, *payloads, ports=TFTP_PORT, seconds=600):
    """Datagrams, so many a second, in turn."""
    command = [compiled(target), SERVER, str(ports), str(rate), str(seconds), source,
               *(payload.hex() for payload in payloads)]
    with target.cable.at(ATTACKER):
        sender = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield sender
        if sender.poll() not in (None, 0):
            raise RuntimeError(f"{command}: exit status {sender.returncode}")
    finally:
        sender.kill()
        sender.wait()


@contextlib.contextmanager
def leases_change(target):
    """A DHCP server writes while something else goes on."""
    def write():
        while True:
            target.append_lease()
            time.sleep(1)
    with target.cable.doing(SERVER, write):
        yield


# Connections that hang

def connection(target, stage, address=ATTACKER, path=SMALL_FILE, there=None):
    """A connection to rsyncd that stops at a stage: connected, greeted, module, upload or pre.

    upload -- module linbo-upload has asked for the password
    """
    with target.cable.at(there or address):
        client = socket.socket()
    try:
        client.settimeout(10)
        client.bind((address, 0))
        client.connect((SERVER, RSYNC_PORT))
        if stage == "connected":
            return client
        client.sendall(GREETING)
        _line(client)
        if stage == "greeted":
            return client
        client.sendall(b"linbo-upload\n" if stage == "upload" else b"linbo\n")
        if stage == "module":
            return client
        if stage == "upload":
            answer = _line(client)
            if not answer.startswith(b"@RSYNCD: AUTHREQD"):
                raise ConnectionError(answer.decode("utf-8", "replace").strip() or "closed")
            return client
        answer = _line(client)
        if not answer.startswith(b"@RSYNCD: OK"):
            raise ConnectionError(answer.decode("utf-8", "replace").strip() or "closed")
        client.sendall(b"\0".join([*OPTIONS, f"linbo/{path}".encode(), b"", b""]))
        return client
    except BaseException:
        client.close()
        raise


def _line(client):
    line = b""
    while not line.endswith(b"\n"):
        byte = client.recv(1)
        if not byte:
            break
        line += byte
    return line


# Each connection is a process of rsyncd's and, when it ends, some of the hooks'.
BATCH = 20


@contextlib.contextmanager
def stalled(target, count, stage):
    """So many connections that hang, as far as the cable is not full; yields how many the server took."""
    open_ones, refused = [], 0
    try:
        # An attacker whom nobody lets in need not go on for long.
        while len(open_ones) + refused < count and refused <= 3 * BATCH:
            if (len(open_ones) + refused) % BATCH == 0 and target.cable.is_full():
                break
            try:
                open_ones.append(connection(target, stage))
            except OSError:
                refused += 1
        yield len(open_ones)
    finally:
        for number, client in enumerate(open_ones):
            client.close()
            if number % BATCH == BATCH - 1:
                time.sleep(0.1)
        ended(target)


def ended(target):
    """Waits until rsyncd serves nobody any more."""
    with contextlib.suppress(RuntimeError):
        processes.eventually("the connections have ended", lambda: not processes.has_children(target.rsyncd.pid),
                             limit=90, step=0.2)


@contextlib.contextmanager
def hanging(target, address, path, there=None):
    """One connection whose files lie in its folder, as long as the body runs."""
    client = connection(target, "pre", address, path, there)
    try:
        view = target.internal / "views" / address / path
        with contextlib.suppress(RuntimeError):
            processes.eventually(f"{address} has {path} in its folder", view.exists, limit=5)
        yield client
    finally:
        client.close()


# Many at once

@contextlib.contextmanager
def clients(target, count, *words, there=ATTACKER, addresses=None):
    """So many runs of rsync at any time: who ends is followed by the next."""
    inbox = target.folder / "attackers-inbox"
    inbox.mkdir(exist_ok=True)

    def start(number):
        own = [f"--address={addresses[number % len(addresses)]}"] if addresses else []
        command = [RSYNC, *own, "--timeout=60", *(word.replace("{inbox}", f"{inbox}/{number}") for word in words)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def work():
        running = {}
        for number in range(count):
            if number % BATCH == 0 and target.cable.is_full():
                break
            running[start(number).pid] = number
        while running:
            pid, status = os.wait()
            # Who is refused comes again, as a script of an attacker would, but leaves this machine some CPU.
            if status != 0:
                time.sleep(0.02)
            number = running.pop(pid)
            running[start(number).pid] = number

    with target.cable.doing(there, work):
        yield
    ended(target)


def listings(target, count):
    return clients(target, count, "-r", "--list-only", f"rsync://{SERVER}/linbo/")


def pulls(target, count, addresses=None):
    """addresses -- of a room; else all are one attacker's."""
    return clients(target, count, f"rsync://{SERVER}/linbo/{SMALL_FILE}", "{inbox}", addresses=addresses)


@contextlib.contextmanager
def room(target, count):
    """So many addresses at the attacker's place, with one card."""
    addresses = [f"10.77.5.{number + 1}" for number in range(count)]
    name = target.cable.names[ATTACKER]
    lines = "".join(f"addr add {address}/16 dev eth0\n" for address in addresses)
    subprocess.run(["ip", "-n", name, "-batch", "-"], input=lines, text=True, check=True)
    try:
        yield addresses
    finally:
        subprocess.run(["ip", "-n", name, "-batch", "-"], input=lines.replace(" add ", " del "), text=True, check=True)

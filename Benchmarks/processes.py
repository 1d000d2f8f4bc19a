"""Processes as /proc shows them: their CPU time, their memory, their children, and how they are ended."""

import os
import pathlib
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of /proc/PID/stat from the third on, proc(5); the second, the name, may hold spaces."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def cpu_time(pid, children=False):
    """Milliseconds of CPU time, user and system; with those of all children that were waited for, and of theirs."""
    fields = stat(pid)
    return sum(map(int, fields[11:15 if children else 13])) * 1000 / TICKS


def started(pid):
    """Clock ticks after boot."""
    return int(stat(pid)[19])


def memory(pid):
    """Resident memory in KiB: now, and the most it ever was."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    values = dict(line.split(":", 1) for line in status.splitlines())
    return {"now": int(values["VmRSS"].split()[0]), "most": int(values["VmHWM"].split()[0])}


def forget_most_memory(pid):
    """The most resident memory is counted from now on; proc(5), clear_refs."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def pin(pid, cpus):
    """All threads of a process, and what they start from now on, run on these CPUs only."""
    for task in os.scandir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task.name), cpus)


def has_children(pid):
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if stat(entry.name)[1] == str(pid):
                    return True
            except OSError:
                continue
    return False


def eventually(what, condition, limit=30, step=0.005):
    """Waits until `condition()` is true."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{limit} s have passed before this: {what}")
        time.sleep(step)


def settle(rsyncd, daemon):
    """Waits until the last post-xfer hook has ended and nobody works any more."""
    eventually("rsyncd's children end", lambda: not has_children(rsyncd.pid))
    last = None
    while (now := cpu_time(daemon.pid)) != last:
        last = now
        time.sleep(0.03)


def end(server):
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
    server.wait()


def end_all_below(folder):
    """Ends what the servers have left: only processes whose command line names our own folder."""
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            if os.fsencode(folder) in pathlib.Path(f"/proc/{entry.name}/cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0

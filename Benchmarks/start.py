"""How long things take to start: the daemon with 5,000 hosts, one hook, and `once`, which stands in for the daemon."""

import os
import socket
import subprocess
import time
from statistics import median

import processes
import report
from school import HOSTS, SMALL_FILE, address

CLIENT = address(130)
QUESTION = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"


def measure(school, quick):
    runs, spawns = (3, 40) if quick else (9, 400)
    results = {"programs": programs(school, spawns), "round trips": round_trips(school, spawns)}
    school.stop_daemon()
    once = {word: [] for word in ("early", "pre", "post")}
    for _ in range(runs):
        for word, times in once.items():
            times.append(spawned([school.program("linbo-hookd"), "once", word, "--config", str(school.config)],
                                 environment(school, word)))
    ready = []
    for _ in range(runs):
        ready.append(daemon_start(school))
        school.stop_daemon()
    school.start_daemon()
    return results | {"once": once, "daemon": ready, "rows": rows(results, once, ready)}


def programs(school, count):
    """Programs that do nothing, in turn, so that each meets the same machine."""
    commands = {"/bin/true": ["/bin/true"], "linbo-hook --version": [school.program("linbo-hook"), "--version"]}
    times = {name: [] for name in commands}
    for _ in range(count):
        for name, command in commands.items():
            times[name].append(spawned(command, os.environ))
    return times


def round_trips(school, count):
    """The hooks of a transfer as rsyncd runs them, without rsyncd: this process plays its part."""
    command = [school.program("linbo-hook"), "--socket", str(school.socket), "--config", str(school.config)]
    times = {word: [] for word in ("early", "pre", "post")}
    for _ in range(count):
        for word in times:
            times[word].append(spawned(command + [word], environment(school, word)))
    return times


def environment(school, word):
    variables = {
        "RSYNC_MODULE_NAME": "linbo", "RSYNC_MODULE_PATH": f"{school.internal}/views/{CLIENT}",
        "RSYNC_HOST_ADDR": CLIENT, "RSYNC_HOST_NAME": "UNDETERMINED", "RSYNC_USER_NAME": "",
        "RSYNC_PID": str(os.getpid())}
    if word == "pre":
        asked = ["rsyncd", "--server", "--sender", "-e.LsfxCIvu", ".", SMALL_FILE]
        variables |= {f"RSYNC_ARG{number}": text for number, text in enumerate(asked)}
        variables["RSYNC_REQUEST"] = f"linbo/{SMALL_FILE}"
    if word == "post":
        variables |= {"RSYNC_EXIT_STATUS": "0", "RSYNC_RAW_STATUS": "0"}
    return os.environ | variables


def spawned(command, variables):
    """Milliseconds from the start of a program to its end."""
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_RDWR, 0) for descriptor in (0, 1)]
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, variables, file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    took = (time.perf_counter() - began) * 1000
    if status != 0:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return took


def daemon_start(school):
    """Milliseconds until the daemon's hooks are answered, and until it has answered a question to its API."""
    began = time.perf_counter()
    daemon = school.launch_daemon()
    processes.eventually("the socket accepts", lambda: school.accepts() or daemon.poll() is not None, step=0.0005)
    accepted = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as client:
        processes.eventually("the API accepts", lambda: client.connect_ex(str(school.api)) == 0, step=0.0005)
        client.sendall(QUESTION)
        if not client.recv(12).startswith(b"HTTP/1.1 200"):
            raise RuntimeError("the daemon does not answer a question")
    return {"accepts": (accepted - began) * 1000, "answers": (time.perf_counter() - began) * 1000,
            "memory, KiB": processes.memory(daemon.pid)["now"]}


def rows(results, once, ready):
    """name, milliseconds, the most that is wanted"""
    started = [(f"linbo-hookd, {HOSTS} hosts: {key}", median(run[key] for run in ready), None)
               for key in ("accepts", "answers")]
    return (
        [(name, median(times), None) for name, times in results["programs"].items()]
        + [(f"linbo-hook {word}", median(times), 1.5 if word == "pre" else None)
           for word, times in results["round trips"].items()]
        + [(f"linbo-hookd once {word}", median(times), None) for word, times in once.items()]
        + started)


def table(results):
    lines = [["start to end", "ms", "target", ""]]
    for name, milliseconds, limit in results["rows"]:
        lines.append([name, f"{milliseconds:.2f}", *report.at_most(milliseconds, limit)])
    memory = median(run["memory, KiB"] for run in results["daemon"]) / 1024
    return report.aligned(lines) + f"\n\ndaemon's resident memory after its start, MiB: {memory:.1f}"

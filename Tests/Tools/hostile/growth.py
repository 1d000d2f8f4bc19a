"""N8, N13, N19, N24 to N27: what grows, and what is told when there is no more."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

import processes
from hostile import attacks
from hostile.files import image
from hostile.namespaces import ATTACKER, GOOD, SERVER
from hostile.packets import rrq
from hostile.target import known, stand_ins
from hostile.verdict import broken, finding, first_line, held, held_if
from school import SMALL_FILE

# KiB a second of a flood that goes on: 40 GB a month of nothing else, and the database has a limit besides.
GROWTH = 16
# Two for each core, and some that are just ending.
FEW = 2 * (os.cpu_count() or 1) + 4
# Seconds: how long the first rows may take, and what is looked at.
PATIENCE, WINDOW = 20, 3


def growth(target, attack):
    """KiB a second that log and database grow by, once the first rows are over: they are worth having."""
    end = time.monotonic() + PATIENCE
    with attack:
        while True:
            before = target.size_of_records()
            time.sleep(WINDOW)
            rate = (target.size_of_records() - before) / 1024 / WINDOW
            if rate <= GROWTH or time.monotonic() > end:
                return rate


@finding("N8", "a flood of refused names grows log and database by no more than a trickle")
def refused_names(school):
    with school() as target:
        name = "../" + "A" * 190
        rate = growth(target, attacks.flood(target, 20_000 * target.pace, attacks.FORGED, rrq(name)))
        asked = f"{20_000 * target.pace:,.0f} requests a second"
        return held_if(rate <= GROWTH, f"{rate:,.0f} KiB a second at {asked}; {GROWTH} is the limit")


@finding("N8", "requests of many names by rsync grow log and database by no more than a trickle", short=False)
def many_names(school):
    with school() as target:
        names = [f"rsync://{SERVER}/linbo/..{number:04}{'A' * 90}" for number in range(900)]
        rate = growth(target, attacks.clients(target, 4, *names, "{inbox}/"))
        return held_if(rate <= GROWTH, f"{rate:,.0f} KiB a second by 4 clients of one address; {GROWTH} is the limit")


@finding("N8", "a storm in a known PC's name does the same", short=False)
def known_names(school):
    with school(tftp="  log-misses: true\n") as target:
        rate = growth(target, attacks.flood(target, 20_000 * target.pace, GOOD, rrq("none/" + "A" * 90)))
        return held_if(rate <= GROWTH, f"{rate:,.0f} KiB a second; {GROWTH} is the limit")


@finding("N19", "the printed modules end connections that hang, and limit them")
def limits_are_printed(school):
    with school() as target:
        conf = target.conf
        module = conf[conf.index("[linbo]"):conf.index("[linbo-upload]")]
        upload = conf[conf.index("[linbo-upload]"):]
        missing = [f"{word} in [{name}]" for name, text in (("linbo", module), ("linbo-upload", upload))
                   for word in ("timeout", "max connections") if not re.search(rf"^\s*{word} = [1-9]", text, re.M)]
        return held_if(not missing, "timeout and max connections are there" if not missing
                       else "not there: " + ", ".join(missing))


@finding("N19", "one address can't take all connections: others are served beside 60 that hang")
def one_address(school):
    with school() as target:
        known(target)
        with attacks.stalled(target, 60, "pre") as taken:
            content, done = target.pull(SMALL_FILE, GOOD)
            evidence = f"{taken} of 60 were taken"
            if not content:
                return broken(f"{evidence}, and the good client got: {first_line(done.stderr)}")
            return held_if(taken < 60, evidence)


@finding("N19", "who knows no password can't take all connections for uploads", short=False)
def uploads_of_one_address(school):
    with school() as target:
        target.write("outbox/x.qcow2", image())
        with attacks.stalled(target, 250, "upload") as taken:
            done = target.push(target.folder / "outbox/x.qcow2", "images/x/x.qcow2", GOOD)
        return held_if(done.returncode == 0, f"{taken} of 250 were taken, and a PC's upload "
                       + ("is taken" if done.returncode == 0 else f"is refused: {first_line(done.stderr)}"))


@finding("N24", "metrics answer again after too many half-open requests")
def half_open(school):
    extra = f"metrics:\n  listen: \"{SERVER}:9469\"\n"
    with school(extra=extra, nofile=1024) as target:
        processes.eventually("metrics answer", lambda: metrics(target))
        with target.cable.at(ATTACKER), contextlib.ExitStack() as stack:
            for _ in range(1500):
                client = stack.enter_context(socket.socket())
                client.settimeout(2)
                try:
                    client.connect((SERVER, 9469))
                    client.sendall(b"GET /metrics HTTP/1.1\r\n")
                except OSError:
                    break
        try:
            processes.eventually("metrics answer again", lambda: metrics(target), limit=20, step=0.2)
        except RuntimeError:
            return broken("nothing answers 20 s after the attacker has gone")
        return held("metrics answer after 1,500 half-open requests with 1,024 descriptors")


def metrics(target):
    with target.cable.at(ATTACKER), socket.socket() as client:
        client.settimeout(2)
        try:
            client.connect((SERVER, 9469))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return b"linbo_" in client.recv(65536) + client.recv(65536)
        except OSError:
            return False


@finding("N25", "with the daemon stopped, no more than a few stand in for it at once")
def once_at_a_time(school):
    with school() as target:
        target.stop_daemon()
        most = 0
        with attacks.room(target, 24) as addresses, attacks.pulls(target, 24, addresses):
            for _ in range(40):
                most = max(most, stand_ins(target))
                time.sleep(0.1)
        return held_if(most <= FEW, f"{most} `once` at the same time beside 24 pulls; {FEW} is the limit")


@finding("N26", "a full state disk is told by check")
def full_state(school):
    with school(before=tmpfs, after=unmount) as target:
        with open(target.folder / "state/filler", "wb") as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"\0" * 65536)
                filler.flush()
        said = target.check()
        content, _ = target.pull(SMALL_FILE, GOOD)
        if not content:
            return broken("the good client got nothing")
        return held_if(re.search(r"state.*(full|space|free)", said) is not None, first_line(said))


def tmpfs(target):
    state = target.folder / "state"
    state.mkdir(0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "hostile", str(state)], check=True)


def unmount(target):
    subprocess.run(["umount", "-l", str(target.folder / "state")], capture_output=True)


@finding("N27", "a daemon with too few descriptors for TFTP ends on SIGTERM")
def ends(school):
    refused = 0
    for limit in (36, 44, 52, 60):
        try:
            with school(nofile=limit, tftp="  threads: 4\n") as target:
                time.sleep(0.5)
                target.daemon.send_signal(signal.SIGTERM)
                try:
                    target.daemon.wait(15)
                except subprocess.TimeoutExpired:
                    target.daemon.kill()
                    return broken(f"with {limit} descriptors it is alive 15 s after SIGTERM")
        except RuntimeError as error:
            if "ended:" not in str(error):
                raise
            refused += 1
    return held(f"with 36 to 60 descriptors it ended 4 of 4 times, {refused} of them at its start")

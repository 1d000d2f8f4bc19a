"""One attacker, one good client: how long the client waits beside each attack; for `make hostile` and `make bench`."""

import contextlib
import dataclasses
import math
import time
from statistics import median

import processes
from hostile import attacks, files
from hostile.namespaces import GOOD
from hostile.packets import Failed, fetch, rrq
from hostile.target import CLAIMED_FILE, Target, known
from school import MADE_FILE, SMALL_FILE

FILES = 20_000
LEASES = 5  # MiB
MISSING = "none/there.txt"
# Goals. Firmware and GRUB ask again after a second, so that what TFTP takes up to a hundredth of it nobody feels.
MEDIAN, P99, UNFELT = 1.5, 1.0, 0.01
# A row ends after so many seconds even if it has fewer samples, but not with fewer than the least.
PATIENCE, LEAST = 30, 4
# On a busy machine a flood of 20,000 a second leaves no CPU to anybody, whatever the server does.
SHORT_PACE = 0.1


@dataclasses.dataclass(frozen=True)
class Row:
    """
    attack -- a context manager, given the school
    kind -- which school: `plain`, `leases`, `stopped` or `crash`
    pull, tftp -- what the good client does
    timed -- whether the goals for times count; else only that nothing fails
    short -- whether it is among the rows of the short run
    finding -- what it belongs to
    """
    name: str
    attack: object
    finding: str = ""
    kind: str = "plain"
    pull: bool = True
    tftp: bool = True
    timed: bool = True
    short: bool = False


def nothing(_):
    return contextlib.nullcontext()


def flood(rate, source, name):
    return lambda target: attacks.flood(target, rate * target.pace, source, rrq(name))


def flood_with_leases(rate, source, name):
    @contextlib.contextmanager
    def attack(target):
        with attacks.leases_change(target), attacks.flood(target, rate * target.pace, source, rrq(name)):
            yield
    return attack


def stalled(count, stage):
    """As many as the cable's limit of processes lets live: `--processes` raises it on a machine of one's own."""
    return lambda target: attacks.stalled(target, count, stage)


def listings(count):
    return lambda target: attacks.listings(target, count)


def pulls(count):
    return lambda target: attacks.pulls(target, count)


def room(count):
    """Not one attacker, but that many PCs."""
    @contextlib.contextmanager
    def attack(target):
        with attacks.room(target, count) as addresses, attacks.pulls(target, count, addresses):
            yield
    return attack


@contextlib.contextmanager
def hostile_image(target):
    """N1. Pushed once; systemd starts the daemon again and again."""
    target.write("outbox/evil.qcow2", files.hostile_image())
    target.write("outbox/evil.qcow2.info", files.info("evil.qcow2", 4096))
    for suffix in ("", ".info"):
        target.push(target.folder / f"outbox/evil.qcow2{suffix}", f"images/evil/evil.qcow2{suffix}")
    with contextlib.suppress(RuntimeError):
        processes.eventually("it was looked at", lambda: not target.is_alive()
                             or not list((target.internal / "uploads/due").glob("evil*")), limit=5)
    yield


ROWS = [
    Row("none", nothing, short=True),
    Row("20,000 RRQ/s, one address, a name that is not there", flood(20_000, "own", MISSING)),
    Row("… 60,000 forged addresses", flood(20_000, attacks.FORGED, MISSING), "B7", short=True),
    Row("… 60,000 of other networks", flood(20_000, attacks.ELSEWHERE, MISSING), "B7"),
    Row("… a file that is there", flood(20_000, attacks.FORGED, SMALL_FILE), "B7"),
    Row("… a name that grub-img claims, no lease file", flood(20_000, attacks.FORGED, CLAIMED_FILE), "B7", short=True),
    Row("… the same from one address", flood(20_000, "own", CLAIMED_FILE), "B7"),
    Row("none, a lease file of 5 MB", nothing, kind="leases"),
    Row("200/s claimed, 5 MB of leases", flood_with_leases(200, attacks.FORGED, CLAIMED_FILE), "B7", "leases", short=True),
    Row("2,000/s claimed, 5 MB of leases", flood_with_leases(2_000, attacks.FORGED, CLAIMED_FILE), "B7", "leases"),
    Row("20,000/s claimed, 5 MB of leases", flood_with_leases(20_000, attacks.FORGED, CLAIMED_FILE), "B7", "leases"),
    Row("20/s in the PC's own name, not there", flood(20, GOOD, MISSING), "N6"),
    Row("20/s in the PC's own name, a file", flood(20, GOOD, SMALL_FILE), "N6", short=True),
    Row("20/s in the PC's own name, claimed", flood(20, GOOD, CLAIMED_FILE), "N6"),
    Row("20,000/s in the PC's own name, a file", flood(20_000, GOOD, SMALL_FILE), "N6", short=True),
    Row("20,000/s in the PC's own name, claimed", flood(20_000, GOOD, CLAIMED_FILE), "N6"),
    Row("300 stalled connections, TCP only", stalled(300, "connected"), "N19"),
    Row("300 stalled, greeted", stalled(300, "greeted"), "N19"),
    Row("300 stalled, module chosen", stalled(300, "module"), "N19"),
    Row("300 stalled, after pre", stalled(300, "pre"), "N19"),
    Row("2,500 stalled, TCP only", stalled(2500, "connected"), "N19"),
    Row("2,500 stalled, greeted", stalled(2500, "greeted"), "N19"),
    Row("2,500 stalled, module chosen", stalled(2500, "module"), "N19"),
    Row("2,500 stalled, after pre", stalled(2500, "pre"), "N19"),
    Row("4 listings of 20,000 files at once", listings(4), "N7"),
    Row("12 listings at once", listings(12), "N7", short=True),
    Row("60 listings at once", listings(60), "N7"),
    Row("150 listings at once", listings(150), "N7"),
    Row("20 pulls of start.conf at once", pulls(20), "N7", short=True),
    Row("40 pulls at once", pulls(40), "N7"),
    Row("120 pulls at once", pulls(120), "N7"),
    Row("a room: 40 pulls by 40 addresses", room(40), timed=False),
    Row("a room: 120 pulls by 120 addresses", room(120), timed=False),
    Row("daemon stopped", nothing, "N25", "stopped", tftp=False, timed=False, short=True),
    Row("daemon stopped, beside 10 pulls at once", pulls(10), "N25", "stopped", tftp=False, timed=False,
        short=True),
    Row("daemon stopped, beside 40 pulls", pulls(40), "N25", "stopped", tftp=False, timed=False),
    Row("daemon stopped, beside 120 pulls", pulls(120), "N25", "stopped", tftp=False, timed=False),
    Row("daemon stopped, a room of 40 at once", room(40), "N25", "stopped", tftp=False, timed=False),
    Row("crash loop: an image's header", hostile_image, "N1", "crash", short=True),
]


class Samples:
    """Seconds of what came, and words for what did not."""

    def __init__(self):
        self.seconds, self.failures = [], []

    def add(self, work):
        began = time.monotonic()
        failure = work()
        if failure:
            self.failures.append(failure)
        else:
            self.seconds.append(time.monotonic() - began)

    def figures(self):
        ordered = sorted(self.seconds)
        return {"median": median(ordered) if ordered else None,
                "p99": ordered[math.ceil(len(ordered) * 0.99) - 1] if ordered else None,
                "samples": len(ordered) + len(self.failures), "failed": len(self.failures),
                "first failure": self.failures[0] if self.failures else ""}


def pull(target):
    content, done = target.pull(MADE_FILE, GOOD)
    if Target.key(1).encode() in content:
        return None
    said = done.stderr.strip().splitlines()
    return f"rsync: exit status {done.returncode}: {said[0] if said else 'without its key'}"


def boot(target, path):
    try:
        content, _ = fetch(target, path, GOOD)
    except Failed as failed:
        return f"TFTP, {path}: {failed}"
    return None if content else f"TFTP, {path}: empty"


def run(target, row, count):
    """One row's figures."""
    pulled, booted = Samples(), Samples()
    with row.attack(target) as taken:
        began = time.monotonic()
        for number in range(count):
            if number >= LEAST and time.monotonic() - began > PATIENCE:
                break
            if row.kind == "crash":
                target.revive()
            if row.pull:
                pulled.add(lambda: pull(target))
            if row.tftp:
                booted.add(lambda: boot(target, CLAIMED_FILE if number % 2 else SMALL_FILE))
    note = f"{taken} were taken" if isinstance(taken, int) else ""
    return {"rsync": pulled.figures() if row.pull else None, "tftp": booted.figures() if row.tftp else None, "note": note}


def forgotten(target, row):
    """Waits until what the row before has left is over, if it is."""
    if row.tftp and target.is_alive():
        with contextlib.suppress(RuntimeError):
            processes.eventually("TFTP answers the good client", lambda: boot(target, SMALL_FILE) is None, step=0.5)


@contextlib.contextmanager
def school(build, cable, kind, icons, pace):
    with Target(build, cable, files=icons, leases=LEASES if kind == "leases" else 0) as target:
        target.pace = pace
        attacks.compiled(target)
        known(target)
        if kind == "stopped":
            target.stop_daemon()
            # What ends the context ends servers that are there.
        yield target


def measure(build, cable, rows, count, icons=FILES, short=False, tell=lambda row, figures: None):
    """Each row's figures by its name, in order.

    short -- only rows that are sure on any machine, and no goals for times
    """
    rows = [row for row in rows if row.short or not short]
    if ROWS[0] not in rows:
        rows.insert(0, ROWS[0])
    pace = SHORT_PACE if short else 1
    results = {}
    for kind in dict.fromkeys(row.kind for row in rows):
        with school(build, cable, kind, icons, pace) as target:
            for row in rows:
                if row.kind == kind:
                    forgotten(target, row)
                    results[row.name] = run(target, row, count)
                    tell(row, results[row.name])
    alone = results[ROWS[0].name]
    return {row.name: judged(row, results[row.name], alone, row.timed and not short) for row in rows}


def judged(row, figures, alone, is_timed):
    """With what is missed, in words."""
    missed = []
    for way in ("rsync", "tftp"):
        mine = figures[way]
        if mine is None:
            continue
        if mine["failed"]:
            missed.append(f"{way}: {mine['failed']} of {mine['samples']} failed")
        if not is_timed or mine["median"] is None:
            continue
        limit = max(MEDIAN * alone[way]["median"], UNFELT)
        if mine["median"] > limit:
            missed.append(f"{way}: median above {limit:.3f} s")
        if mine["p99"] > P99:
            missed.append(f"{way}: p99 above {P99:g} s")
    return figures | {"missed": missed, "finding": row.finding}


def failures(results, but_of=()):
    """Words for each good client that did not get its bytes; rows of some findings left out."""
    return [f"{name}: {figures[way]['first failure']}" for name, figures in results.items() for way in ("rsync", "tftp")
            if figures[way] and figures[way]["failed"] and figures["finding"] not in but_of]


def cells(figures):
    """median / p99 of both ways, and the verdict."""
    def cell(mine):
        if mine is None:
            return "–"
        text = "none came" if mine["median"] is None else f"{mine['median']:.3f} / {mine['p99']:.3f}"
        return text + (f", {mine['failed']} of {mine['samples']} fail" if mine["failed"] else "")
    verdict = "missed: " + "; ".join(figures["missed"]) if figures["missed"] else "met"
    return [cell(figures["rsync"]), cell(figures["tftp"]), ", ".join(filter(None, [verdict, figures["note"]]))]


HEADING = ["attack", "rsync: median / p99, s", "TFTP", "goal"]


"""What an attacker in the pupils' network reaches: the attacks of a trial, each beside a good client.

Servers, clients and attackers run in network namespaces of their own, in a temporary folder; nothing is left behind. As
root. All loops are bounded. Exit status: 0 all held (or a short run that can't be here, which says so), 1 something is
broken, 3 left out.
"""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "Benchmarks")]

import argparse
import contextlib
import shutil
import signal
import subprocess
import time

import report
from hostile import daemon_rows, growth, isolation, tftp_rows, timing, uploads_rows
from hostile.known_open import OPEN
from hostile.namespaces import MOST, Cable, obstacle
from hostile.target import Target
from hostile.verdict import FINDINGS, Verdict, broken

PLAYED = (daemon_rows, growth, isolation, tftp_rows, uploads_rows)
SAMPLES, SHORT_SAMPLES, SHORT_FILES = 20, 3, 2000
# Of the short run: three parts with findings and one with times, and how many processes each may have at a time.
PARTS, SHORT_PROCESSES = 4, 100


def arguments():
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[2] / ".build/release", metavar="DIR",
                        help="where the programs are (%(default)s)")
    parser.add_argument("--short", action="store_true",
                        help="what is fast and sure: a tenth of the rates, no goals for times")
    parser.add_argument("--only", metavar="WORD,…",
                        help="rows whose number or name has one of these; `timing`: all times")
    parser.add_argument("--processes", type=int, default=MOST, metavar="N",
                        help="so many may live at a time, clients and servers (%(default)s); 2,500 connections need 6000")
    parser.add_argument("--part", default="1/1", metavar="I/N",
                        help="every Nth row, from the Ith on; times are the last part")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="writes the tables there, too")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.index, options.parts = map(int, options.part.split("/"))
    for program in ("linbo-hookd", "linbo-hook", "linboctl"):
        if not (options.build / program).exists():
            parser.error(f"{options.build} has no {program}: run `make build` first, or give --build")
    return options


def is_wanted(options, *names):
    words = options.only.split(",") if options.only else []
    return not words or any(word == name or (len(word) > 3 and word in name) for word in words for name in names)


def schools(options, cable):
    """A factory of schools with a daemon each."""
    @contextlib.contextmanager
    def school(before=None, after=None, **settings):
        target = Target(options.build, cable, **settings)
        target.pace = timing.SHORT_PACE if options.short else 1
        try:
            if before:
                before(target)
            with target:
                yield target
        finally:
            if after:
                after(target)
            shutil.rmtree(target.folder, ignore_errors=True)
    return school


def play(finding, school):
    began = time.monotonic()
    try:
        verdict = finding.play(school)
        if verdict.word == "broken" and finding.number in OPEN:
            verdict = Verdict("open", verdict.evidence)
    except Exception as error:  # A row that can't be played to its end has not held.
        verdict = broken(f"it could not be played: {type(error).__name__}: {str(error)[-300:]}")
    print(f"{finding.number:4} {verdict.word:8} {finding.text}: {verdict.evidence} ({time.monotonic() - began:.1f} s)",
          flush=True)
    return verdict


def findings(options, cable):
    school = schools(options, cable)
    wanted = [finding for finding in sorted(FINDINGS, key=order) if (finding.short or not options.short)
              and is_wanted(options, finding.number, finding.text)]
    if options.parts > 1:
        wanted = wanted[options.index - 1::options.parts - 1] if options.index < options.parts else []
    return [(finding, play(finding, school)) for finding in wanted]


def order(finding):
    return finding.number[0] != "N", int(finding.number[1:])


def times(options, cable):
    if options.index < options.parts:
        return {}
    rows = [row for row in timing.ROWS if is_wanted(options, "timing", row.name, row.finding)]
    if not rows or (options.only and rows == [timing.ROWS[0]]):
        return {}

    def tell(row, figures):
        came = ", ".join(f"{way} {figures[way]['samples'] - figures[way]['failed']} of {figures[way]['samples']}"
                         for way in ("rsync", "tftp") if figures[way])
        print(f"     {came}: {row.name}", flush=True)

    count, files = (SHORT_SAMPLES, SHORT_FILES) if options.short else (SAMPLES, timing.FILES)
    return timing.measure(options.build, cable, rows, count, files, options.short, tell)


def markdown(machine, verdicts, results):
    lines = [report.heading(machine, False), "", "| attack | rsync: median / p99, s | TFTP | goal |", "|---|---|---|---|"]
    lines += ["| " + " | ".join([name, *timing.cells(figures)]) + " |" for name, figures in results.items()]
    lines += ["", "| finding | what must hold | | evidence |", "|---|---|---|---|"]
    lines += [f"| {finding.number} | {finding.text} | {verdict.word} | {verdict.evidence.replace('|', '/')} |"
              for finding, verdict in verdicts]
    return "\n".join(lines) + "\n"


def main():
    options = arguments()
    why = obstacle()
    if why:
        print(f"hostile: left out: {why}")
        return 0 if options.short else 3
    # As Ctrl-C: what was started is ended on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.short and options.parts == 1 and not options.only:
        return in_parts(options)
    machine = report.machine()
    print(report.heading(machine, False), flush=True)
    with Cable(options.processes) as cable:
        verdicts = findings(options, cable)
        results = times(options, cable)
    if results:
        print("\n" + report.aligned([timing.HEADING] + [[name, *timing.cells(figures)] for name, figures in
                                                        results.items()]))
    if options.markdown:
        options.markdown.write_text(markdown(machine, verdicts, results))
    return concluded(options, verdicts, results)


def in_parts(options):
    """Rows wait most of the time: this program several times at once, each with a cable of its own."""
    command = [sys.executable, str(HERE), "--short", "--build", str(options.build), "--processes", str(SHORT_PROCESSES)]
    parts = [subprocess.Popen([*command, "--part", f"{part}/{PARTS}"]) for part in range(1, PARTS + 1)]
    try:
        return max(part.wait() for part in parts)
    finally:
        # On Ctrl-C they have been told as well, and clean up.
        for part in parts:
            part.terminate()
            part.wait()


def concluded(options, verdicts, results):
    wrong = [f"{finding.number}: {verdict.evidence}" for finding, verdict in verdicts if verdict.word == "broken"]
    wrong += timing.failures(results, OPEN)
    by_number = {finding.number: [] for finding, _ in verdicts}
    for finding, verdict in verdicts:
        by_number[finding.number].append(verdict.word)
    closed = [number for number, words in by_number.items() if number in OPEN and set(words) == {"held"}]
    if closed and options.parts == 1:
        print(f"\nnothing of these is broken any more; take them out of known_open.py: {', '.join(closed)}")
    print("\n" + ("\n".join(f"broken: {line}" for line in wrong) or "nothing is broken but what is known to be open"))
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

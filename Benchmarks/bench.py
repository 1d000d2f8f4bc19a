#!/usr/bin/env python3
"""What linbo-hookd costs, beside the same rsyncd without hooks and with hooks that do nothing. README.md explains it."""

import sys

sys.dont_write_bytecode = True

import argparse
import json
import pathlib
import signal

import cpu
import grub
import images
import leases
import load
import macct
import multicast
import remote
import report
import start
import storm
import tftp
import torrent
import tracker
import under_attack
import uploads
from school import School

FOLDER = pathlib.Path(__file__).resolve().parent
SECTIONS = {"cpu": cpu, "load": load, "start": start, "leases": leases, "tftp": tftp, "torrent": torrent, "tracker": tracker,
            "images": images,
            "uploads": uploads, "macct": macct, "remote": remote, "multicast": multicast, "storm": storm,
            "grub": grub, "hostile": under_attack}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=FOLDER.parent / ".build/release", metavar="DIR",
                        help="where the programs are (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few rounds: shows that it works, not how fast it is")
    parser.add_argument("--json", type=pathlib.Path, default=FOLDER / "results.json", metavar="FILE",
                        help="every round's figures (%(default)s)")
    parser.add_argument("--only", type=sections, default=list(SECTIONS), metavar="SECTION,…",
                        help="some of " + ", ".join(SECTIONS))
    options = parser.parse_args()
    for program in ("linbo-hookd", "linbo-hook", "linboctl", "tracker-alone"):
        if not (options.build / program).exists():
            parser.error(f"{options.build} has no {program}: run `swift build -c release` first, or give --build")
    return options


def sections(text):
    names = text.split(",")
    wrong = [name for name in names if name not in SECTIONS]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]} is none of {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if name in names]


def main():
    options = arguments()
    # As Ctrl-C: what was started is ended on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = {"machine": report.machine(), "quick": options.quick}
    print(report.heading(results["machine"], options.quick), flush=True)
    failed = 0
    with School(options.build.resolve()) as school:
        for name in options.only:
            section = SECTIONS[name]
            results[name] = section.measure(school, options.quick)
            failed += results[name].get("failed", 0)
            print("\n" + section.table(results[name]), flush=True)
    results["load average at the end"] = report.load_average()
    options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\nall figures: {options.json}")
    if failed:
        print(f"{failed} pulls or transfers failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

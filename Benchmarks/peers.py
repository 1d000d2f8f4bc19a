#!/usr/bin/env python3
"""The TFTP servers to compare with: Debian's packages, unpacked into .build/tftp-peers and not installed.

tftpd-hpa and atftpd can't be installed together, and their packages start a service. As root or not. What can't be had
is named, and its column will be left out; the exit status is 0 all the same.
"""

import sys

sys.dont_write_bytecode = True

import os
import pathlib
import re
import shutil
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent.parent / ".build/tftp-peers"
PACKAGES = {"in.tftpd": "tftpd-hpa", "dnsmasq": "dnsmasq-base", "atftpd": "atftpd"}


def find(name):
    """The program: the unpacked one, else an installed one."""
    unpacked = FOLDER / PACKAGES[name] / "usr/sbin" / name
    if unpacked.exists():
        return str(unpacked)
    installed = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
    # atftpd calls itself in.tftpd, too, by a symlink.
    return installed if installed and pathlib.Path(installed).resolve().name == name else None


def environment(name):
    """With the libraries that were unpacked beside the program."""
    folders = sorted({str(file.parent) for file in (FOLDER / PACKAGES[name]).glob("**/*.so*")})
    return os.environ | {"LD_LIBRARY_PATH": ":".join(folders)} if folders else dict(os.environ)


def fetch(package, options=()):
    """Unpacks a package, and the libraries that are not installed here, into a folder of its own."""
    plan = apt("-s", "install", "--no-install-recommends", package, options=options)
    wanted = re.findall(r"^Inst (\S+)", plan, flags=re.M)
    debs = FOLDER / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    for name in {package, *(name for name in wanted if name.startswith("lib"))}:
        apt("download", name, options=options, folder=debs)
    for file in debs.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", file, FOLDER / package], check=True)
        file.unlink()


def apt(*arguments, options=(), folder=None):
    # Root's downloads go into a folder that apt's own user may not enter; it says so otherwise.
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", *options, *arguments]
    return subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True).stdout


def own_lists():
    """Options for package lists of our own, fetched now: the system's are missing, or old, and only root renews them."""
    lists = FOLDER / "apt"
    (lists / "lists/partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::lists={lists / 'lists'}", "-o", f"Dir::Cache={lists}"]
    apt("update", options=options)
    return options


def main():
    missing = [package for name, package in PACKAGES.items() if not find(name)]
    options = []
    for package in missing:
        try:
            try:
                fetch(package, options)
            except subprocess.CalledProcessError:
                options = options or own_lists()
                fetch(package, options)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            print(f"{package} can't be had, its column will be missing: {reason}", file=sys.stderr)
    shutil.rmtree(FOLDER / "apt", ignore_errors=True)


if __name__ == "__main__":
    main()

"""How long GRUB images for 500 hosts take, beside grub-mkimage itself run as often, two at a time."""

import concurrent.futures
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import time
from statistics import median

import processes
import report

JOBS = 2
COLD_LIMIT = 1.2
WARM_LIMIT = 0.5
PLATFORMS = {"i386-pc": "i386-pc-pxe", "x86_64-efi": "x86_64-efi"}
CONFIG = """\
linbo:
  root: {folder}/srv
  schools: {folder}/schools
  setup: {folder}/setup.ini
state: {folder}/state
socket: {folder}/hook.sock
tftp:
  listen: []
plugins:
  - grub-img:
      jobs: {jobs}
"""


def measure(school, quick):
    hosts, rounds = (40, 1) if quick else (500, 3)
    results = {"hosts": hosts, "rounds": {}, "failed": 0}
    for platform in PLATFORMS:
        rows = []
        for index in range(rounds):
            with tempfile.TemporaryDirectory(prefix="linbo-bench-grub.", dir=school.folder) as folder:
                rows.append(one(school, pathlib.Path(folder), platform, hosts, oursFirst=index % 2 == 0))
        results["rounds"][platform] = rows
        results["failed"] += sum(row["failed"] for row in rows)
    return results


def one(school, folder, platform, hosts, oursFirst):
    """A menu of each host's own, so that each image is another one."""
    for name in ("srv/boot/grub/hostcfg", "schools/default-school", "state", "theirs"):
        (folder / name).mkdir(parents=True)
    (folder / "linbo-hookd.yaml").write_text(CONFIG.format(folder=folder, jobs=JOBS))
    (folder / "schools/default-school/devices.csv").write_text("".join(
        f"r101;pc{number};win11;52:54:00:00:{number >> 8:02x}:{number & 255:02x};10.0.{number >> 8}.{number & 255};;;;;;1;;;;\n"
        for number in range(1, hosts + 1)))
    (folder / "srv/start.conf.win11").write_text("[LINBO]\nCache = /dev/sda1\n")
    for number in range(1, hosts + 1):
        (folder / f"srv/boot/grub/hostcfg/pc{number}.cfg").write_text(f"echo pc{number}\n")
    row = {}
    if oursFirst:
        row |= ours(school, folder, platform)
    row["grub-mkimage, s"] = theirs(folder, platform, hosts)
    if not oursFirst:
        row |= ours(school, folder, platform)
    return row


def ours(school, folder, platform):
    command = [school.program("linboctl"), "--config", str(folder / "linbo-hookd.yaml"), "grub-img", "build",
               "--platform", platform, "--json"]
    row = {"failed": 0}
    daemon = school.serving(folder / "linbo-hookd.yaml")
    for name in ("cold, s", "warm, s"):
        began = time.perf_counter()
        ended = subprocess.run(command, capture_output=True, check=False)
        row[name] = time.perf_counter() - began
        images = json.loads(ended.stdout)
        row["failed"] += sum(image.get("problem") is not None or image["isNew"] != (name == "cold, s") for image in images)
    processes.end(daemon)
    school.servers.remove(daemon)
    return row


def theirs(folder, platform, hosts):
    """The same modules, and an archive of the same size; the archives lie ready."""
    source = pathlib.Path("/usr/lib/grub") / platform
    modules = module_names(platform, source)
    commands = []
    for number in range(1, hosts + 1):
        archive = folder / f"theirs/{number}.tar"
        with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name, size in (("boot/grub/grub.cfg", 1200), ("boot/grub/menu.cfg", 20)):
                entry = tarfile.TarInfo(name)
                entry.size = size
                tar.addfile(entry, io.BytesIO(f"# {number:<{size - 3}}\n".encode()))
        commands.append(["/usr/bin/grub-mkimage", "-O", PLATFORMS[platform], "-d", str(source), "-p", "(memdisk)/boot/grub",
                         "-o", str(folder / f"theirs/{number}.img"), "-m", str(archive), *modules])
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(run, commands))
    return time.perf_counter() - began


def run(command):
    pid = os.posix_spawn(command[0], command, os.environ)
    if os.waitpid(pid, 0)[1] != 0:
        raise RuntimeError(f"{command} failed")


def module_names(platform, source):
    """As Plugins/GrubImg/Platform.swift has them."""
    common = """all_video boot chain configfile cpuid echo net ext2 extcmd fat gettext gfxmenu gfxterm gzio http iso9660
        ntfs linux linux16 loadenv loopback minicmd normal part_gpt part_msdos png progress read regexp reiserfs search
        search_fs_file search_fs_uuid search_label sleep terminal test tftp memdisk tar"""
    own = {"i386-pc": "biosdisk gfxterm_background ntldr pxe",
           "x86_64-efi": "efi_gop efi_uga efifwsetup efinet linuxefi lsefi lsefimmap lsefisystab"}
    return [name for name in f"{common} {own[platform]}".split() if (source / f"{name}.mod").exists()]


def table(results):
    lines = [[f"images of {results['hosts']} hosts", "s", "÷ grub-mkimage", "target", ""]]
    for platform, rows in results["rounds"].items():
        column = {key: median(row[key] for row in rows) for key in ("cold, s", "warm, s", "grub-mkimage, s")}
        ratio = median(row["cold, s"] / row["grub-mkimage, s"] for row in rows)
        lines.append([f"{platform}: grub-mkimage, {JOBS} at once", f"{column['grub-mkimage, s']:.2f}", "", "", ""])
        lines.append([f"{platform}: linboctl, cold", f"{column['cold, s']:.2f}", f"{ratio:.2f}", *report.at_most(ratio, COLD_LIMIT)])
        limit = WARM_LIMIT if results["hosts"] == 500 else None
        lines.append([f"{platform}: linboctl, warm", f"{column['warm, s']:.2f}", "", *report.at_most(column["warm, s"], limit)])
    return report.aligned(lines)

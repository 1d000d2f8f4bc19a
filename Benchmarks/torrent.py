"""How long a torrent of a large image takes, beside mktorrent and transmission-create, with the image in memory."""

import hashlib
import os
import shutil
import time
from statistics import median

import report

ANNOUNCE = "http://127.0.0.1:6969/announce"
PIECE = 19  # 2^19 = 524288 bytes
STRIPE = 16 << 20
BLOCK = 1 << 20  # small, as this process's own memory is the least that is measured of a program it starts
OURS = "linboctl"
# The most that linboctl's time may be of theirs; for the image with holes, as schools have them.
LIMITS = {"mktorrent -t 2": 1.0, "transmission-create": 0.6}
MEMORY_LIMIT = 64


def measure(school, quick):
    size, rounds = (256 << 20, 3) if quick else (4 << 30, 5)
    images = {"a quarter holes": 4, "no holes": 0}
    results = {"size": size, "rounds": {}, "failed": 0}
    for name, holes in images.items():
        image = make_image(school.folder / "image.qcow2", size, holes)
        commands = tools(school, image)
        runs = {tool: [] for tool in commands}
        order = list(commands)
        for index in range(rounds):
            for tool in order[index % len(order):] + order[:index % len(order)]:
                runs[tool].append(run(commands[tool], school.folder / f"{tool.split()[0]}.torrent"))
        results["rounds"][name] = runs
        results["failed"] += differing(school.folder, commands)
        image.unlink()
    return results


def make_image(path, size, every):
    """Noise in stripes; each `every`th is a hole. Written and read once, so that it is in the page cache."""
    noise = os.urandom(BLOCK)
    with open(path, "wb") as file:
        for offset in range(0, size, BLOCK):
            if every and offset // STRIPE % every == every - 1:
                file.seek(BLOCK, os.SEEK_CUR)
            else:
                # No two blocks alike, and no time lost for fresh noise.
                file.write(offset.to_bytes(8, "little") + noise[8:])
        file.truncate(size)
        os.fsync(file.fileno())
    with open(path, "rb", buffering=0) as file:
        while file.read(BLOCK):
            pass
    return path


def tools(school, image):
    """Command lines; those of tools that are not installed are left out."""
    target = str(school.folder)
    commands = {
        OURS: [school.program("linboctl"), "torrent", "create", "--config", str(school.config), "--announce", ANNOUNCE,
               "--piece-length", str(1 << PIECE), "--output", f"{target}/linboctl.torrent", str(image)],
        "mktorrent -t 2": [shutil.which("mktorrent"), "-t", "2", "-l", str(PIECE), "-a", ANNOUNCE,
                           "-o", f"{target}/mktorrent.torrent", str(image)],
        "transmission-create": [shutil.which("transmission-create"), "-s", str((1 << PIECE) >> 10), "-t", ANNOUNCE,
                                "-o", f"{target}/transmission-create.torrent", str(image)],
    }
    return {name: command for name, command in commands.items() if command[0]}


def run(command, torrent):
    torrent.unlink(missing_ok=True)
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - began
    if status != 0:
        raise RuntimeError(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return {"seconds": took, "cpu": usage.ru_utime + usage.ru_stime, "memory, KiB": usage.ru_maxrss}


def differing(folder, commands):
    """1 if our info hash is not mktorrent's. The info dictionary is the last of both files."""
    if "mktorrent -t 2" not in commands:
        return 0
    hashes = set()
    for name in ("linboctl", "mktorrent"):
        data = (folder / f"{name}.torrent").read_bytes()
        hashes.add(hashlib.sha1(data[data.index(b"4:info") + 6:-1]).hexdigest())
    hashes.add((folder / "linboctl.hash").read_text().strip())
    return 0 if len(hashes) == 1 else 1


def ratios(runs, tool):
    """Round by round."""
    return [ours["seconds"] / theirs["seconds"] for ours, theirs in zip(runs[OURS], runs[tool])]


def table(results):
    lines = [[f"torrent of {results['size'] >> 20} MiB", "s", "CPU s", "peak MiB", "linboctl ÷ it", "least–most", "target", ""]]
    for name, runs in results["rounds"].items():
        limits = LIMITS if name == "a quarter holes" else {}
        for tool, figures in runs.items():
            seconds, cpu = (median(run[key] for run in figures) for key in ("seconds", "cpu"))
            memory = max(run["memory, KiB"] for run in figures) / 1024
            row = [f"{name}: {tool}", f"{seconds:.2f}", f"{cpu:.2f}", f"{memory:.0f}"]
            if tool == OURS:
                lines.append(row + ["", "", *(["memory " + cell if index == 0 else cell for index, cell in
                                               enumerate(report.at_most(memory, MEMORY_LIMIT))])])
            else:
                values = ratios(runs, tool)
                lines.append(row + [f"{median(values):.2f}", f"{min(values):.2f}–{max(values):.2f}",
                                    *report.at_most(median(values), limits.get(tool))])
    return report.aligned(lines)

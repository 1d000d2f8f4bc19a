"""Orders for many PCs at once, beside a script that does an ssh for each step in a tmux session for each PC."""

import ctypes
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
from statistics import median

import processes
import report
from pulls import Clients
from school import SMALL_FILE, address

TOOL = pathlib.Path(__file__).resolve().parent.parent / "Tests/Tools/linbo-pc"
PCS = 100
MANY = 500
SUBREAPER = 36


def measure(school, quick):
    obstacle = missing()
    if obstacle:
        return {"skipped": obstacle}
    few, many, rounds = (10, 20, 1) if quick else (PCS, MANY, 3)
    room = Room(school)
    results = {"pcs": few, "many": many, "ours": [], "script": [], "failed": 0}
    try:
        room.start(many)
        school.restart_daemon("  listen: []\n", extra=room.section(many))
        room.order(school, 1)
        for _ in range(rounds):
            results["script"].append(room.by_script(few, results))
            results["ours"].append(room.by_daemon(school, few, results))
        idle = processes.memory(school.daemon.pid)["now"]
        processes.forget_most_memory(school.daemon.pid)
        results["all"] = room.by_daemon(school, many, results)
        results["memory"] = (processes.memory(school.daemon.pid)["most"] - idle) / 1024
        room.stop()
        results["probe"] = room.probe(school, many, results)
        results["traffic"] = room.traffic(school, many, 1 if quick else 4, results)
    finally:
        room.stop()
        school.restart_daemon("  listen: []\n")
    return results


def missing():
    if os.geteuid() != 0:
        return "not root"
    gone = [program for program in ("dropbear", "ssh", "tmux", "busybox") if not shutil.which(program)]
    return f"no {gone[0]}: make test-packages" if gone else None


def host(number):
    return f"pc{number:04}"


class Room:
    """PCs whose ssh is LINBO's, and a wrapper that answers at once."""

    def __init__(self, school):
        self.folder = school.folder / "pcs"
        self.folder.mkdir()
        self.port = processes.free_port()
        self.key = self.folder / "id"
        self.pcs = []
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        run("dropbearkey", "-t", "ed25519", "-f", self.folder / "host_key")
        run(TOOL, "files", self.folder / "files")

    def section(self, at_once):
        return f"remote:\n  key: {self.key}\n  port: {self.port}\n  at-once: {min(500, at_once)}\n"

    def start(self, count):
        for number in range(1, count + 1):
            home = self.folder / host(number)
            home.mkdir()
            with open(self.folder / "pcs.log", "ab") as log:
                self.pcs.append(subprocess.Popen(
                    [TOOL, "run", self.folder / "files", home, f"{address(number)}:{self.port}",
                     self.folder / "host_key", f"{self.key}.pub"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True))
        for number in range(1, count + 1):
            processes.eventually(f"{host(number)} listens", lambda: listens(address(number), self.port), limit=120)

    def stop(self):
        for pc in self.pcs:
            pc.kill()
        for pc in self.pcs:
            pc.wait()
        self.pcs = []

    def done(self, count):
        files = [self.folder / host(number) / "tmp/done" for number in range(1, count + 1)]
        return sum(file.read_text().count("0 sync:1\n") for file in files if file.exists())

    def order(self, school, count):
        targets = ",".join(host(number) for number in range(1, count + 1))
        return subprocess.run(
            [school.program("linboctl"), "--config", str(school.config), "remote", targets, "sync:1", "--json"],
            capture_output=True, text=True)

    def by_daemon(self, school, count, results):
        """Seconds, and milliseconds of CPU time of the daemon and linboctl, for all PCs."""
        before, cpu = self.done(count), processes.cpu_time(school.daemon.pid)
        own = os.times()
        began = time.perf_counter()
        answer = self.order(school, count)
        took = time.perf_counter() - began
        children = os.times()
        cpu = processes.cpu_time(school.daemon.pid) - cpu
        cpu += 1000 * (children.children_user - own.children_user + children.children_system - own.children_system)
        good = sum(pc["job"]["state"] == "done" for pc in json.loads(answer.stdout or "[]"))
        results["failed"] += count - min(good, self.done(count) - before)
        return {"seconds": took, "cpu": cpu}

    def probe(self, school, count, results):
        """Seconds, and milliseconds of CPU time of the daemon, to ask all PCs what they run. One socket is all of them:
        a dropbear starts a process for whoever knocks, which takes this machine longer than the question."""
        targets = ",".join(host(number) for number in range(1, count + 1))
        with socket.socket() as pcs:
            pcs.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            pcs.bind(("0.0.0.0", self.port))
            pcs.listen(4096)
            cpu, began = processes.cpu_time(school.daemon.pid), time.perf_counter()
            answer = subprocess.run(
                [school.program("linboctl"), "--config", str(school.config), "pcs", "--probe", targets, "--json"],
                capture_output=True, text=True)
        took, cpu = time.perf_counter() - began, processes.cpu_time(school.daemon.pid) - cpu
        results["failed"] += count - sum(pc["found"] == "linbo" for pc in json.loads(answer.stdout or "[]"))
        return {"seconds": took, "cpu": cpu}

    def traffic(self, school, count, rounds, results):
        """Milliseconds of the daemon's CPU time for a pull, all PCs one after the other: alone, and while somebody watches
        what all of them do, in turns; and what it takes to ask once for the state of all."""
        command = [school.program("linboctl"), "--config", str(school.config), "pcs"]
        rsyncd = school.start_rsyncd()
        clients = Clients(school, rsyncd, "linbo", SMALL_FILE)
        found = {"alone": 0, "watched": 0}
        for name in ["alone", "watched"] * rounds:
            watch = school.spawn("watch.log", *command, "--watch") if name == "watched" else None
            processes.settle(rsyncd, school.daemon)
            if watch:
                # It shows that it has begun by the first change.
                clients.few_at_once(4, [1, 2, 3, 4])
                processes.eventually("it watches", lambda: (school.folder / "watch.log").stat().st_size > 0)
                processes.settle(rsyncd, school.daemon)
            cpu = processes.cpu_time(school.daemon.pid)
            clients.few_at_once(count, list(range(1, count + 1)))
            processes.settle(rsyncd, school.daemon)
            found[name] += (processes.cpu_time(school.daemon.pid) - cpu) / count / rounds
            if watch:
                watch.terminate()
                watch.wait()
        cpu, began = processes.cpu_time(school.daemon.pid), time.perf_counter()
        answer = subprocess.run([*command, "--json"], capture_output=True, text=True)
        found |= {"seconds": time.perf_counter() - began, "cpu": processes.cpu_time(school.daemon.pid) - cpu}
        seen = sum(pc["state"]["phase"] != "unknown" for pc in json.loads(answer.stdout or "[]"))
        results["failed"] += len(clients.failures) + max(0, count - seen)
        processes.end(rsyncd)
        return found

    def by_script(self, count, results):
        before = self.done(count)
        script = self.folder / "script"
        names = " ".join(f"{host(number)}={address(number)}" for number in range(1, count + 1))
        script.write_text(SCRIPT.format(folder=self.folder, key=self.key, port=self.port, names=names))
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            # Those whose parent ends are this one's, so that their CPU time is found.
            ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
            subprocess.run(["bash", str(script)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while True:
                    os.wait()
            except ChildProcessError:
                pass
            times = os.times()
            (self.folder / "cpu").write_text(str(1000 * (times.children_user + times.children_system)))
            os._exit(0)
        os.waitpid(child, 0)
        took = time.perf_counter() - began
        results["failed"] += count - (self.done(count) - before)
        return {"seconds": took, "cpu": float((self.folder / "cpu").read_text())}


# What linbo-remote -c does (docs/linbo.md#remote-commands): is it online, then a script of its own in a tmux session
# for each, an ssh for each step, three seconds between steps.
SCRIPT = """\
cd {folder}
export SSH="ssh -i {key} -p {port} -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile={folder}/known"
for pair in {names}; do
  name=${{pair%%=*}} address=${{pair##*=}}
  $SSH -o ConnectTimeout=1 root@$address ls /start.conf >/dev/null 2>&1 || continue
  cat >$name.sh <<DO
$SSH root@$address gui_ctl disable
$SSH root@$address linbo_wrapper sync:1
status=\\$?
sleep 3
$SSH root@$address gui_ctl restore
exit \\$status
DO
  chmod 755 $name.sh
  tmux -L linbo-bench new -d -s ${{name}}_linbo-remote "./$name.sh" \\; pipe-pane "cat >$name.linbo-remote"
done
while tmux -L linbo-bench ls >/dev/null 2>&1; do sleep 0.1; done
"""


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def listens(host, port):
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0


def table(results):
    if "skipped" in results:
        return f"remote: skipped, {results['skipped']}"
    ours = {key: median(row[key] for row in results["ours"]) for key in ("seconds", "cpu")}
    script = {key: median(row[key] for row in results["script"]) for key in ("seconds", "cpu")}
    rows = [["sync:1 on PCs over ssh", "PCs", "s", "CPU ms", "", "", ""],
            ["script, ssh and tmux", str(results["pcs"]), f"{script['seconds']:.2f}", f"{script['cpu']:.0f}", "", "", ""],
            ["linboctl remote", str(results["pcs"]), f"{ours['seconds']:.2f}", f"{ours['cpu']:.0f}", "", "", ""]]
    for what, key in (("time, ours : script", "seconds"), ("CPU, ours : script", "cpu")):
        ratio = ours[key] / script[key]
        rows.append([what, "", "", "", f"{ratio:.2f}", *report.at_most(ratio, 0.2)])
    everything = results["all"]
    rows.append(["linboctl remote", str(results["many"]), f"{everything['seconds']:.2f}", f"{everything['cpu']:.0f}", "", "", ""])
    rows.append(["memory above idle, MiB", str(results["many"]), "", "", f"{results['memory']:.1f}",
                 *report.at_most(results["memory"], 64)])
    probe = results["probe"]
    rows.append(["probe, s", str(results["many"]), f"{probe['seconds']:.2f}", "", f"{probe['seconds']:.2f}",
                 *report.at_most(probe["seconds"], 2)])
    rows.append(["probe, CPU ms", str(results["many"]), "", f"{probe['cpu']:.0f}", f"{probe['cpu']:.0f}",
                 *report.at_most(probe["cpu"], 100)])
    traffic = results["traffic"]
    rows.append(["daemon's CPU for a pull, alone", str(results["many"]), "", f"{traffic['alone']:.2f}", "", "", ""])
    ratio = traffic["watched"] / max(traffic["alone"], 0.01)
    rows.append(["the same, watched : alone", str(results["many"]), "", f"{traffic['watched']:.2f}", f"{ratio:.2f}",
                 *report.at_most(ratio, None)])
    rows.append(["state by traffic of all 5,000", "", f"{traffic['seconds']:.2f}", f"{traffic['cpu']:.0f}", "", "", ""])
    return report.aligned(rows) + (f"\nfailed: {results['failed']}" if results["failed"] else "")

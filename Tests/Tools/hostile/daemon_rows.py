"""B1, B3, B6: what an admin's own hand, a link or a sleeping process does to others."""

import contextlib
import fcntl
import json
import subprocess
import time

import processes
from hostile import attacks
from hostile.namespaces import ATTACKER, GOOD, OTHER, SERVER
from hostile.target import Target, known
from hostile.verdict import finding, held_if, left_out
from school import MADE_FILE

KEY = Target.key(1).encode()


@finding("B1", "a second `serve` beside the running one costs no client its file")
def second_daemon(school):
    with school() as target:
        large = (target.tree / MADE_FILE).read_text() + '"Pad"="' + "A" * (4 << 20) + '"\r\n'
        target.write(f"srv/{MADE_FILE}", large)
        known(target)

        def serve_again():
            while True:
                subprocess.run([target.program("linbo-hookd"), "serve", "--config", str(target.config)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with target.cable.doing(SERVER, serve_again):
            failed = sum(KEY not in target.pull(MADE_FILE, GOOD)[0] for _ in range(12))
        return held_if(failed == 0 and target.is_alive(), f"{failed} of 12 pulls failed")


@finding("B3", "the audit log names the plugin that made bytes that were asked for by a link's name")
def audit_of_a_link(school):
    with school() as target:
        (target.tree / "x.reg").symlink_to(MADE_FILE)
        known(target)
        content, _ = target.pull("x.reg", GOOD)
        if KEY not in content:
            return held_if(True, "the link's name brings no key")
        rows = []

        def told():
            rows[:] = [row for row in json.loads(target.audit()) if row.get("path") == "x.reg"]
            return bool(rows)
        processes.eventually("the audit log has it", told)
        named = any("windows-key" in json.dumps(row) for row in rows)
        return held_if(named, f"plugin {rows[0].get('plugin')}, decision {rows[0].get('decision')}")


@finding("B6", "a process that sleeps with an image's lock keeps no PC from its files")
def held_lock(school):
    with school() as target:
        known(target)
        target.write("outbox/x.qcow2", b"x" * 65536)
        target.push(target.folder / "outbox/x.qcow2", "images/x/x.qcow2")
        locks = [file for file in (target.internal / "uploads/locks").rglob("*") if file.is_file()]
        if not locks:
            return left_out("there is no lock of an image")
        with contextlib.ExitStack() as stack:
            for file in locks:
                fcntl.flock(stack.enter_context(open(file)), fcntl.LOCK_EX)
            for number in range(6):
                stack.enter_context(target.running(
                    ATTACKER if number % 2 else OTHER, "-a", f"{target.folder}/outbox/x.qcow2",
                    f"rsync://linbo@{SERVER}/linbo-upload/images/x/x.qcow2", password=True))
            time.sleep(1)
            with attacks.connection(target, "module"):
                failed = sum(KEY not in target.pull(MADE_FILE, GOOD)[0] for _ in range(4))
            answers = target.linboctl("status").returncode == 0
        return held_if(failed == 0 and answers, f"{failed} of 4 pulls failed, the daemon "
                       + ("answers" if answers else "does not answer"))

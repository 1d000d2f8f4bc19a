"""N2 to N5, N10, N21, N23: no bytes of another, and no secret for whoever has only the address."""

import os
import subprocess
import time

import processes
from hostile import attacks
from hostile.namespaces import ATTACKER, GOOD, MACS, SERVER
from hostile.packets import Failed, fetch
from hostile.target import PASSWORD, Target, known
from hostile.verdict import broken, finding, first_line, held, held_if, left_out
from school import MADE_FILE, SMALL_FILE

KEY = Target.key(1).encode()
VICTIM = 3  # switched off


def stolen(target, paths, secret, address=ATTACKER, there=None):
    """The first of these names, over rsync or TFTP, that brings the secret; None."""
    for path in paths:
        if secret in target.pull(path, address, ["-r"], there)[0]:
            return f"rsync {path}"
        try:
            if secret in fetch(target, path, address, tries=2, there=there)[0]:
                return f"TFTP {path}"
        except Failed:
            continue
    return None


@finding("N2", "clients' folders in the tree under another name are nobody's to read")
def views_in_the_tree(school):
    try:
        with school(linbo="  views: {folder}/srv/views\n") as target:
            target.internal = target.tree / "views"
            known(target)
            with attacks.hanging(target, GOOD, MADE_FILE):
                found = stolen(target, [f"views/views/{GOOD}/{MADE_FILE}", "views/", f"./views//views/{GOOD}/"], KEY)
            return held_if(not found, found or "nothing came by 3 names, rsync and TFTP")
    except RuntimeError as error:
        if "ended:" not in str(error):
            raise
        # Refusing the configuration holds as well.
        said = str(error).partition("ended:")[2]
        return held_if("views" in said, f"the daemon does not start: {first_line(said)}")


@finding("N3", "a symlink to the tree's root opens nothing of the server's own")
def link_to_the_root(school):
    with school() as target:
        (target.tree / "tftpboot").symlink_to(".")
        (target.tree / "icons/back").symlink_to("../.linbo-hookd")
        known(target)
        with attacks.hanging(target, GOOD, MADE_FILE):
            inside = f"views/{GOOD}/{MADE_FILE}"
            found = stolen(target, [f"tftpboot/.linbo-hookd/{inside}", f"tftpboot/tftpboot/.linbo-hookd/{inside}",
                                    "tftpboot/.linbo-hookd/views/", f"icons/back/{inside}", "icons/back/"], KEY)
        if not found:
            found = stolen(target, ["tftpboot/.linbo-hookd/ballast", "icons/back/ballast"], b"\0" * 4096)
        return held_if(not found, found or "nothing came by 7 names, rsync and TFTP")


@finding("N4", "names that come after pre bring nothing that was made for another at the address")
def names_after_pre(school):
    with school() as target:
        known(target)
        with attacks.hanging(target, GOOD, MADE_FILE):
            # The address gets another owner while a connection hangs.
            rows = [target.row(1, name="new0001", key=Target.key(401))] + [target.row(n) for n in range(2, 20)]
            target.set_hosts(rows)
            listed = target.write("names", MADE_FILE + "\n")
            found = target.folder / "inbox" / "after"
            done = target.rsync(GOOD, "-aL", f"--files-from={listed}", f"rsync://{SERVER}/linbo/", f"{found}/")
            by_list = b"".join(file.read_bytes() for file in found.rglob("*") if file.is_file())
            by_folder, _ = target.pull("", GOOD, ["-r"])
        if KEY in by_list:
            return broken(f"files-from brought the key of the address's former host (exit status {done.returncode})")
        if KEY in by_folder:
            return broken("the module's root brought the key of the address's former host")
        if done.returncode == 0:
            return held("files-from brought nothing of the former host's")
        return held(f"files-from: {first_line(done.stderr)}")


@finding("N5", "secrets and what comes once go to no machine with another card; the audit log shows the doubt")
def wrong_card(school):
    with school() as target:
        victim, name = Target.host(VICTIM), Target.name(VICTIM)
        queued = target.linboctl("onboot", "add", name, "upload_image:1")
        if queued.returncode != 0:
            return left_out(first_line(queued.stderr))
        with target.cable.with_address(ATTACKER, victim):
            # Its card stands in the neighbour table, as it does of whoever speaks.
            target.pull(SMALL_FILE, victim, there=ATTACKER)
            taken = [what for what, secret, paths in (
                ("the password", PASSWORD, [f"linbocmd/{name}.cmd", f"linbocmd/{victim}.cmd", "linbocmd/"]),
                ("the product key", Target.key(VICTIM), [MADE_FILE, "images/win11/", f"./{MADE_FILE}"]))
                if stolen(target, paths, secret.encode(), victim, ATTACKER)]
            waits = name in target.linboctl("onboot", "list").stdout
        audit = target.audit()
    if taken:
        return broken(f"another card got {' and '.join(taken)}")
    if MACS[ATTACKER] not in audit:
        return broken(f"nothing of {MACS[ATTACKER]} in the audit log")
    return held_if(waits, "no password, no key, the command waits on, the audit log names the card"
                   if waits else "the command is gone")


@finding("N10", "a host that registered itself gets no key of the pool before an import")
def registered_host(school):
    pool_key = "BBBBB-CCCCC-DDDDD-FFFFF-GGGG2"
    plugins = "  - windows-key:\n      keys: pool\n      pool: {folder}/pool\n"
    with school(plugins=plugins, before=lambda target: target.write(
            "pool", f"windows;{pool_key};50;all\n", 0o600)) as target:
        new = "evil0001"
        row = f"r101;{new};win11;{MACS[ATTACKER]};{ATTACKER};;;;classroom-studentcomputer;;1;;;;"
        done = target.push(target.write(f"outbox/{new}.new", row), f"{new}.new", options=("-a",))
        csv = target.folder / "schools/default-school/devices.csv"
        processes.eventually("the row is there, or refused", lambda: new in csv.read_text() or done.returncode != 0
                             or new in target.audit(), limit=10)
        if new not in csv.read_text():
            return left_out(f"the row was not taken: {first_line(done.stderr)}")
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            content, _ = target.pull(MADE_FILE)
            if pool_key.encode() in content:
                return broken("the key of the pool came at once")
        return held("no key of the pool came within 3 s")


@finding("N21", "no other user of the server reads what was made for a PC, or sees who is there")
def other_users(school):
    with school() as target:
        known(target)
        with attacks.hanging(target, GOOD, MADE_FILE):
            view = target.internal / "views" / GOOD / MADE_FILE
            if not view.exists():
                return left_out(f"there is no {view}")
            read = as_user("cat", str(view))
            listed = as_user("ls", str(target.internal / "views"))
    if KEY in read:
        return broken("a user with group nogroup reads the key")
    return held_if(GOOD.encode() not in listed, "another user reads no made file" + (
        "" if GOOD.encode() not in listed else ", but lists clients' folders"))


def as_user(*command):
    """As dnsmasq or _apt is on Debian."""
    return subprocess.run(["setpriv", "--reuid=1234", "--regid=65534", "--clear-groups", *command],
                          capture_output=True).stdout


@finding("N23", "bytes, mode, owner and time of the tree's files are the same after pulls and dry runs")
def nothing_changes(school):
    def seen(path):
        status = os.stat(path)
        return status.st_mode, status.st_uid, status.st_gid, status.st_size, status.st_mtime_ns, path.read_bytes()

    with school() as target:
        path = target.tree / SMALL_FILE
        before, ctime = seen(path), path.stat().st_ctime_ns
        for options in (["-n"], []):
            target.pull(SMALL_FILE, GOOD, options)
        processes.eventually("the folder is cleared", lambda: path.stat().st_nlink == 1)
        changed = " (ctime and link count do)" if path.stat().st_ctime_ns != ctime else ""
        return held_if(seen(path) == before, f"none of these changes{changed}")

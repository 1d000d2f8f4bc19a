"""N1, N9, N13 to N18, N22: what a holder of the upload password does."""

import hashlib
import os
import re
import struct
import time

import processes
from hostile.files import hostile_image, image, info, torrent
from hostile.namespaces import ATTACKER, GOOD, SERVER
from hostile.verdict import broken, finding, first_line, held, held_if

ESCAPES = b"\x1b]0;owned\x07\x1b[2Jline\nadmin deleted all"
TORRENTS = "  - torrent-create:\n      announce: http://127.0.0.1:6969/announce\n"


def push_set(target, name, content, address=ATTACKER, options=("-Ha", "--chmod=ug=rw,o=r", "--partial"), stamp=None):
    """An image and its .info. The first refusal; None."""
    base = name.split(".")[0]
    stamp = stamp or "202611270800"
    target.write(f"outbox/{name}", content)
    target.write(f"outbox/{name}.info", info(name, len(content), stamp))
    for suffix in ("", ".info"):
        done = target.push(target.folder / f"outbox/{name}{suffix}", f"images/{base}/{name}{suffix}", address, options)
        if done.returncode != 0:
            return done.stderr
    return None


def passes(condition, limit):
    """Whether it came to be."""
    try:
        processes.eventually("it is so", condition, limit=limit, step=0.05)
    except RuntimeError:
        return False
    return True


def set_aside(target):
    """How many uploads are in quarantine."""
    return sum(1 for _ in (target.internal / "uploads/quarantine").glob("*"))


def goes_live(target, name, content, limit=60):
    live = target.tree / "images" / name.split(".")[0] / name
    return passes(lambda: live.exists() and live.read_bytes() == content, limit)


@finding("N1", "no image's header ends the daemon")
def header(school):
    with school() as target:
        push_set(target, "evil.qcow2", hostile_image())
        passes(lambda: not target.is_alive() or set_aside(target), 5)
        died = not target.is_alive()
        again = False
        if died:
            target.servers.remove(target.daemon)
            target.launch_daemon()
            time.sleep(2)
            again = not target.is_alive()
        return held_if(not died, "the daemon lives on" if not died else "it ended" + (
            ", and again at its next start" if again else ""))


@finding("N9", "attributes, owner and mode of an upload block no image's name")
def attributes(school):
    with school() as target:
        target.write("outbox/x.qcow2", image())
        odd = target.folder / "outbox/x.qcow2"
        set_attributes(odd)
        tried = [("-aXA",), ("-a", "-o", "-g", "--chown=1234:1234"), ("-a", "--chmod=000"), ("-a", "--fake-super"),
                 ("-aX", "-M--fake-super"), ("-a", "--chmod=u+s,g+s,o=rwx")]
        for options in tried:
            target.push(odd, "images/x/x.qcow2", options=options)
        time.sleep(1)
        refusal = push_set(target, "x.qcow2", image(salt=b"teacher"), GOOD)
        if refusal:
            return broken(f"the next PC is refused: {first_line(refusal)}")
        if not goes_live(target, "x.qcow2", image(salt=b"teacher")):
            told = target.linboctl("images", "quarantine", "list").stdout
            return broken(f"the next PC's image does not go live; in quarantine: {told}")
        return held(f"after {len(tried)} odd uploads the next PC's image goes live")


def set_attributes(file):
    for name, value in {"user.linbo": b"x" * 100, "trusted.linbo": b"x",
                        "security.capability": struct.pack("<IIIII", 0x02000001, 1 << 21, 0, 0, 0),
                        "system.posix_acl_access": struct.pack("<IHHIHHIHHIHHI", 2, 1, 7, 0xFFFFFFFF, 4, 7, 0xFFFFFFFF,
                                                               16, 7, 0xFFFFFFFF, 32, 7, 0xFFFFFFFF)}.items():
        try:
            os.setxattr(file, name, value)
        except OSError:
            continue


@finding("N13", "text of uploaded files reaches log, audit and events escaped and cut")
def raw_text(school):
    with school(plugins="  - onboot-cmd\n" + TORRENTS) as target:
        long = b"A" * 200_000
        content = torrent(b"x" + ESCAPES + long, b"\0" * 20, 65536)
        push_set(target, "t.qcow2", image())
        goes_live(target, "t.qcow2", image())
        # Each of these is refused or told of, with words of its own in it.
        sets = {".torrent": content, ".desc": ESCAPES + long, ".hash": ESCAPES + long,
                ".info": info("t.qcow2", 65536).replace("t.qcow2\"\n", "t" + ESCAPES.decode() + "\"\n").encode()}
        for suffix, content in sets.items():
            target.write(f"outbox/t.qcow2{suffix}", content)
            target.push(target.folder / f"outbox/t.qcow2{suffix}", f"images/t/t.qcow2{suffix}")
            time.sleep(0.5)
        push_set(target, "t.qcow2", image(salt=b"2"))
        target.push(target.folder / "outbox/t.qcow2.torrent", "images/t/t.qcow2.torrent")
        time.sleep(1.5)
        places = {"log": target.log(), "audit": target.linboctl("audit", "--json").stdout.encode(),
                  "audit as text": target.linboctl("audit").stdout.encode(),
                  "quarantine": target.linboctl("images", "quarantine", "list").stdout.encode(),
                  "database": (target.folder / "state/linbo-hookd.sqlite-wal").read_bytes()}
        raw = [name for name, text in places.items() if b"\x1b]0;owned" in text or b"\nadmin deleted" in text]
        uncut = [name for name, text in places.items() if b"A" * 5000 in text]
        said = [f"raw in {', '.join(raw)}"] * bool(raw) + [f"200,000 letters in {', '.join(uncut)}"] * bool(uncut)
        return held_if(not said, "; ".join(said) or "escaped and cut in log, audit, quarantine and database")


@finding("N14", "an ISO's name is a plain one, and what was live is kept")
def isos(school):
    with school() as target:
        live = target.write("srv/debian.iso", b"the admin's own")
        target.write("outbox/e.iso", b"hostile" * 100)
        names = ["a$(reboot).iso", "x;id;.iso", "*.iso", "con%n%s.iso", "a b.iso", "-rf.iso", "a'b.iso"]
        taken = [name for name in names if target.push(target.folder / "outbox/e.iso", name).returncode == 0]
        target.push(target.folder / "outbox/e.iso", "debian.iso")
        time.sleep(1)
        backups = [file for file in target.tree.rglob("*") if file.is_file() and file.read_bytes() == b"the admin's own"]
        evidence = [f"taken: {' '.join(taken)}"] * bool(taken)
        evidence += [] if backups or live.read_bytes() == b"the admin's own" else ["the one before is gone"]
        return held_if(not evidence, "; ".join(evidence) or f"{len(names)} odd names are refused, the one before is there")


@finding("N15", "an .info alone does not have every PC fetch the image again")
def lone_info(school):
    with school() as target:
        file = target.tree / "images/win11/win11.qcow2.info"
        before = file.read_bytes()
        target.write("outbox/win11.qcow2.info", info("win11.qcow2", 65536, "202612312359"))
        done = target.push(target.folder / "outbox/win11.qcow2.info", "images/win11/win11.qcow2.info")
        if done.returncode:
            return held(first_line(done.stderr))
        passes(lambda: file.read_bytes() != before or set_aside(target), 3)
        return held_if(file.read_bytes() == before, "the live one is as before" if file.read_bytes() == before
                       else "live with another timestamp")


@finding("N16", "a torrent that comes alone goes live only if it is the live image's")
def lone_torrent(school):
    with school(plugins="  - onboot-cmd\n") as target:
        live = target.tree / "images/win11/win11.qcow2.torrent"
        digest = hashlib.sha1(b"not the image").digest()
        contents = (b"d4:evil3:bade", torrent(b"win11.qcow2", digest, 65536), torrent(b"../../x", digest, 65536))
        for number, content in enumerate(contents):
            target.write("outbox/win11.qcow2.torrent", content)
            target.push(target.folder / "outbox/win11.qcow2.torrent", "images/win11/win11.qcow2.torrent")
            passes(lambda: live.exists() or set_aside(target) > number, 3)
            if live.exists():
                return broken(f"live: {live.read_bytes()[:40]!r}")
        return held("3 of 3 stay out")


@finding("N17", "a request that promised one file sends no tree, and many small files are told of")
def trees(school):
    with school() as target:
        for number in range(600):
            target.write(f"outbox/tree/{number:04}.qcow2", b"x")
        target.push(f"{target.folder}/outbox/tree/", "images/y/y.qcow2", options=("-a", "-r"))
        bare = target.push(f"{target.folder}/outbox/tree/", "images/y/", options=("-a", "-r"))
        if bare.returncode == 0:
            return broken("a folder is taken without a file's name")
        # The client's end comes before that of the server's last hook, which clears up.
        uploads = target.internal / "uploads"
        gone = passes(lambda: entries(uploads) < 200, 10)
        return held_if(gone, f"{entries(uploads)} files lie in uploads/ after 600 were sent; {first_line(bare.stderr, 80)}")


def entries(folder):
    """However many go meanwhile."""
    return sum(len(folders) + len(names) for _, folders, names in os.walk(folder))


@finding("N18", "an upload that hardly moves holds an image's name for a limited time only", short=False)
def slow_upload(school):
    with school(uploads="  stalled: 1s\n") as target:
        big = target.write("outbox/mint.qcow2", image(4 << 20))
        with target.running(ATTACKER, "-a", "--bwlimit=16", str(big),
                            f"rsync://linbo@{SERVER}/linbo-upload/images/mint/mint.qcow2", password=True):
            time.sleep(40)
            refusal = push_set(target, "mint.qcow2", image(), GOOD)
            return held_if(refusal is None, "the next PC is let in after 40 s" if refusal is None else first_line(refusal))


@finding("N22", "registrations: no role of a server, nobody's address, and not without limit")
def registrations(school):
    with school() as target:
        def register(number, role="classroom-studentcomputer", address=None):
            name = f"evil{number:04}"
            row = (f"r101;{name};win11;02:aa:00:00:{number >> 8:02x}:{number & 255:02x};"
                   f"{address or f'10.77.200.{number}'};;;;{role};;1;;;;")
            return target.push(target.write(f"outbox/{name}.new", row), f"{name}.new", options=("-a",))

        csv = target.folder / "schools/default-school/devices.csv"
        register(900, "addc")
        for number in range(1, 61):
            register(number)
        time.sleep(1)
        rows = csv.read_text()
        taken = len(re.findall(r";evil0\d\d\d;", rows))
        wrong = ["role addc is taken"] * ("addc" in rows)
        wrong += [f"{taken} of 60 rows of one address are taken"] * (taken >= 60)
        return held_if(not wrong, "; ".join(wrong) or f"no addc; {taken} of 60 rows are taken")



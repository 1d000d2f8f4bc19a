"""N6, N11, N12 and the others over TFTP: what datagrams from nowhere do to a PC of the school."""

import time

from hostile import attacks
from hostile.namespaces import ATTACKER, GOOD, OTHER
from hostile.packets import Failed, Forger, Transfer, ack, error, fetch, ports_of_transfers, rrq
from hostile.target import CLAIMED_FILE, Target, known, stand_ins
from hostile.verdict import broken, finding, held_if, left_out
from school import MADE_FILE, SMALL_FILE

SWEPT = "32768-60999"  # the kernel's own ports
GRUB_PORT = 25300
# Stand-ins at a time: more shows that a thread of the daemon is not to be had.
FEW = 4


@finding("N6", "forged requests in a PC's name, a file that is there: that PC is served")
def own_name(school):
    with school() as target:
        known(target)
        failed = []
        for path in (SMALL_FILE, CLAIMED_FILE, "none"):
            with attacks.flood(target, 200, GOOD, rrq(path)):
                time.sleep(1)
                for asked in (SMALL_FILE, CLAIMED_FILE, MADE_FILE):
                    try:
                        fetch(target, asked, GOOD)
                    except Failed as failure:
                        failed.append(f"{asked} beside forged {path}: {failure}")
        return held_if(not failed, failed[0] if failed else "9 of 9 came beside 200 forged requests a second")


@finding("N11", "a boot command over TFTP stays for its PC, whatever is acknowledged blindly")
def blind_acknowledgements(school):
    with school() as target:
        # A PC whose card the server has just seen, and that is off now.
        victim, name = OTHER, Target.name(2)
        target.pull(SMALL_FILE, OTHER)
        if target.linboctl("onboot", "add", name, "sync:1").returncode != 0:
            return left_out("no command was queued")
        asked, ports = rrq(f"linbocmd/{name}.cmd"), ports_of_transfers(target, ATTACKER)
        with target.cable.switched_off(OTHER), Forger(target.cable, ATTACKER) as forger:
            for pause in (0, 0.05, 0.2, 0.5, 0.5):
                forger.send(victim, 2000, asked)
                time.sleep(pause)
                for port in ports:
                    forger.send(victim, 2000, ack(1), port)
                time.sleep(0.2)
            forger.send(victim, 2000, asked)
            time.sleep(0.3)
            with attacks.flood(target, 40_000, f"{victim}:2000", ack(1), ports=SWEPT, seconds=1.5) as sweep:
                sweep.wait()
            time.sleep(0.5)
        waiting = target.linboctl("onboot", "list", "--all").stdout
        line = next((line for line in waiting.splitlines() if name in line), "nothing")
        return held_if("deliver" not in line and "uncertain" not in line and name in line,
                       f"{len(ports)} ports learnt; then: {' '.join(line.split())}")


@finding("N11", "a one-shot reboot stays for its PC, whatever is asked for in its name")
def blind_reboot(school):
    with school() as target:
        victim, name = Target.host(1), Target.name(1)
        target.rsync(GOOD, f"rsync://10.77.0.1/linbo/(hd0,1)#vmlinuz#initrd#quiet#.reboot", f"{target.folder}/none")
        listed = target.linboctl("grub-img", "reboots").stdout
        if name not in listed:
            return left_out("no reboot was noted")
        ports = ports_of_transfers(target, ATTACKER)
        with target.cable.switched_off(GOOD), Forger(target.cable, ATTACKER) as forger:
            for path in ("boot/grub/spool/.reboot", "boot/grub/spool/.reboot", "boot/grub/win11.cfg"):
                forger.send(victim, GRUB_PORT, rrq(path))
                time.sleep(0.3)
                for port in ports:
                    forger.send(victim, GRUB_PORT, ack(1), port)
            time.sleep(0.5)
        after = target.linboctl("grub-img", "reboots").stdout
        return held_if(name in after, "it waits on" if name in after else "it is gone after three forged requests")


@finding("N12", "a download lives through forged errors to the ports that anybody learns")
def blind_errors(school):
    with school() as target:
        target.write("srv/kernel", bytes(2 << 20))
        ports = ports_of_transfers(target, ATTACKER)
        with Forger(target.cable, ATTACKER) as forger, target.cable.at(GOOD), Transfer("kernel", GRUB_PORT) as transfer:
            def attack(block):
                if block % 100 == 0:
                    for port in ports:
                        forger.send(GOOD, GRUB_PORT, error(0), port)
            try:
                whole = len(transfer.whole(attack)) == 2 << 20
            except Failed as failure:
                return broken(f"{failure}; {len(ports)} ports learnt")
            hit = transfer.peer[1] in ports
        return held_if(whole, f"2 MiB came; {len(ports)} ports learnt" + (", its own among them" if hit else ""))


@finding("N12", "a download lives through forged errors to all ports of the kernel", short=False)
def swept_errors(school):
    with school() as target:
        target.write("srv/kernel", bytes(2 << 20))
        lost = 0
        for _ in range(3):
            with target.cable.at(GOOD), Transfer("kernel", GRUB_PORT) as transfer:
                def slowly(block):
                    time.sleep(0.001)
                with attacks.flood(target, 40_000, f"{GOOD}:{GRUB_PORT}", error(0), ports=SWEPT):
                    with target.cable.at(GOOD):
                        try:
                            transfer.whole(slowly)
                        except Failed:
                            lost += 1
        return held_if(lost == 0, f"{lost} of 3 ended beside 40,000 forged errors a second")


@finding("B7", "a claimed name asked for by forged addresses does not make the server read leases for each")
def leases(school):
    with school(leases=5) as target:
        known(target)
        failed = 0
        with attacks.leases_change(target), attacks.flood(target, 500, attacks.FORGED, rrq(CLAIMED_FILE)):
            time.sleep(1)
            for _ in range(4):
                try:
                    fetch(target, CLAIMED_FILE, GOOD)
                except Failed:
                    failed += 1
        return held_if(failed == 0, f"{failed} of 4 failed beside 500 requests a second, 5 MB of leases")


@finding("N7", "listings keep nobody from a thread of the daemon")
def listings(school):
    with school(files=2000) as target:
        known(target)
        failed = most = 0
        with attacks.listings(target, 16):
            for _ in range(6):
                failed += Target.key(1).encode() not in target.pull(MADE_FILE, GOOD)[0]
                most = max(most, stand_ins(target))
        return held_if(failed == 0 and most <= FEW,
                       f"beside 16 listings of 2,000 files {failed} of 6 pulls failed, {most} `once` at a time")



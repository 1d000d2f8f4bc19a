"""TFTP packets, a client of one file, and datagrams that come from somebody else."""

import socket
import struct
import time

from hostile.namespaces import SERVER
from hostile.target import TFTP_PORT

BLOCK = 1024


def rrq(name, *options):
    words = [name, "octet", *map(str, options)]
    return b"\0\1" + b"".join(word.encode("latin-1", "replace") + b"\0" for word in words)


def ack(number):
    return struct.pack("!HH", 4, number)


def error(code, text="over"):
    return struct.pack("!HH", 5, code) + text.encode() + b"\0"


class Failed(Exception):
    pass


class Transfer:
    """One file over TFTP, asked for as firmware does: again after each second without an answer, five times."""

    def __init__(self, name, port=0, tries=5, address="0.0.0.0"):
        self.name, self.tries = name, tries
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.socket.settimeout(1)
        self.peer = None
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def whole(self, between=None):
        """
        between -- called with the number of each block before it is acknowledged
        """
        wanted, got = 1, bytearray()
        answer = self._say(rrq(self.name, "blksize", BLOCK, "tsize", 0), True)
        while True:
            kind, number = struct.unpack("!HH", answer[:4])
            if kind == 5:
                raise Failed(f"error {number}: {answer[4:-1].decode('utf-8', 'replace')}")
            if kind == 6:
                answer = self._say(ack(0))
                continue
            if kind == 3 and number == wanted & 0xFFFF:
                got += answer[4:]
                wanted += 1
                if between:
                    between(wanted - 1)
                if len(answer) < BLOCK + 4:
                    self.socket.sendto(ack(number), self.peer)
                    return bytes(got)
            answer = self._say(ack(wanted - 1))

    def first_answer(self):
        """Not acknowledged."""
        return self._say(rrq(self.name, "blksize", BLOCK, "tsize", 0), True)

    def _say(self, packet, first=False):
        for _ in range(self.tries):
            self.asked += 1
            self.socket.sendto(packet, (SERVER, TFTP_PORT) if first else self.peer)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                try:
                    answer, peer = self.socket.recvfrom(65536)
                except TimeoutError:
                    break
                except ConnectionRefusedError:
                    time.sleep(max(0, end - time.monotonic()))
                    break
                if self.peer is None or first:
                    self.peer, first = peer, False
                if peer == self.peer and len(answer) >= 4:
                    return answer
        raise Failed(f"no answer to {self.tries} packets")


def fetch(target, name, address, port=0, tries=5, there=None):
    """The file's bytes, and the seconds that it took. Raises Failed.

    there -- whose place that address is at, if it is not that one's own
    """
    with target.cable.at(there or address), Transfer(name, port, tries, address) as transfer:
        began = time.monotonic()
        return transfer.whole(), time.monotonic() - began


class Forger:
    """Sends single datagrams with any source, from the attacker's place."""

    def __init__(self, cable, place):
        with cable.at(place):
            self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()

    def send(self, source, port, payload, to=TFTP_PORT):
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, socket.inet_aton(source),
                             socket.inet_aton(SERVER))
        self.raw.sendto(header + struct.pack("!HHHH", port, to, 8 + len(payload), 0) + payload, (SERVER, to))


def ports_of_transfers(target, address, asks=40):
    """The ports that answers come from, as anybody learns them by asking."""
    ports = set()
    with target.cable.at(address):
        for _ in range(asks):
            with Transfer("start.conf.win11", tries=1) as transfer:
                try:
                    transfer.whole()
                except Failed:
                    continue
                ports.add(transfer.peer[1])
    return sorted(ports)

"""What attackers and PCs upload."""


def _header(numbers, long_numbers):
    header = bytearray(4096)
    header[:4] = b"QFI\xfb"
    for offset, number in numbers.items():
        header[offset:offset + 4] = number.to_bytes(4, "big")
    for offset, number in long_numbers.items():
        header[offset:offset + 8] = number.to_bytes(8, "big")
    return bytes(header)


CLUSTER = 4096
# In clusters: what lies where in `image`; the second one is nobody's.
REFCOUNTS, BLOCK, L1 = 2, 3, 4


def image(size=65536, salt=b""):
    """A small qcow2 that is right, with no data in it; `salt` makes it another."""
    header = _header({4: 3, 20: 12, 36: 1, 56: 1, 96: 4, 100: 104},
                     {24: 1 << 20, 40: L1 * CLUSTER, 48: REFCOUNTS * CLUSTER})
    content = bytearray(header + salt + bytes(size - len(header) - len(salt)))
    content[REFCOUNTS * CLUSTER:REFCOUNTS * CLUSTER + 8] = (BLOCK * CLUSTER).to_bytes(8, "big")
    for cluster in (0, REFCOUNTS, BLOCK, L1):
        content[BLOCK * CLUSTER + 2 * cluster + 1] = 1
    return bytes(content)


def hostile_image():
    """N1: a backing file's name that is longer than the first cluster, which it must lie in."""
    return _header({4: 3, 16: 1023, 20: 9, 36: 1, 96: 4, 100: 104}, {8: 400, 24: 1 << 20, 40: 1024, 48: 2048})


def info(name, size, timestamp="202611270800"):
    return f'["{name}" Info File]\ntimestamp="{timestamp}"\nimage="{name}"\nimagesize="{size}"\n'


def torrent(name, pieces, length):
    info = b"d6:lengthi%de4:name%d:%s12:piece lengthi65536e6:pieces%d:%se" % (length, len(name), name, len(pieces), pieces)
    return b"d8:announce30:http://127.0.0.1:6969/announce4:info" + info + b"e"

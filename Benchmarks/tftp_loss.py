"""Files for 50 clients that lose one packet in a hundred, each way."""

import tftp_rows

# windowsize, with whom ours is compared, the greatest part of its time that is wanted
ROWS = [(1, "in.tftpd", 0.25), (16, "atftpd", 0.5)]
CLIENTS = 50
TRANSFERS = 200


def measure(lab):
    transfers = CLIENTS if lab.quick else TRANSFERS
    results = {"transfers": transfers, "samples": {}, "rows": []}
    for window, other, limit in ROWS:
        names = lab.compared(other) if lab.quick or window > 1 else lab.compared()
        samples = {name: [sample(lab, name, window, transfers)] for name in names}
        results["samples"][str(window)] = samples
        results["rows"].append(tftp_rows.row(f"windowsize {window}", tftp_rows.figures(samples, "wall_s"), [other],
                                             at_most=limit) | {"to": other})
    return results


def sample(lab, name, window, transfers):
    # The same seed for all: what is lost is lost by the client, by the number of the packet.
    return lab.sample(name, f"loss, windowsize {window}", "lossy", "-b", 1428, "-c", CLIENTS, "-a", CLIENTS, "-n",
                      transfers, "-l", 1, "-L", 1, "-S", 7, "-T", 1000, *(["-w", window] if window > 1 else []))


def table(results):
    return tftp_rows.table(f"1 % lost each way, {results['transfers']} × 100,000 bytes, s", results["rows"], None,
                           digits=2, extra=("to", "to"))

"""Rows that compare linbo-hookd with the best of the others, and their tables."""

from statistics import median

import report
from tftp_lab import OURS

# Two figures that differ by chance.
AS_MUCH = 0.95


def row(name, values, others, best=max, at_least=None, at_most=None, bound=False):
    """One line of a table.

    values -- each server's figures, a list with one for each round
    others -- with the best of whom ours is compared, round by round
    best -- max or min, of their medians: the best of each round would be the luckiest of three, and not one server
    bound -- whether the load generator was busy all the time: as much as the best other is no miss then. Less is one:
        the same load generator could do more, as the other shows
    """
    others = [other for other in others if other in values]
    medians = {server: median(figures) for server, figures in values.items()}
    to = best(others, key=medians.get, default=None)
    ratios = [mine / other for mine, other in zip(values[OURS], values[to])] if to else []
    return {"name": name, "values": medians, "to": to,
            "ratio": median(ratios) if ratios else None, "spread": [min(ratios), max(ratios)] if ratios else None,
            "at least": at_least, "at most": at_most, "client-bound": bound}


def verdict(entry):
    value, limit = entry["ratio"], entry["at least"]
    if value is None:
        return ["", ""]
    if limit is None:
        return report.at_most(value, entry["at most"])
    target, word = report.at_least(value, limit)
    return [target, "client-bound" if word == "under" and entry["client-bound"] and value >= AS_MUCH else word]


def table(title, rows, to, digits=1, extra=None):
    """Rows as text.

    to -- what the ratio is to; None if that differs
    extra -- a heading, and the key of one more figure, a text
    """
    servers = list(dict.fromkeys(server for entry in rows for server in entry["values"]))
    heading = f"ratio to {to}" if to else "ratio"
    lines = [[title, *servers, heading, "least–most", "target", "", *([extra[0]] if extra else [])]]
    for entry in rows:
        cells = [f"{entry['values'][server]:,.{digits}f}" if server in entry["values"] else "–" for server in servers]
        ratio = ["–", ""] if entry["ratio"] is None else [
            f"{entry['ratio']:.2f}", spread(*entry["spread"])]
        lines.append([entry["name"], *cells, *ratio, *verdict(entry), *([entry[extra[1]]] if extra else [])])
    return report.aligned(lines)


def spread(least, most):
    return "" if least == most else f"{least:.2f}–{most:.2f}"


def figures(samples, field):
    """Each server's figures of one kind, round by round."""
    return {server: [sample[field] for sample in rounds] for server, rounds in samples.items()}


def cpu_per_block(samples):
    """Each server's microseconds of CPU a packet, over all rounds: the clock's ticks are 10 ms."""
    return {server: [sum(sample["server_ms"] for sample in rounds) * 1000
                     / max(1, sum(sample["datagrams_rx"] for sample in rounds))] for server, rounds in samples.items()}


def client_share(samples):
    """How much of a core the load generator took beside ours."""
    return median(sample["client_share"] for sample in samples[OURS])

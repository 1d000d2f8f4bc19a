"""TFTP beside in.tftpd, dnsmasq and atftpd, in one run."""

import tftp_conform
import tftp_loss
import tftp_many
import tftp_one
import tftp_short
from tftp_lab import Lab

PARTS = {"one client": tftp_one, "many clients": tftp_many, "short transfers": tftp_short, "loss": tftp_loss,
         "conformance": tftp_conform}


def measure(school, quick):
    lab = Lab(school, quick)
    results = {name: part.measure(lab) for name, part in PARTS.items()}
    return results | {"missing": lab.missing, "failed": len(lab.failures), "failures": lab.failures[:20],
                      "remarks": lab.remarks[:20]}


def table(results):
    lines = [f"{name} is left out: {reason}" for name, reason in results["missing"].items()]
    lines += [f"not ours: {line}" for line in results["remarks"]]
    lines += [f"failed: {line}" for line in results["failures"]]
    tables = [part.table(results[name]) for name, part in PARTS.items()]
    return "\n\n".join(tables + (["\n".join(lines)] if lines else []))

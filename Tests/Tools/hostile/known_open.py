"""Findings whose rows may say `broken` without failing the run.

N9 and N17 are: a stranger's image that is waiting for its .info reserves its name for a known PC, too, and what came of a
tree before it was ended lies in uploads/ for a while. The others were seen to hold, and go when they have held often."""

OPEN = {"B1", "B6", "B7", "N4", "N6", "N7", "N8", "N9", "N11", "N12", "N13", "N15", "N16", "N17", "N19", "N21", "N25",
        "N27"}

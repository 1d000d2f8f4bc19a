"""Findings that are not fixed yet: their rows may say `broken`. It must be empty when they are."""

OPEN = {"N4", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N14", "N17", "N18",
        "N19", "N21", "N22", "N24", "N25", "N26", "N27", "B1", "B6",
        "B7"}

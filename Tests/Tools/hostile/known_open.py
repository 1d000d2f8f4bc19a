"""Findings whose rows may say `broken`, as they are not fixed yet or were not seen to hold. None may stay."""

OPEN = {"B1", "B6", "B7", "N4", "N6", "N7", "N8", "N11", "N12", "N13", "N15", "N16", "N19", "N21", "N25", "N27"}

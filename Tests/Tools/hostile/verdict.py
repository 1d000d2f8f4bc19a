"""What a row of a finding says, and the list of such rows."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Verdict:
    word: str  # held, broken, open (broken, and known to be) or left out
    evidence: str


def held(evidence):
    return Verdict("held", evidence)


def broken(evidence):
    return Verdict("broken", evidence)


def left_out(why):
    return Verdict("left out", why)


def held_if(condition, evidence):
    return Verdict("held" if condition else "broken", evidence)


@dataclasses.dataclass(frozen=True)
class Finding:
    """
    number -- the finding's, N1 and so on
    text -- what must hold
    play -- given a factory of schools, says whether it did
    short -- whether it is played in the short run
    """
    number: str
    text: str
    play: object
    short: bool


FINDINGS = []


def finding(number, text, short=True):
    def register(play):
        FINDINGS.append(Finding(number, text, play, short))
        return play
    return register


def first_line(text, limit=140):
    line = next((line for line in text.strip().splitlines() if line.strip()), "nothing was said")
    return line[:limit]

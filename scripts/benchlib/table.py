"""The table of figures, and which goals they meet."""

import statistics


class Quantity:
    """What is read off a sample, and how it is written."""

    def __init__(self, unit, digits, of):
        self.unit, self.digits, self.of = unit, digits, of

    def text(self, values):
        return f"{statistics.median(values):.{self.digits}f} ({min(values):.{self.digits}f}) {self.unit}"


SECONDS = Quantity("s", 3, lambda sample: sample.seconds)
MILLISECONDS = Quantity("ms", 1, lambda sample: sample.seconds * 1000)
CPU = Quantity("s", 3, lambda sample: sample.cpu)
USER = Quantity("s", 3, lambda sample: sample.user)
WIRE = Quantity("kB", 1, lambda sample: sample.requests.wire / 1000)
REQUESTS = Quantity("requests", 0, lambda sample: sample.requests.count)
ASKED = Quantity("requests", 0, lambda sample: sample.requests.for_refs)
MEMORY = Quantity("MiB", 1, lambda sample: sample.mebibytes)


class Goal:
    """A limit for the ratio of the medians (pinr's by the other's), and perhaps a lower one to aim for."""

    def __init__(self, limit, aim=None):
        self.limit, self.aim = limit, aim

    def judged(self, ours, theirs):
        return ours / theirs

    def text(self, limit):
        return f"≤ {limit:g}"

    def is_met(self, ours, theirs):
        return self.judged(ours, theirs) <= self.limit

    def verdict(self, ours, theirs):
        verdict = f"{self.text(self.limit)}: {'met' if self.is_met(ours, theirs) else 'not met'}"
        if self.aim is not None:
            aimed = self.judged(ours, theirs) <= self.aim
            verdict += f"; aim {self.text(self.aim)}: {'met' if aimed else 'not met'}"
        return verdict


class Ceiling(Goal):
    """A limit in MiB for pinr's median itself."""

    def judged(self, ours, theirs):
        return ours

    def text(self, limit):
        return f"≤ {limit:g} MiB"


class Exactly(Goal):
    """A number that every one of pinr's samples has to be."""

    def judged(self, ours, theirs):
        return abs(ours - self.limit)

    def text(self, limit):
        return f"exactly {limit:g}"

    def is_met(self, ours, theirs):
        return ours == self.limit


class Growth(Goal):
    """A limit in MiB for what pinr's median has more than the other's."""

    def judged(self, ours, theirs):
        return ours - theirs

    def text(self, limit):
        return f"≤ {limit:g} MiB more"


class Row:
    """One line of the table: pinr's samples beside another's, or beside nothing, and the goal if there is one."""

    def __init__(self, name, what, peer, quantity, ours, theirs=None, goal=None):
        self.name, self.what, self.peer, self.quantity, self.goal = name, what, peer, quantity, goal
        self.ours = [quantity.of(sample) for sample in ours]
        self.theirs = [quantity.of(sample) for sample in theirs] if theirs else None

    def medians(self):
        return statistics.median(self.ours), statistics.median(self.theirs) if self.theirs else None

    def cells(self):
        ours, theirs = self.medians()
        return [
            self.name, self.what, self.peer, self.quantity.text(self.ours),
            self.quantity.text(self.theirs) if self.theirs else "", f"{ours / theirs:.3g}" if self.theirs else "",
            self.goal.verdict(ours, theirs) if self.goal else "",
        ]


def print_table(rows) -> None:
    cells = [["row", "work", "beside", "pinr", "the other", "ratio", "goal"]]
    cells += [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for number, line in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    judged = [row for row in rows if row.goal]
    if judged:
        missed = [row for row in judged if not row.goal.is_met(*row.medians())]
        print(f"\n{len(judged) - len(missed)} of {len(judged)} goals are met" + "".join(
            f"\nnot met: {row.name}: {row.what}" + (f", beside {row.peer}" if row.peer else "") for row in missed))

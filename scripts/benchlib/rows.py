"""What one row of the table, or a few that belong together, needs; and what all rows of hashes share."""

from dataclasses import dataclass
from pathlib import Path

from benchlib.archives import Archives
from benchlib.images import Images
from benchlib.measure import Sample, measure
from benchlib.process import fail
from benchlib.repositories import Repositories

# `nix hash` is behind a feature that has to be asked for.
NIX = ["nix", "--extra-experimental-features", "nix-command"]


@dataclass
class Bench:
    pinr: Path
    work: Path
    archives: Archives
    repositories: Repositories
    images: Images
    runs: int
    pins: int

    def hashing(self, *arguments, answer=None, **options):
        """A contender: `pinr hash` with these arguments, which has to print the hash that Nix has for the tree."""
        answer = answer or self.archives.answer

        def sample() -> Sample:
            sample = measure([self.pinr, "hash", *arguments], **options)
            agree(sample.output.splitlines()[-1], answer, f"pinr hash {' '.join(map(str, arguments))}")
            return sample

        return sample


def agree(answer: str, expected: str, what: str) -> None:
    if answer != expected:
        fail(f"{what} says {answer}, and it is {expected}")

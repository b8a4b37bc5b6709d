"""Random text that compresses as source code does, the same for the same seed everywhere."""

import base64
import math
import random

LETTERS = "etaoinsrhldcumfpgwybvkxjqz"


class Text:
    """Lines of words; common words are common, and no two lines of one text need be the same."""

    def __init__(self, seed: str):
        # Of Python's generator, only what gives the same numbers in every version.
        self.random = random.Random(seed).random
        self.words = list(dict.fromkeys(self.make_word() for _ in range(3_000)))
        self.pool = [self.make_line() for _ in range(150_000)]

    def below(self, limit: int) -> int:
        return int(self.random() * limit)

    def length(self) -> int:
        """How many lines a file has: half have up to a hundred, few have thousands."""
        return min(20_000, int(math.exp(4.6 + 1.2 * self.normal())) + 2)

    def lines(self, count: int) -> list[bytes]:
        pool, random, size = self.pool, self.random, len(self.pool)
        return [pool[int(random() * size)] for _ in range(count)]

    def word(self) -> str:
        return self.words[int(len(self.words) * self.random() ** 3)]

    def suffix(self) -> str:
        return ("c", "h", "py", "md", "nix", "json")[self.below(6)]

    def normal(self) -> float:
        return math.sqrt(-2 * math.log(1 - self.random())) * math.cos(2 * math.pi * self.random())

    def make_word(self) -> str:
        return "".join(LETTERS[int(len(LETTERS) * self.random() ** 1.7)] for _ in range(2 + self.below(9)))

    def make_line(self) -> bytes:
        indentation = " " * (4 * self.below(4))
        ends = ("", ";", ",", " {", ")", "();")
        marks = (" ", " ", " ", ".", " = ", "(", ", ", "_")
        line = self.word()
        for _ in range(self.below(9)):
            line += marks[self.below(len(marks))] + self.word()
        return f"{indentation}{line}{ends[self.below(len(ends))]}\n".encode()


def sri(digest: bytes) -> str:
    """A SHA-256 as Nix writes it."""
    return "sha256-" + base64.b64encode(digest).decode()

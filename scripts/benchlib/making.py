"""Making files and folders that later runs find again."""

import shutil
from pathlib import Path
from typing import Callable


def make(target: Path, maker: Callable[[Path], None]) -> None:
    """Has `target` made, a file or a folder, unless it is there."""
    if target.exists():
        return
    print(f"making {target.name}\n", end="", flush=True)  # in one piece, beside another thread's
    # A name of its own until it is whole: what was interrupted is not taken for finished.
    partial = target.with_name(f"partial-{target.name}")
    if partial.is_dir():
        shutil.rmtree(partial)
    partial.unlink(missing_ok=True)
    maker(partial)
    partial.rename(target)

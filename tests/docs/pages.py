"""The Markdown pages of the repository, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_FENCE = re.compile(r"```(\w*)")
_SKIPPED = {"dist", "build"}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the last line of text before it."""

    language: str
    lines: tuple[str, ...]
    before: str
    first: int
    last: int

    @property
    def text(self) -> str:
        """The block's lines, each ended."""
        return "".join(line + "\n" for line in self.lines)


def pages() -> list[Path]:
    """Every page of the repository."""
    def kept(path: Path) -> bool:
        return not any(part.startswith(".") or part in _SKIPPED for part in path.relative_to(ROOT).parts)

    return sorted(filter(kept, ROOT.rglob("*.md")))


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page in order; its lines `first` to `last` - 1 are those between the fences."""
    before, language, start = "", "", -1
    lines = text.splitlines()
    for number, line in enumerate(lines):
        fence = _FENCE.fullmatch(line)
        if fence and start < 0:
            language, start = fence[1], number + 1
        elif line == "```" and start >= 0:
            yield Block(language, tuple(lines[start:number]), before, start, number)
            start = -1
        elif start < 0 and line.strip():
            before = line


def section(text: str, title: str) -> str:
    """A section of the second level, without its heading."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    lines = text.splitlines()
    for block in blocks(text):
        lines[block.first:block.last] = [""] * len(block.lines)
    return "\n".join(lines)

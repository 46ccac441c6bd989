"""The program run in this process, and articles for it to read."""

from __future__ import annotations

from dataclasses import dataclass

ARTICLES = {
    "bakery.md": (
        "---\ntitle: The bakery on the corner\ndate: 2021-03-04\n---\n\n"
        "The bakery of Anselm Quist opened in Tromsby in the spring of 2019. "
        "It bakes 340 loaves of rye bread on every working day.\n\n"
        "Its oven was built by the mason Ilse Varga, who used bricks from an old lighthouse.\n"
    ),
    "harbour.md": (
        "---\ntitle: A harbour freezes over\ndate: 2020-01-17\n---\n\n"
        "The harbour of Tromsby froze over for the first time in 41 years. "
        "Fishermen pulled their boats ashore with the help of two snow ploughs.\n"
    ),
}


@dataclass
class Done:
    status: int
    out: str
    err: str


def assert_refused_input(done: Done, status: int, *parts: str) -> None:
    """The program said on one line what is wrong and on another what to do, and nothing else."""
    assert done.status == status, done
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if line.startswith(("error: ", "  hint: "))]
    assert len(lines) in (1, 2)
    assert lines[0].startswith("error: ")
    assert "unexpected" not in lines[0]
    for part in parts:
        assert part in "\n".join(lines)

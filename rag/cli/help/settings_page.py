"""The page docs/settings.md, made from the settings: ``python -m rag.cli.help.settings_page``."""

from __future__ import annotations

import sys
from typing import Any

from rag.setting_values import ENDPOINT_KEY, KEYS, Settings, allowed, meaning
from rag.settings import ENV_PREFIX

_HEAD = """\
# Settings

This page is made by `python -m rag.cli.help.settings_page > docs/settings.md`.

A flag goes before an environment variable, that before `rag.toml` (in the working folder or above),
that before the user's file, that before the default. `rag config show` says what is in force and
where it comes from; `rag config set NAME VALUE` changes it.

A file is TOML, one `name = value` on a line; relative paths in it are meant from its folder:

```toml
articles = ["notes", "papers"]
engine = "extractive"

[corpora.work]              # in force with: -c work
articles = ["~/reports"]
prefer = "newest"
```

Which articles, and where their index is, only flags and the tables of a corpus say once one is
chosen. A list in a variable is separated like `PATH`.
"""
_TAIL = f"""\
## Only in the environment

| variable | meaning |
|---|---|
| `{ENDPOINT_KEY}` | the key for the endpoint: in no file and no flag, so that it is in no history |
| `RAG_CONFIG` | another place for the user's settings file |
| `RAG_MODELS_DIR` | the folder of pulled models |
| `RAG_DEBUG` | `1`: tracebacks and log lines on stderr |
| `NO_COLOR` | no colour |
"""


def page() -> str:
    """The whole page, Markdown: one row for each setting, in their order."""
    rows = [_row(key) for key in KEYS]
    head = "| name | values | default | meaning | variable |\n|---|---|---|---|---|\n"
    return f"{_HEAD}\n{head}{''.join(rows)}\n{_TAIL}"


def _row(key: str) -> str:
    default = Settings.__dataclass_fields__[key].default
    cells = (
        f"`{key}`",
        allowed(key),
        _shown(default),
        meaning(key),
        f"`{ENV_PREFIX}{key.upper()}`",
    )
    return f"| {' | '.join(cells)} |\n"


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"`{default}`" if default not in ("", ()) else "empty"


if __name__ == "__main__":
    sys.stdout.write(page())

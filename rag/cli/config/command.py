"""``rag config``: what is set, by what, and how it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options

if TYPE_CHECKING:
    from rag.cli.config.file import Name, Target
    from rag.cli.show.screen import Screen

EPILOG = """\
\b
Examples:
  rag config show
  rag config set engine extractive
  rag config set articles notes/ papers/ --project
  rag config edit

\b
A flag goes before a RAG_* variable, that before rag.toml (in this folder or
above), that before the user's file, that before the default.
docs/settings.md lists every setting.
"""
SHOW_EPILOG = """\
\b
Examples:
  rag config show
  rag config show engine
  rag config show -c papers
  rag config show --json

\b
In a pipe: setting, value and source, with tabs between them.
"""
PATH_EPILOG = """\
\b
Examples:
  rag config path
  RAG_CONFIG=other.toml rag config path
"""
SET_EPILOG = """\
\b
Examples:
  rag config set engine extractive
  rag config set passages 8 --project
  rag config set articles ~/notes ~/papers -c work
  rag config set corpora.work.prefer newest

\b
The value is checked before anything is written; comments and order stay.
Paths are meant from this folder.
"""
UNSET_EPILOG = """\
\b
Examples:
  rag config unset engine
  rag config unset articles -c work --project
"""
EDIT_EPILOG = """\
\b
Examples:
  rag config edit
  EDITOR=nano rag config edit --project
"""

config_app = typer.Typer(
    help="Show and change settings, and where they come from.",
    epilog=EPILOG,
    rich_markup_mode=None,
)
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="A setting of `rag config show`.", show_default=False)
]
ProjectOption = Annotated[
    bool,
    typer.Option(
        "--project/--user",
        help="The nearest rag.toml (one is made here if there is none), or the user's file.",
    ),
]
TableOption = Annotated[
    str | None,
    typer.Option(
        "--corpus", "-c", metavar="NAME", help="In the table of this corpus.", show_default=False
    ),
]


@config_app.command("show", epilog=SHOW_EPILOG)
def show_command(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="Only this setting.", show_default=False),
    ] = None,
    corpus: options.CorpusOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show every setting, its value, and where that comes from."""
    from rag.cli.config.report import config_record, corpora_rows, setting_rows, show_rows
    from rag.cli.json.output import write_json
    from rag.cli.show.screen import Screen
    from rag.settings import settings_files

    settings, files = options.load_settings(corpus=corpus), settings_files()
    if corpus and not any(corpus in file.corpora for file in files):
        from rag.corpora import require_known

        require_known(settings)
    rows = setting_rows(settings)
    corpora = [] if corpus else corpora_rows(files)
    if key is not None:
        _require_key(key, [row.name for row in (*rows, *corpora)])
        rows = [row for row in rows if row.name == key]
        corpora = [row for row in corpora if row.name == key]
    if as_json:
        write_json(config_record(settings.corpus, rows, corpora))
    else:
        show_rows(Screen(), [*rows, *corpora])


@config_app.command("path", epilog=PATH_EPILOG)
def path_command() -> None:
    """Show which settings files are looked for, and which are there."""
    from rag.cli.config.report import file_rows, show_files
    from rag.cli.show.screen import Screen

    show_files(Screen(), file_rows())


@config_app.command("set", epilog=SET_EPILOG)
def set_command(
    key: KeyArgument,
    values: Annotated[
        list[str],
        typer.Argument(metavar="VALUE", help="The value; a list takes several."),
    ],
    corpus: TableOption = None,
    project: ProjectOption = False,
) -> None:
    """Set a value in a settings file."""
    from rag.cli.config.file import Name, set_value, target
    from rag.cli.config.report import value_text
    from rag.cli.show.screen import Screen
    from rag.text.terminal import safe

    name, where, screen = Name.parse(key, corpus), target(project=project), Screen()
    value = set_value(where, name, values)
    screen.show(f"{name} = {value_text(value)}  ({safe(str(where.path))})")
    _say_what_is_in_force(screen, name, where)


@config_app.command("unset", epilog=UNSET_EPILOG)
def unset_command(
    key: KeyArgument, corpus: TableOption = None, project: ProjectOption = False
) -> None:
    """Take a value out of a settings file."""
    from rag.cli.config.file import Name, target, unset_value
    from rag.cli.show.screen import Screen
    from rag.text.terminal import safe

    name, where = Name.parse(key, corpus), target(project=project)
    unset_value(where, name)
    Screen().show(f"{safe(str(name))} is no longer set in {safe(str(where.path))}")


@config_app.command(
    "edit", epilog=EDIT_EPILOG, short_help="Open a settings file in your editor, and check it."
)
def edit_command(project: ProjectOption = False) -> None:
    """Open a settings file in $VISUAL or $EDITOR, and check it afterwards."""
    from rag.cli.config.edit import edit
    from rag.cli.config.file import target
    from rag.cli.show.screen import Screen
    from rag.text.terminal import safe

    where = target(project=project)
    is_kept = edit(where)
    Screen().show(f"{safe(str(where.path))}: " + ("valid" if is_kept else "nothing was set"))


def _require_key(key: str, names: list[str]) -> None:
    """Raises ``UsageError`` for a setting that there is not, with the nearest name."""
    from rag.errors import UsageError
    from rag.setting_values import KEYS, checked

    if key in names:
        return
    table, _, last = key.rpartition(".")
    if table and last in KEYS:
        raise UsageError(f"{key} is not set", hint="rag config show")
    checked(key, None, "command line")


def _say_what_is_in_force(screen: Screen, name: Name, where: Target) -> None:
    """A stronger source hides what was set: say so, or it would seem to have had no effect."""
    from rag.cli.config.report import DEFAULT, value_text
    from rag.errors import UsageError

    try:
        settings = options.load_settings(corpus=name.corpus or None)
    except UsageError as exc:
        screen.notice(f"note: {exc.message}")
        return
    source = settings.sources.get(name.key, DEFAULT)
    if source == DEFAULT:
        screen.notice(
            f"note: the corpus {settings.corpus} is chosen, which has {name.key} of its own"
        )
    elif not source.startswith(str(where.path)):
        value = value_text(getattr(settings, name.key))
        screen.notice(f"note: {source} goes first: {name.key} = {value}")

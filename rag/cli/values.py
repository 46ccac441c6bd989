"""Values of the command line that need no conversion, and so no pydantic.

Typer 0.29 has an adapter of pydantic convert each parameter of a command, those that were not given
too; importing that library takes longer than searching an index. A text is what it was typed as.
"""

from __future__ import annotations

from typing import Any


def convert_only_what_must_be(parameters: list[Any]) -> list[Any]:
    """Let ``parameters``, which are Typer's, be converted in Typer's way only where they are given
    and are no text; returns them. Without effect on a Typer that converts otherwise."""
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", ()) is None:  # Typer makes it when it is needed
            parameter._runtime_param = _Conversion()
    return parameters


class _Conversion:
    """Stands where Typer keeps what it converts a parameter by."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """See ``RuntimeParam.coerce`` in Typer."""
        wanted = param.type_descriptor.annotation
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if wanted is str and isinstance(value, str):
            return value
        if wanted == list[str] and isinstance(value, list | tuple) and _are_texts(value):
            return list(value)
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _are_texts(values: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(value, str) for value in values)

"""JSON on one line that is safe to show: what a terminal might act on is escaped, never raw."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_INVISIBLE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def json_line(record: Mapping[str, Any]) -> str:
    """``record`` on one line, without a line break at its end."""
    return _INVISIBLE.sub(_escaped, json.dumps(record, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]

"""Tries again what may pass: exponential waits with jitter, few of them."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TypeVar

from rag.generation.endpoint.failures import PassingFailure

Result = TypeVar("Result")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and after which waits.

    Attributes:
        tries: of a request; refused_tries: when nobody listens, which seldom passes.
        first_wait_s: before the second try; each further wait is twice as long.
        longest_wait_s: what a server may ask for with Retry-After; more ends the tries.
        wait, jitter: for tests: sleeps, and a random number in [0, 1).
    """

    tries: int = 4
    refused_tries: int = 2
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    wait: Callable[[float], None] = field(default=time.sleep)
    jitter: Callable[[], float] = field(default=random.random)

    def run(self, attempt: Callable[[], Result]) -> Result:
        """What ``attempt`` gives, the first time that it does not fail.

        Raises:
            EngineError: that of the last try, or at once one that will not pass.
        """
        number = 1
        while True:
            try:
                return attempt()
            except PassingFailure as failure:
                wait_s = self._wait_s(failure, number)
                if wait_s is None:
                    raise
                _LOG.debug("%s: trying again in %.1f s", failure.message, wait_s)
                self.wait(wait_s)
            number += 1

    def _wait_s(self, failure: PassingFailure, number: int) -> float | None:
        """Seconds until the try after ``number`` failed ones; None if there is none."""
        if number >= (self.refused_tries if failure.refused else self.tries):
            return None
        if failure.wait_s is not None:
            return failure.wait_s if failure.wait_s <= self.longest_wait_s else None
        # From half of the wait to all of it: clients that failed together come back apart.
        return float(self.first_wait_s * 2 ** (number - 1) * (0.5 + 0.5 * self.jitter()))


NEVER = Retries(tries=1, refused_tries=1)


def retry_after_s(value: str) -> float | None:
    """Seconds that a Retry-After header asks to wait: a number, or a date; None if it is neither.

    Source: RFC 9110, section 10.2.3.
    """
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the metadata service is asked again: every number of it in one place, no clock and no sleep.

This is a private part of the collection: its names may change in any release.
"""

import time


class RetryPolicy(object):
    """The knobs, in seconds unless said otherwise. Times are on whatever clock the client was given.

    The classes of failure and the 70 seconds of 410 are those of the IMDS documentation ("Errors and debugging").
    """

    def __init__(
        self,
        deadline: float = 90.0,
        gone_window: float = 70.0,
        partial_window: float = 30.0,
        connection_tries: int = 3,
        first_delay: float = 1.0,
        factor: float = 2.0,
        longest_delay: float = 10.0,
        jitter: float = 0.25,
    ) -> None:
        """
        :param deadline: for everything one client asks, sleeping included.
        :param gone_window: how long a 410 (the service is being updated) is asked again, from the first one.
        :param partial_window: how long an incomplete document is asked again, from the first one.
        :param connection_tries: requests without any answer, in a row, before giving up.
        :param first_delay: the pause after the first failure; the service wants at least 1 second.
        :param factor: by which each further pause is longer, up to C(longest_delay).
        :param jitter: the largest part of a pause that is added to it by chance, so that a fleet does not ask in step.
        """
        self.deadline = deadline
        self.gone_window = gone_window
        self.partial_window = partial_window
        self.connection_tries = connection_tries
        self.first_delay = first_delay
        self.factor = factor
        self.longest_delay = longest_delay
        self.jitter = jitter

    def delay(self, failures: int, chance: float) -> float:
        """The pause after so many failures (1 is the first); chance lies in [0, 1)."""
        # The exponent is bounded, so that no number of failures overflows a float.
        return min(self.first_delay * self.factor ** min(failures - 1, 32), self.longest_delay) * (1 + self.jitter * chance)

    def delay_within(self, failures: int, chance: float, left: float) -> float:
        """As delay, but the last pause ends with the window of which C(left) seconds are left; None once it is over."""
        return None if left <= 0 else min(self.delay(failures, chance), left)


def retry_after_seconds(value: str, now: float) -> float:
    """Seconds to wait that a C(Retry-After) header asks for, as a number or a date (RFC 9110, section 10.2.3).

    :param value: the header's value, or None.
    :param now: seconds since the epoch.
    :returns: 0.0 where there is no such header, where it is in the past and where it makes no sense.
    """
    text = (value or '').strip()
    if text.isdigit() and len(text) < 10:
        return float(text)
    import email.utils  # only a date needs it, and every import costs each host

    fields = email.utils.parsedate_tz(text) if text else None
    try:
        return max(email.utils.mktime_tz(fields) - now, 0.0) if fields else 0.0
    except (ValueError, OverflowError):
        return 0.0


class Stopwatch(object):
    """The outside world of time: injected, so that tests never wait."""

    clock = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
    wall_clock = staticmethod(time.time)

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the metadata service is asked again: every number of it in one place.

This is a private part of the collection: its names may change in any release.
"""


class RetryPolicy:
    """The knobs, in seconds unless said otherwise. Times are on whatever clock the client was given.

    The classes of failure and the 70 seconds of 410 are those of the IMDS documentation ("Errors and debugging").
    """

    def __init__(
        self,
        deadline=90.0,
        gone_window=70.0,
        partial_window=30.0,
        connection_tries: int = 3,
        first_delay=1.0,
        factor=2.0,
        longest_delay=10.0,
        jitter=0.25,
    ):
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

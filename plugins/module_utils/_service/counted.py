# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with nouns in messages.

This is a private part of the collection: its names may change in any release.
"""


def counted(number, noun):
    """Such as C(1 host) and C(2 hosts).

    :param number: also as text, such as C(0.5).
    """
    return '%s %s%s' % (number, noun, '' if float(number) == 1 else 's')

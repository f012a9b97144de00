# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which facts are wanted: C(gather_subset) with C(!), C(all) and C(min), as ansible.builtin.setup reads it.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError

DEFAULT_SUBSET = ('compute', 'network', 'tags', 'storage')
ALL = DEFAULT_SUBSET + ('load_balancer',)
# These may hold what is not for everybody's eyes, so that no wildcard brings them.
ONLY_BY_NAME = ('public_keys', 'user_data', 'document')
NAMES = ALL + ONLY_BY_NAME


def resolve_subset(subset):
    """The names a C(gather_subset) list stands for; C(min) is among them unless C(!min) was given.

    Without any name of its own the list starts from the default, so that C(!storage) is the default without storage.

    :raises OptionError: a name is unknown.
    """
    wanted: set = set()
    unwanted: set = set()
    for item in subset:
        name = item[1:] if isinstance(item, str) and item.startswith('!') else item
        if name not in NAMES + ('all', 'min'):
            raise OptionError(
                'gather_subset %r is not valid' % (item,), remedy='Valid values are all, min, %s, each also with a leading exclamation mark.' % ', '.join(NAMES)
            )
        (wanted if name == item else unwanted).add(name)
    base = set(ALL) if 'all' in wanted else set() if wanted else set(DEFAULT_SUBSET)
    names = base - (set(NAMES) if 'all' in unwanted else unwanted) | wanted - {'all'} | {'min'}
    return frozenset(names - {'min'} if 'min' in unwanted else names)

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis as a task: from options to a result, wherever the observations are made.

This is a private part of the collection: its names may change in any release.
"""

import time

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.checks import checks_of, verdict
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_observation import observe_service
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, service_options, transport_option
from ansible_collections.imds.azure.plugins.module_utils._service.platform import may_ask

SPECIFICATION = dict(argument_spec=dict(**service_options(deadline=30), **transport_option()))


def diagnose(options, tag, observe, transport, connect=None, host_time=time.time):
    """The result of the task. C(transport), C(connect) and C(host_time) are as for observe_service.

    :param tag: the SMBIOS chassis asset tag of the host, or None.
    :param observe: called with whether the service is asked, gives what checks_of needs of the host.
    :raises ImdsError: an option cannot be used, or the transport cannot send requests.
    """
    client_of(options)  # complains of options that cannot be used, whether or not they come to be used
    asked = may_ask(options['detect'], options['endpoint'], lambda: tag) is not False
    checks = checks_of(observe(asked), observe_service(options, transport, connect, host_time) if asked else None)
    return dict(changed=False, verdict=verdict(checks), checks=checks)

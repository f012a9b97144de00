# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every module shares, the client that they describe, and how a module answers.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.host_transport import HostTransport
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

DEFAULT_CLOUD_ENDPOINTS = 'https://management.azure.com/metadata/endpoints?api-version=2017-12-01'


def service_options(timeout=5, deadline=90):
    """The part of an argument spec that the doc fragment C(imds.azure.service) documents; seconds."""
    return dict(
        endpoint=dict(type='str', default=DEFAULT_ENDPOINT),
        api_version=dict(type='str', default='auto'),
        timeout=dict(type='float', default=timeout),
        deadline=dict(type='float', default=deadline),
        detect=dict(type='str', choices=['auto', 'always', 'never'], default='auto'),
    )


def transport_option():
    """The part of an argument spec that the doc fragment C(imds.azure.task_transport) documents. A module itself has no use for it."""
    return dict(transport=dict(type='str', choices=['auto', 'shell', 'module'], default='auto'))


def cloud_options():
    """The part of an argument spec that the doc fragment C(imds.azure.cloud_lookup) documents."""
    return dict(
        cloud_lookup=dict(type='bool', default=False),
        cloud_endpoints=dict(type='str', default=DEFAULT_CLOUD_ENDPOINTS),
    )


def client_of(options, transport=None):
    """The client that options describe.

    :param transport: what carries its requests; by default HttpTransport.
    :raises OptionError: one of them cannot be used.
    """
    carrier = transport or HttpTransport(options['endpoint'])
    return ImdsClient(carrier, options['api_version'], options['timeout'], RetryPolicy(deadline=options['deadline']))


def answer(module, task):
    """Does a task on the host on which a module runs, and ends the module with its result.

    :param task: called with the options, a transport, what takes a warning, and whether this is check mode; gives the result or raises ImdsError.
    """
    options = module.params
    try:
        transport = HostTransport(options['endpoint'], options['detect'], lambda: chassis_asset_tag(module.run_command))
        result = task(options, transport, module.warn, module.check_mode)
    except ImdsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)

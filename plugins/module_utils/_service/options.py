# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every module shares, and the client that they describe.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import DEFAULT_ENDPOINT, HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag, may_ask
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


def cloud_options():
    """The part of an argument spec that the doc fragment C(imds.azure.cloud_lookup) documents."""
    return dict(
        cloud_lookup=dict(type='bool', default=False),
        cloud_endpoints=dict(type='str', default=DEFAULT_CLOUD_ENDPOINTS),
    )


def client_of(options):
    """The client that options describe.

    :raises OptionError: one of them cannot be used.
    """
    return ImdsClient(HttpTransport(options['endpoint']), options['api_version'], options['timeout'], RetryPolicy(deadline=options['deadline']))


def may_ask_here(module):
    """Whether a packet may be sent from this machine: as may_ask."""
    return may_ask(module.params['detect'], module.params['endpoint'], lambda: chassis_asset_tag(module.run_command))


def require_azure(module):
    """Ends what the module is about to do on a machine that is known not to be an Azure VM.

    :raises NotAzureError:
    """
    if may_ask_here(module) is False:
        raise NotAzureError(NotAzureError.CAUSE)

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HttpTransport on the VM itself, which first looks whether this is an Azure VM at all.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import is_azure_vm, may_ask


class HostTransport:
    """Carries requests as HttpTransport. Before the first one it looks at the chassis tag, as the option C(detect) says.

    :param read_tag: called without arguments when the tag is needed, gives a string or None.
    :raises OptionError: the endpoint cannot be used.

    After use: C(unsure) says whether the machine may well be no Azure VM, so that a service which is not there means nothing; C(on_azure) whether its tag
    says that it is one.
    """

    name = 'module'

    def __init__(self, endpoint, detect, read_tag):
        self._transport = HttpTransport(endpoint)
        self._read_tag = read_tag
        self._detection = (detect, endpoint, self._tag)
        self._looked = False
        self.unsure = False
        self.on_azure = False

    def get(self, target, headers, timeout):
        """As HttpTransport.get.

        :raises NotAzureError: this is not an Azure VM, and nothing was sent.
        """
        self._look()
        return self._transport.get(target, headers, timeout)

    def post(self, target, headers, timeout, body):
        """As HttpTransport.post, and get above."""
        self._look()
        return self._transport.post(target, headers, timeout, body)

    def _look(self):
        if not self._looked:
            azure = may_ask(*self._detection)
            if azure is False:
                raise NotAzureError(NotAzureError.CAUSE)
            self._looked, self.unsure = True, azure is None

    def _tag(self):
        tag = self._read_tag()
        self.on_azure = is_azure_vm(tag) is True
        return tag

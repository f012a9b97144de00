# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups share: they ask the metadata service of the controller's own VM.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import subprocess
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError, OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag, may_ask
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import refuse_misspelt_variables, refuse_unknown_options
from ansible_collections.imds.azure.plugins.plugin_utils._transports.requests import REQUESTS_IMPORT_ERROR, RequestsTransport


class ControllerLookup(LookupBase):
    """Base of a lookup with the options of the doc fragments C(imds.azure.service) and C(imds.azure.service.plugin)."""

    def take_options(self, variables: dict[str, t.Any] | None, direct: dict[str, t.Any]) -> None:
        """Set the options from the keywords of the lookup, from variables and from all other places.

        :raises AnsibleLookupError: there is no such option.
        """
        names = C.config.get_plugin_vars('lookup', self._load_name)
        known = variables or {}
        try:
            refuse_unknown_options(direct, 'lookup', self._load_name)
            refuse_misspelt_variables(known)
        except OptionError as error:
            raise AnsibleLookupError(str(error)) from error
        values = {name: self._templar.template(known[name]) for name in names if name in known}
        self.set_options(var_options=values, direct=direct)
        # YAML makes a date of a version.
        self.set_option('api_version', str(self.get_option('api_version')))

    def client(self, api_version: str) -> ImdsClient:
        """The client that the options describe, for this version of the API or C(auto).

        :raises OptionError: an option cannot be used.
        :raises NotAzureError: the controller is known not to be an Azure VM.
        """
        endpoint, policy = self.get_option('endpoint'), RetryPolicy(deadline=self.get_option('deadline'))
        # The same without the library, but with a connection for each request.
        transport = HttpTransport(endpoint) if REQUESTS_IMPORT_ERROR else RequestsTransport(endpoint)
        client = ImdsClient(transport, api_version, self.get_option('timeout'), policy)
        if may_ask(self.get_option('detect'), endpoint, lambda: chassis_asset_tag(_run)) is False:
            raise NotAzureError(NotAzureError.CAUSE)
        return client


def _run(words: list[str]) -> tuple[int, str, str]:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr

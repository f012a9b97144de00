# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies an attested document on the controller, where trust is. No host is asked."""

from __future__ import annotations

import datetime
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.attested_document import Trust, expected_identity, verify
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import certificates_of_pem, system_roots
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.issuer_download import downloaded_certificates

# A part that is needed, and that older versions do not have.
LIBRARY = 'cryptography.x509.verification'
CLOUDS = ['AzurePublicCloud', 'AzureUSGovernmentCloud', 'AzureChinaCloud', 'AzureGermanCloud']
# Where the certificates of Azure say that their issuers' certificates are (https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details).
ISSUER_HOSTS = ['cacerts.digicert.cn', 'cacerts.digicert.com', 'cacerts.geotrust.com', 'caissuers.microsoft.com', 'www.microsoft.com']
OPTIONS = dict(
    document=dict(type='raw', required=True),
    nonce=dict(type='str', required=True),
    instance=dict(type='dict'),
    cloud=dict(type='str', choices=CLOUDS, default=CLOUDS[0]),
    root_certificates=dict(type='str'),
    intermediate_certificates=dict(type='str'),
    fetch_intermediates=dict(type='bool', default=False),
    issuer_hosts=dict(type='list', elements='str', default=ISSUER_HOSTS),
    require_verified=dict(type='bool', default=False),
)


class ActionModule(ActionBase):
    """Reads the certificates that are trusted and hands all to verify."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        try:
            import_module(LIBRARY)
        except ImportError as error:
            return dict(
                result,
                failed=True,
                msg='imds.azure.verify_attested_document needs the Python library cryptography (42 or later) on the controller '
                f'({error}). To install it, run: {sys.executable} -m pip install "cryptography>=42"',
            )
        _validation, options = self.validate_argument_spec(OPTIONS)
        try:
            identity = expected_identity(options['instance'])
            trust = self._trust(options)
        except OptionError as error:
            return dict(result, failed=True, msg=str(error))
        now = datetime.datetime.now(datetime.timezone.utc)
        result.update(changed=False, **verify(options['document'], options['nonce'], options['cloud'], identity, trust, now))
        if options['require_verified'] and not result['verified']:
            reasons = '; '.join(f'{name}: {check["reason"]}' for name, check in result['checks'].items() if check['passed'] is False)
            result.update(failed=True, msg=f'The attested document did not pass verification: {reasons}.')
        return result

    def _trust(self, options):
        """Which certificates count.

        :raises OptionError:
        """
        roots = self._certificates('root_certificates', options)
        return Trust(
            roots=system_roots() if roots is None else roots,
            intermediates=self._certificates('intermediate_certificates', options) or [],
            download=partial(downloaded_certificates, hosts=options['issuer_hosts'], folder=C.DEFAULT_LOCAL_TMP) if options['fetch_intermediates'] else None,
        )

    def _certificates(self, name, options):
        """The certificates of an option, which is PEM or names a file of the controller that holds such; None where it was not given.

        :raises OptionError:
        """
        pem = options[name]
        if pem and '-----BEGIN' not in pem:
            try:
                pem = Path(self._find_needle('files', pem)).read_text(encoding='ascii', errors='replace')
            except (AnsibleError, OSError) as error:
                raise OptionError(
                    f'cannot read the file of {name}: {error}', remedy='Set it to a file on the controller, or to the PEM text itself.'
                ) from error
        return None if pem is None else certificates_of_pem(pem, name)

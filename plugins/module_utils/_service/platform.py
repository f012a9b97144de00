# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine is an Azure VM, told without sending a packet.

This is a private part of the collection: its names may change in any release.
"""

import os

from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, parse_endpoint

# The vendor alone ("Microsoft Corporation") also matches on-premises Hyper-V, which must never be asked.
AZURE_CHASSIS_TAG = '7783-7084-3265-9085-8269-3286-77'
LINUX_CHASSIS_TAG = '/sys/class/dmi/id/chassis_asset_tag'


def chassis_asset_tag(run_command):
    """The SMBIOS chassis asset tag as a string, or None where it cannot be read.

    :param run_command: called with a list of words, gives (exit status, stdout, stderr); for FreeBSD, which keeps the tag in kenv.
    """
    system = os.uname().sysname
    if system == 'Linux':
        try:
            with open(LINUX_CHASSIS_TAG, 'rb') as tag:
                return tag.read(256).decode('ascii', 'replace').strip()
        except OSError:
            return None
    if system == 'FreeBSD':
        status, stdout = run_command(['/bin/kenv', '-q', 'smbios.chassis.tag'])[:2]
        return stdout.strip() if status == 0 else None
    return None


def is_azure_vm(tag):
    """True or False by the chassis asset tag, None (unknown) where there is none to read."""
    return None if tag is None else tag == AZURE_CHASSIS_TAG


def may_ask(detect, endpoint, read_tag):
    """Whether a packet may be sent to the endpoint.

    :param detect: C(never) asks always; C(always) asks an Azure VM only; C(auto) looks only where the endpoint is the default one,
        and asks where the tag cannot be read.
    :param read_tag: called without arguments when the tag is needed, gives a string or None.
    :returns: True, False, or None: ask, but the machine may well not be an Azure VM.
    """
    if detect == 'never' or (detect == 'auto' and parse_endpoint(endpoint) != parse_endpoint(DEFAULT_ENDPOINT)):
        return True
    azure = is_azure_vm(read_tag())
    return bool(azure) if detect == 'always' else azure

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option by which a task chooses how its host is asked, and the attributes that follow from it."""

from __future__ import annotations


class ModuleDocFragment:
    """Use C(imds.azure.task_transport) in a module whose action asks over the task's own connection."""

    DOCUMENTATION = r"""
options:
  transport:
    description:
      - How the host is asked.
      - With V(shell) Ansible runs one short shell command over the connection of the task. The host needs curl, wget or python3, whichever it has, and on
        Windows PowerShell. Nothing is copied to it.
      - With V(module) Ansible copies this module to the host and runs it there, for which the host needs Python.
      - V(auto) uses the shell command wherever it can. It uses the module where the task is asynchronous or has an C(environment), where the connection runs
        no shell commands, and where the host has none of the programs above.
      - Where C(gather_facts) runs a module by itself, as one of C(facts_modules), that is always the module, because Ansible runs no actions there.
    type: str
    choices: [auto, shell, module]
    default: auto
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: full
    details: An asynchronous task runs the module on the host, which needs Python there.
  platform:
    platforms: posix, windows
    details:
      - On Windows the host is asked by a PowerShell script, and there is no module. So O(transport=module), C(async), C(environment) and C(become) do not work
        there, for Ansible honors C(become) (runas) on Windows for modules only. M(imds.azure.instance_facts) is skipped then, and others fail.
"""

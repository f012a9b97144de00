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
      - How to ask the host.
      - V(shell) runs one short shell command over the connection of the task. The host needs curl, wget or python3, and on
        Windows PowerShell. Nothing is copied to it.
      - V(module) copies this module to the host and runs it there, which needs Python on the host.
      - V(auto) uses the shell command if possible. It uses the module if the task is asynchronous or has an C(environment), if the connection does not run
        shell commands, and if the host has none of the programs above.
      - C(gather_facts) always uses the module, because Ansible does not run action plugins for C(facts_modules).
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
    details: Asynchronous tasks run the module, which needs Python on the host.
  platform:
    platforms: posix, windows
    details:
      - On Windows, a PowerShell script asks the host, and there is no module. So O(transport=module), C(async), C(environment) and C(become) do not work
        there, because Ansible supports C(become) (runas) on Windows for modules only. M(imds.azure.instance_facts) is then skipped, and other modules fail.
"""

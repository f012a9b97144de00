#!powershell

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# It takes whatever arguments gather_facts hands on, and looks at none of them.
#Requires -Module Ansible.ModuleUtils.Legacy

$reason = "imds.azure.instance_facts has no module for Windows, which gather_facts and tasks with become, async or transport=module need. " +
"Use a task with imds.azure.instance_facts and none of these, or the inventory plugin imds.azure.hosts."

Exit-Json -obj @{ changed = $false; skipped = $true; msg = $reason }

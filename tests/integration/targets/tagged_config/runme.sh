#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work/files
mkdir "$HERE"

play files.yml "$@"
play sources.yml "$@"
play hostile.yml "$@"
play elsewhere.yml "$@"
play searched.yml "$@"

# The difference is shown, and in check mode nothing is written.
play diff.yml --check --diff "$@" | tee "$work/diff"
grep -x -- '+port = 8443' "$work/diff"
grep -x -- '-old' "$work/diff"
test "$(cat "$HERE/diff.ini")" = old

# Wrong arguments are refused before anything is done.
if play wrong_argument.yml "$@" >"$work/wrong" 2>&1; then exit 1; fi
grep 'missing required arguments: dest' "$work/wrong"

# A variable that reads whichever is there, as the README has it.
mkdir "$work/group_vars"
grep '^imds: ' "$collection/README.md" >"$work/group_vars/all.yml"

# The facts of the module win, also where Ansible does not make variables of facts.
module_or_inventory module_or_inventory.yml "$@"
ANSIBLE_INJECT_FACT_VARS=false module_or_inventory module_or_inventory.yml "$@"

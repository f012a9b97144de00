#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work

# Nothing is written where that was only asked for, and the numbers are told all the same.
play report.yml --check --diff "$@"
test ! -e "$work/none"

play report.yml "$@"
python check_report.py "$work/none"

# Nothing has changed, so nothing is written again.
play report.yml "$@" | tee "$work/again"
grep -E 'web-1 .* changed=0 .* failed=0' "$work/again"

# The report is written first.
if play report.yml -e fail_on=critical "$@" >"$work/failed" 2>&1; then exit 1; fi
grep 'Findings as bad as critical or worse: 1. See' "$work/failed"
test -e "$work/critical/topology.html"

# A fleet of nobody, one of one, and one that is not there.
play report.yml -e '{"topology_report_hosts": [], "checked": false}' -e fail_on=none -e "reported=$work/nobody" "$@"
grep 'there are no hosts to report on' "$work/nobody/topology.txt"
play report.yml -e '{"topology_report_hosts": ["web-1"], "checked": false}' -e "reported=$work/one" "$@"
grep 'westeurope, zone 1 lost: service web loses 1 of 1' "$work/one/topology.txt"
if play report.yml -e '{"topology_report_hosts": ["stranger"]}' "$@" >"$work/failed" 2>&1; then exit 1; fi
grep "knows no host 'stranger'" "$work/failed"

# The facts of the module win, also where Ansible does not make variables of facts.
module_or_inventory module_or_inventory.yml "$@"
ANSIBLE_INJECT_FACT_VARS=false module_or_inventory module_or_inventory.yml "$@"

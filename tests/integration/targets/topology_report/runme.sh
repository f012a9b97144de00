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
test ! -e "$work/never"

play report.yml "$@"
python check_report.py "$work/never"

# Nothing has changed, so nothing is written again.
play report.yml "$@" | tee "$work/again"
grep -E 'web-1 .* changed=0 .* failed=0' "$work/again"

# The report is written first.
if play report.yml -e fail_on=critical "$@" >"$work/failed" 2>&1; then exit 1; fi
grep 'If westeurope zone 2 fails, db loses 2 of 2 hosts. See' "$work/failed"
test -e "$work/critical/topology.html"

# A fleet of nobody, one of one, and one that is not there.
play report.yml -e '{"topology_report_hosts": [], "checked": false}' -e fail_on=never -e "reported=$work/nobody" "$@"
grep 'There are no hosts to report on' "$work/nobody/topology.txt"
play report.yml -e '{"topology_report_hosts": ["web-1"], "checked": false}' -e "reported=$work/one" "$@"
grep 'If westeurope zone 1 fails, web loses its only host.' "$work/one/topology.txt"
# One of a kind is singular.
for tile in 'host' 'Azure VM' 'note'; do grep -F "<b>1</b> $tile<" "$work/one/topology.html"; done
if grep -E '(^|[^.0-9])1(</b>)? (hosts|notes|warnings|(not )?Azure VMs)' "$work/one/topology.html" "$work/one/topology.txt"; then exit 1; fi
if play report.yml -e '{"topology_report_hosts": ["stranger"]}' "$@" >"$work/failed" 2>&1; then exit 1; fi
grep "stranger is not in the inventory" "$work/failed"

# Where hosts do not wait for each other, the last one writes, and knows all.
ANSIBLE_STRATEGY=free play report.yml -e fail_on=never -e "reported=$work/free" -e '{"checked": false}' "$@"
python check_report.py "$work/free"
# Hosts that a run leaves out are in the report as such.
play report.yml --limit 'web*' -e "reported=$work/limited" -e '{"checked": false}' "$@"
grep '4 of 6 hosts were not asked' "$work/limited/topology.txt"

# The playbook by its name, as an installed collection that nobody may write to: a relative folder is one of the current folder.
installed=$work/installed/ansible_collections/imds/azure
mkdir -p "$installed" "$work/here"
(cd "$collection" && cp -R galaxy.yml meta playbooks plugins roles "$installed")
chmod -R a-w "$work/installed"
find "$work/installed" | sort >"$work/before"
(cd "$work/here" && ANSIBLE_COLLECTIONS_PATH=$work/installed timeout 400 ansible-playbook -i "$work/inventory.json" imds.azure.topology_report \
    -e topology_report_dest=report "$@")
grep 'If westeurope zone 2 fails, db loses 2 of 2 hosts.' "$work/here/report/topology.txt"
find "$work/installed" | sort | diff "$work/before" -
chmod -R u+w "$work/installed"
# Elsewhere it is one of the playbook's folder.
cp report.yml "$work/here/own.yml"
play "$work/here/own.yml" -e reported=beside -e '{"checked": false}' "$@"
test -e "$work/here/beside/topology.csv"

# The facts of the module win, also where Ansible does not make variables of facts.
module_or_inventory module_or_inventory.yml "$@"
ANSIBLE_INJECT_FACT_VARS=false module_or_inventory module_or_inventory.yml "$@"

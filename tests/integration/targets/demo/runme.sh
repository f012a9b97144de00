#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

# A copy of its own, so that what the demo leaves behind can be told.
copy=$work/copy
mkdir "$copy"
cp -R "$collection/galaxy.yml" "$collection/meta" "$collection/playbooks" "$collection/plugins" "$collection/roles" "$copy"
# The demo takes nothing of Ansible's from the environment.
echo "log_path = $work/ansible.log" >>"$copy/playbooks/demo/ansible.cfg"
files_of_copy() {
    (cd "$copy" && find . -path ./demo-output -prune -o -print | sort)
}
files_of_copy >"$work/before"

# It asks the VMs that it simulates, whatever the environment says.
python "$copy/playbooks/demo/run.py" >"$work/printed"
cat "$work/printed"

files_of_copy | diff "$work/before" -
cd "$copy/demo-output"
test "$(find . -name node.ini | wc -l)" = 12
test "$(find . -name web.conf | wc -l)" = 5
grep -x 'rack = /westeurope/zone-2' web_4/node.ini
grep -x 'rack = /northeurope/fault-domain-2' db_2/node.ini
grep -x 'owner = team a; on call: b' web_4/node.ini
grep -x '  |--@azure_location_westeurope:' graph.txt
grep -x '  |  |--@azure_vmss_web_zone_3:' "$work/printed"
# Every host once in each branch of the tree.
awk '/^  [|]--@/ { branch = $1 } !/@/ { sub(/.*--/, ""); if (seen[branch, $0]++) exit 1 }' graph.txt
test "$(grep -c -- '--db_2$' graph.txt)" = 4
grep -x '    scale_set: web' web_4.yml
grep -x 'rack=northeurope-fd2' db_2/cassandra-rackdc.properties
test "$(find . -name cassandra-rackdc.properties | wc -l)" = 4
grep -x '  critical If westeurope zone 1 fails, bastion loses 2 of 2 hosts.' report/topology.txt
grep -x '  critical If westeurope zone 1 fails, bastion loses 2 of 2 hosts.' "$work/printed"
grep -x "The report for a browser: $copy/demo-output/report/topology.html" "$work/printed"
grep -F '</html>' report/topology.html
python -m json.tool report/topology.json >/dev/null
test "$(wc -l <report/topology.csv)" = 13

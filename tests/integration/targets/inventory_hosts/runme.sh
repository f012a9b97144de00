#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml

# What an inventory needs to see of a host: the file of the simulator, and one of these.
inventory() {
    local file=$1
    shift
    timeout 100 ansible-inventory -i "$work/inventory.json" -i "$file" "$@"
}

# requests: how often all VMs were asked.
requests() {
    python - "$(control)" <<'PYTHON'
import json, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(sum(len(seen) for seen in json.load(opener.open(sys.argv[1] + '/requests')).values()))
PYTHON
}
control() {
    python -c 'import json, sys; print(json.load(open(sys.argv[1]))["all"]["vars"]["control"])' "$work/inventory.json"
}

# faults VM LIST: how its service fails from now on.
faults() {
    python - "$(control)/vms/$1/faults" "$2" <<'PYTHON'
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open(urllib.request.Request(sys.argv[1], sys.argv[2].encode(), method="PUT")).read()
PYTHON
}

# members GROUP FILE: the hosts of a group in what --list printed, and of the groups below it, sorted.
members() {
    python - "$@" <<'PYTHON'
import json, sys
groups = json.load(open(sys.argv[2]))
def members(name):
    group = groups.get(name, {})
    return [*group.get("hosts", []), *(host for child in group.get("children", []) for host in members(child))]
print(*sorted({*members(sys.argv[1])}))
PYTHON
}

# The tree, with everything that design promises of it.
inventory all.azure_imds.yml --graph azure >"$work/graph"
grep -v "^#" graph.txt | diff "$work/graph" -
inventory all.azure_imds.yml --list >"$work/list"
test "$(members azure_zone_westeurope_1 "$work/list")" = web-1
test "$(members azure_fault_domain_web_zone_2_1 "$work/list")" = web-2
test -z "$(members azure_fault_domain_shop_1 "$work/list")"
play same_facts.yml -i all.azure_imds.yml "$@"

# The shortest file, and hosts in groups only, one of which is called like a host.
printf 'plugin: imds.azure.hosts\n' >"$work/short.azure_imds.yml"
printf '[web-1]\nweb-1 azure_imds_endpoint=%s\n[db]\ndb-1 azure_imds_endpoint=%s\n[all:vars]\nansible_connection=local\n' "$(endpoint_of web-1)" "$(endpoint_of db-1)" >"$work/hosts.ini"
timeout 60 ansible-inventory -i "$work/hosts.ini" -i "$work/short.azure_imds.yml" --list >"$work/list"
test "$(members azure "$work/list")" = 'db-1 web-1'
test "$(members azure_zone_westeurope_1 "$work/list")" = web-1

# Options from the environment and from the command line, as for the lookups.
AZURE_IMDS_API_VERSION=2020-09-01 inventory "$work/short.azure_imds.yml" --host web-1 | grep '"api_version": "2020-09-01"'
inventory "$work/short.azure_imds.yml" --host web-1 -e azure_imds_api_version=2020-09-01 | grep '"api_version": "2020-09-01"'
printf 'alone ansible_connection=local\n' >"$work/alone.ini"
AZURE_IMDS_ENDPOINT=$(endpoint_of web-1) timeout 60 ansible-inventory -i "$work/alone.ini" -i "$work/short.azure_imds.yml" --list >"$work/list"
test "$(members azure_zone_westeurope_1 "$work/list")" = alone

inventory shaped.azure_imds.yml --list >"$work/list"
test "$(members role_front "$work/list")" = 'web-1 web-2'
test "$(members first "$work/list")" = 'db-1 web-1'
test "$(members cloud_zone_northeurope_1 "$work/list")" = db-1
if grep azure_location "$work/list" || grep cloud_fault "$work/list"; then exit 1; fi
inventory shaped.azure_imds.yml --host web-2 | grep '"place": "westeurope/2"'
inventory shaped.azure_imds.yml --list --limit web-1 >"$work/list"

# Hosts that are in no other source; where their service is comes with -e.
timeout 60 ansible-inventory -i listed.azure_imds.yml --list -e ansible_connection=local -e "azure_imds_endpoint=$(endpoint_of web-1)" >"$work/list"
test "$(members azure_zone_westeurope_1 "$work/list")" = '127.0.1.1 127.0.1.2 127.0.1.3 127.0.2.1'

# A host that says it is something else.
sed 's/^hosts:.*/hosts: web-1\ndetect: always/' all.azure_imds.yml >"$work/detecting.azure_imds.yml"
if [ "$(cat /sys/class/dmi/id/chassis_asset_tag 2>/dev/null)" != 7783-7084-3265-9085-8269-3286-77 ]; then
    inventory "$work/detecting.azure_imds.yml" --list >"$work/list"
    test "$(members azure_not_azure "$work/list")" = web-1
    grep '"present": false' "$work/list"
fi
source troubled.sh

# Two requests for each host, and trouble with the second one costs no host.
play balanced.yml -i balanced.azure_imds.yml "$@"
inventory balanced.azure_imds.yml --list >"$work/list" 2>"$work/said"
test "$(members azure "$work/list")" = 'balanced-1 balanced-none balanced-trouble'
tr '\n' ' ' <"$work/said" >"$work/line"
grep 'balanced-trouble: No load balancer facts. GET /metadata/loadbalancer: the service answered with an error' "$work/line"
if grep -E 'balanced-(1|none):' "$work/line"; then exit 1; fi

play hostile.yml -i hostile.azure_imds.yml -e "work=$work" "$@"

source cached.sh
source cached_elsewhere.sh

before=$(requests)
ANSIBLE_CACHE_PLUGIN=ansible.builtin.jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$work/facts \
    play gathered.yml -i gathered.azure_imds.yml "$@"
# Before the play, each of the two was asked once by the inventory and once by the module, and by nobody when the groups were made again.
test "$(requests)" = $((before + 4))

# The same facts group the hosts in later runs too, and nobody is asked, not even a host that has none.
sed 's/^hosts:.*/hosts: web:db/; s/^use_fact_cache:.*/use_fact_cache: only/' gathered.azure_imds.yml >"$work/only.azure_imds.yml"
before=$(requests)
ANSIBLE_CACHE_PLUGIN=ansible.builtin.jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$work/facts inventory "$work/only.azure_imds.yml" --list >"$work/list" 2>"$work/said"
test "$(members azure_vmss_web "$work/list")" = 'web-1 web-2'
test "$(members azure_unknown "$work/list")" = db-1
tr '\n' ' ' <"$work/said" | grep 'azure_imds: no stored facts for db-1, and use_fact_cache: only asks no hosts'
test "$(requests)" = "$before"

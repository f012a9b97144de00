#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
log=$work/asked
python -B clouds.py "$work/port" "$log" &
server=$!
end() {
    kill "$server" || true
}
until [ -s "$work/port" ]; do sleep 0.1; done
clouds=http://127.0.0.1:$(cat "$work/port")

start_simulator fleet.yml
play facts.yml -e "clouds=$clouds" -e "log=$log" -e "work=$work" "$@"

# A file for the inventory, and nothing asked yet: inventory_of HOSTS URL [OPTION...]
inventory_of() {
    printf '%s\n' 'plugin: imds.azure.hosts' "hosts: $1" 'endpoint: http://127.0.0.1:9' 'deadline: 5' 'cloud_lookup: true' "cloud_endpoints: $2" "${@:3}" \
        >"$work/clouds.azure_imds.yml"
    : >"$log"
}

# asks COUNT: the next run asks for the list of clouds so often.
asks() {
    timeout 100 ansible-inventory -i "$work/inventory.json" -i "$work/clouds.azure_imds.yml" --list >"$work/list" 2>"$work/said"
    # Older versions of Ansible break lines.
    tr '\n' ' ' <"$work/said" >"$work/line"
    test "$(wc -l <"$log")" = "$1"
    test ! -e "$CANARY"
}

# cloud_of HOST: what the last run said.
cloud_of() {
    python - "$work/list" "$1" <<'PYTHON'
import json, sys
name = json.load(open(sys.argv[1]))['_meta']['hostvars'][sys.argv[2]]['azure_imds']['cloud']['name']
# Newer releases of ansible-core mark what is not trusted.
print(name['__ansible_unsafe'] if isinstance(name, dict) else name)
PYTHON
}

cached=('cache: true' 'cache_plugin: ansible.builtin.jsonfile' "cache_connection: $work/known")

# What cannot be looked up is not known and costs no host.
inventory_of old-europe,old-china,new-europe "$clouds/error" "${cached[@]}"
asks 1
grep 'azure_imds: The metadata service does not return the cloud, and looking it up failed: 127.0.0.1 answered with HTTP status 500.' "$work/line"
test "$(cloud_of old-europe) $(cloud_of new-europe)" = 'None AzurePublicCloud'

# It is looked up in the next run, although the hosts are known and not asked again.
inventory_of old-europe,old-china,new-europe "$clouds/list" "${cached[@]}"
asks 1
if grep 'azure_imds:' "$work/said"; then exit 1; fi
test "$(cloud_of old-europe) $(cloud_of old-china) $(cloud_of new-europe)" = 'AzurePublicCloud AzureChinaCloud AzurePublicCloud'

# What was found is kept with the answers.
rm -r "$work/known"
inventory_of old-europe,old-china,new-europe "$clouds/list" "${cached[@]}"
asks 1
: >"$log"
asks 0
test "$(cloud_of old-europe) $(cloud_of old-china) $(cloud_of new-europe)" = 'AzurePublicCloud AzureChinaCloud AzurePublicCloud'

inventory_of new "$clouds/list"
asks 0
inventory_of all "$clouds/list" 'keyed_groups: [{key: azure_imds.cloud.name, prefix: cloud}]'
asks 1
grep 'None of the clouds that 127.0.0.1 lists has the location moon.' "$work/line"
grep '"cloud_AzureChinaCloud": {' "$work/list"

# The proxy is asked for it, and it is not asked for the metadata.
inventory_of old-china http://127.0.0.2:9/list
http_proxy=$clouds asks 1
test "$(cat "$log")" = http://127.0.0.2:9/list
test "$(cloud_of old-china)" = AzureChinaCloud

# The inventory and the tasks of a run ask once.
inventory_of old-europe,old-mine "$clouds/list"
play together.yml -i "$work/clouds.azure_imds.yml" -e "clouds=$clouds" "$@"
test "$(cat "$log")" = /list

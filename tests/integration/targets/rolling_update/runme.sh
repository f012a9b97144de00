#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

export PYTHONPATH=$PYTHONPATH:$ANSIBLE_COLLECTIONS_PATH
export ANSIBLE_CONNECTION_PLUGINS=$PWD/connection_plugins ANSIBLE_ROLES_PATH=$PWD/roles ANSIBLE_FORKS=10 ANSIBLE_PIPELINING=true
python -m ansible_collections.imds.azure.tests.places.fleet >"$work/fleet.json"
start_simulator "$work/fleet.json"

# update NAME HOSTS [OPTION...]: what hosts write down is in NAME.log, and what Ansible says in NAME.
update() {
    local name=$1 hosts=$2
    shift 2
    play imds.azure.rolling_update -i services.yml -e rolling_update_tasks=update.yml -e rolling_update_gather_facts=false \
        -e "log=$work/$name.log" -e "rolling_update_hosts=$hosts" "$@" >"$work/$name" 2>&1 || { cat "$work/$name"; return 1; }
}
fails() {
    if "$@"; then exit 1; fi
}

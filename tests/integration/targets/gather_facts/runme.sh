#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml

ANSIBLE_CONFIG=modules.cfg play by_configuration.yml "$@"
play by_variable.yml "$@"

# A host that does not answer is lost, and no other.
status=0
play broken.yml -e "work=$work" "$@" || status=$?
test "$status" = 2
test -e "$work/others-are-fine"

export ANSIBLE_FACTS_MODULES=ansible.builtin.setup,imds.azure.instance_facts
export ANSIBLE_CACHE_PLUGIN=ansible.builtin.jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$work/cache
export ANSIBLE_GATHERING=smart
play cached.yml -e "work=$work expected_requests=1" "$@"
play cached.yml -e "work=$work expected_requests=1" "$@"
grep -rl Removed "$work/cache"
play remove_tag.yml "$@"
ANSIBLE_GATHERING=implicit play cached.yml -e "work=$work expected_requests=2 removed=true" "$@"
play cached.yml -e "work=$work expected_requests=2 removed=true" "$@"
grep -rl 'Role[\": ]*web' "$work/cache"
if grep -rl Removed "$work/cache"; then exit 1; fi

#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

# The fleet of tests/places, whose VMs are asked as any others would be.
places=$collection/tests/places
PYTHONPATH=$ANSIBLE_COLLECTIONS_PATH:$PYTHONPATH python -B "$places/fleet.py" >"$work/fleet.json"
start_simulator "$work/fleet.json"

for scope in name resource_group; do
    cat >"$work/fleet.azure_imds.yml" <<YAML
plugin: imds.azure.hosts
endpoint: http://127.0.0.1:9
availability_set: azure_imds.tags.get('availabilitySet')
scale_set_scope: $scope
YAML
    for show in list graph; do
        arguments=(--list)
        if [ "$show" = graph ]; then arguments=(--graph azure); fi
        timeout 100 ansible-inventory -i "$work/inventory.json" -i "$work/fleet.azure_imds.yml" "${arguments[@]}" >"$work/$show" 2>"$work/said"
    done
    PYTHONPATH=$ANSIBLE_COLLECTIONS_PATH:$PYTHONPATH python -B check_groups.py "$scope" "$work"
done

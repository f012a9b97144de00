#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

# A clone of its own, and in it nothing outside of this folder.
copy=$work/copy
mkdir "$copy"
cp -R "$collection/docs" "$collection/playbooks" "$collection/roles" "$copy"
# Set up as a reader's machine is, and not as ansible-test does it.
path=$ANSIBLE_COLLECTIONS_PATH
for variable in "${!ANSIBLE_@}" "${!AZURE_@}"; do unset "$variable"; done
export ANSIBLE_COLLECTIONS_PATH=$path ANSIBLE_HOME=$work/ansible ANSIBLE_REMOTE_TMP=$work/tmp ANSIBLE_LOG_PATH=$work/ansible.log

end() {
    if [ -e "$work/output/fleet" ]; then
        python -B "$collection/roles/simulator/files/imds_simulator" --stop --state-dir "$work/output/fleet" || true
    fi
}
timeout 300 python follow_guide.py "$copy" docs/from-tags-to-configuration.md "$work/output"

# It leaves nothing behind.
test ! -e "$work/output"

# The other pages, each for a reader who has hosts of their own and tasks for them, or who starts the simulator as the page says.
start_simulator "$collection/playbooks/demo/simulated-fleet.yml"
for page in getting-started facts-and-tags group-a-fleet rolling-updates troubleshooting maintenance attestation; do
    folder=$work/$page
    mkdir "$folder"
    ln -s "$collection/roles" "$folder/roles"
    if ! grep -q imds_simulator "$collection/docs/$page.md"; then
        python -c 'import json, sys; [print(name, *(f"{key}={value}" for key, value in host.items()), "ansible_connection=local") for name, host in
            json.load(open(sys.argv[1]))["all"]["hosts"].items()]' "$work/inventory.json" >"$folder/hosts.ini"
        printf -- '- name: Update\n  ansible.builtin.debug:\n    msg: Updated.\n' >"$folder/tasks.yml"
        printf 'plugin: imds.azure.hosts\n' >"$work/fleet.azure_imds.yml"
        if ! grep -q '^# fleet.azure_imds.yml' "$collection/docs/$page.md"; then cp "$work/fleet.azure_imds.yml" "$folder"; fi
    fi
    HOME=$folder timeout 300 python follow_page.py "$collection/docs/$page.md" "$folder"
done

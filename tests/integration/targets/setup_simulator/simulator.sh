# shellcheck shell=bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by the runme.sh of other targets. Gives start_simulator and play, and ends the simulator with the script, however that ends.

set -eux -o pipefail

collection=$ANSIBLE_COLLECTIONS_PATH/ansible_collections/imds/azure
work=$(mktemp -d "$OUTPUT_DIR/work-XXXXXX")
service=

# The programs themselves, not those of ansible-test that only start them.
PATH=$(python -c 'import os, sys; print(os.path.dirname(sys.executable))'):$PATH
# Nothing may leave loopback: Python processes refuse it, and where a test forgot to say whom to ask, nothing listens.
export PYTHONPATH=$collection/tests/loopback_only:$PYTHONPATH
export AZURE_IMDS_ENDPOINT=http://127.0.0.1:9
export AZURE_IMDS_DEADLINE=10
# Tags that look like templates would make this file.
export CANARY=$OUTPUT_DIR/canary
export PYTHONDONTWRITEBYTECODE=1
# A module is then one process instead of four. What differs without it is tested where it matters: task_transport and tests/e2e.
export ANSIBLE_PIPELINING=true
HOST_PYTHON=$(python "$collection/tests/matrix/interpreters.py" --of-hosts)
export HOST_PYTHON
# And does not compile what the one before it compiled.
export IMDS_TEST_BYTECODE=$work/bytecode
mkdir "$IMDS_TEST_BYTECODE"
# Nor does a worker import filters, for they are there before it begins.
export ANSIBLE_CALLBACK_PLUGINS=$collection/tests/integration/targets/setup_simulator/callback_plugins ANSIBLE_CALLBACKS_ENABLED=filters_beforehand
# Deprecations are kept wherever a test sends its output: those that Ansible tells, which ansible-test would hide, and those that Python tells.
export ANSIBLE_DEPRECATION_WARNINGS=true ANSIBLE_LOG_PATH=$work/ansible.log IMDS_TEST_PYTHON_WARNINGS=$work/python-warnings
touch "$ANSIBLE_LOG_PATH" "$IMDS_TEST_PYTHON_WARNINGS"

stop_simulator() {
    if [ -n "$service" ]; then
        kill "$service" || true
        wait "$service" || true
        service=
    fi
}

# What else a target has to end.
end() {
    :
}

finish() {
    end
    stop_simulator
    test -s "$work/ansible.log"
    if grep -F -A 9 '[DEPRECATION WARNING]' "$work/ansible.log" || grep . "$work/python-warnings"; then
        echo 'Something here is deprecated, see above.' >&2
        exit 1
    fi
}
trap finish EXIT

# start_simulator FLEET [OPTION...] writes $work/inventory.json, whose hosts are the VMs of the fleet.
start_simulator() {
    # With this shell its standard input ends, and so does the simulator.
    coproc SIMULATOR { exec python -B "$collection/roles/simulator/files/imds_simulator" --exit-with-stdin --fleet "$@"; }
    service=$SIMULATOR_PID
    local ready
    read -r ready <&"${SIMULATOR[0]}"
    python ../setup_simulator/inventory.py "$ready" >"$work/inventory.json"
}

# play PLAYBOOK [OPTION...] fails where a play fails, hangs, or a tag was run as a template.
play() {
    timeout 400 ansible-playbook -i "$work/inventory.json" "$@" || return
    test ! -e "$CANARY"
}

# module_or_inventory PLAYBOOK [OPTION...] plays it on hosts of another fleet, whose facts are known from the module, the inventory or both.
module_or_inventory() {
    stop_simulator
    start_simulator ../setup_simulator/module_or_inventory.fleet.yml
    play -i ../setup_simulator/module_or_inventory.yml "$@"
}

# endpoint_of VM
endpoint_of() {
    python -c 'import json, sys; print(json.load(open(sys.argv[1]))["all"]["hosts"][sys.argv[2]]["azure_imds_endpoint"])' "$work/inventory.json" "$1"
}

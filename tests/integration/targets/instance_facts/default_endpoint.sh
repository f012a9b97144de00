#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The address that the module asks when nobody says anything. A network namespace of this test's own has that address on its loopback, and no way out.

set -eux -o pipefail

if [ "${1:-}" != inside ]; then
    if ! unshare --net true; then
        echo 'Skipped: making a network namespace needs root.'
        exit 0
    fi
    exec unshare --net "$0" inside "$1" "$2"
fi

collection=$2
work=$3
# What the other tests guard themselves with would stand in the way; here the namespace keeps everything inside.
PYTHONPATH=${PYTHONPATH/"$collection/tests/loopback_only:"/}
unset AZURE_IMDS_ENDPOINT AZURE_IMDS_DEADLINE
touch "$work/empty.cfg"
export ANSIBLE_CONFIG=$work/empty.cfg
ip link set lo up
# Nothing but loopback is here: the next commands cannot reach the machine's own service.
test "$(ip -o link | wc -l)" = 1
test -z "$(ip route)"

here() {
    timeout 60 ansible -i localhost, -c local -e "ansible_python_interpreter={{ ansible_playbook_python }}" localhost "$@"
}

chassis=$(cat /sys/class/dmi/id/chassis_asset_tag || true)
if [ -z "$chassis" ]; then
    # The tag cannot be read and there is no route: no Azure VM, which is a failure only for those who insist.
    here -m imds.azure.instance_facts | tee "$work/absent"
    grep '"present": false' "$work/absent"
    grep '"endpoint": "http://169.254.169.254"' "$work/absent"
    if here -m imds.azure.instance_facts -a required=true >"$work/insisted"; then exit 1; fi
    grep 'a route to 169.254.169.254/32 must exist' "$work/insisted"
fi

ip addr add 169.254.169.254/32 dev lo
coproc SIMULATOR { exec python -B "$collection/roles/simulator/files/imds_simulator" --exit-with-stdin --generate 1 --addresses 169.254.169.254 --port 80 --allow-any-address; }
service=$SIMULATOR_PID
trap 'kill "$service" || true' EXIT
read -r ready <&"${SIMULATOR[0]}"
[[ $ready == *'"http://169.254.169.254'* ]]

if [ -z "$chassis" ] || [ "$chassis" = 7783-7084-3265-9085-8269-3286-77 ]; then
    here -m imds.azure.instance_facts | tee "$work/facts"
    grep '"present": true' "$work/facts"
    grep '"endpoint": "http://169.254.169.254"' "$work/facts"
    grep '"requests": 1' "$work/facts"
    here -m ansible.builtin.debug -a "msg={{ lookup('imds.azure.metadata', 'compute/azEnvironment') }}" | grep '"msg": "AzurePublicCloud"'
else
    # The tag says that this is another kind of machine, so nothing is asked, although something would answer.
    here -m imds.azure.instance_facts | grep '"present": false'
    here -m imds.azure.instance_facts -a detect=never | grep '"present": true'
fi

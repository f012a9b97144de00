#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The address that the module asks when nobody says anything, in a network namespace of this test's own: without a way to it, with a wrong one, and with
# a right one to a service in a namespace beside. No way leads out of either.

set -eux -o pipefail

if [ "${1:-}" != inside ]; then
    if ! unshare --net --mount true; then
        echo 'Skipped: making namespaces needs root.'
        exit 0
    fi
    exec unshare --net --mount "$0" inside "$1" "$2"
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

# The machine's firmware and interfaces, as this test has them. sysfs takes no new folders, so all of /sys/class is another one.
mkdir -p "$work/class/dmi/id" "$work/class/net/eth0"
mount --bind "$work/class" /sys/class
chassis() {
    printf '%s\n' "$1" >/sys/class/dmi/id/chassis_asset_tag
}
chassis 7783-7084-3265-9085-8269-3286-77

# By the module, and by a command over the connection, which must come to the same.
diagnose() {
    arguments=
    if [ "${1:-}" = -a ]; then
        arguments=$2
    fi
    for way in module shell; do
        timeout 60 ansible -i localhost, -c local -e "ansible_python_interpreter={{ ansible_playbook_python }}" localhost \
            -m imds.azure.diagnose -a "transport=$way $arguments" >"$work/said.$way"
        cat "$work/said.$way"
    done
    # The rest of what follows looks at lists of `name state finding remedy`.
    python - "$work/said.module" "$work/said.shell" >"$work/checks" <<'PYTHON'
import json, sys
module, shell = (json.loads(open(file).read().partition('=>')[2]) for file in sys.argv[1:])
states = [[(check['name'], check['state'], check['remedy']) for check in result['checks']] for result in (module, shell)]
if states[0] != states[1]:
    sys.exit('The shell finds something else: %s' % [pair for pair in zip(*states) if pair[0] != pair[1]])
for check in module['checks']:
    print(check['name'], check['state'], check['finding'], check['remedy'])
print('verdict', module['verdict'])
PYTHON
}

# No route.
diagnose
grep '^chassis_tag ok' "$work/checks"
grep '^route problem There is no route to 169.254.169.254 (Network is unreachable).*a route to 169.254.169.254/32 must exist' "$work/checks"
grep '^reachability problem Cannot connect to 169.254.169.254: Network is unreachable.*a route to 169.254.169.254/32 must exist' "$work/checks"
test "$(grep -c '^[a-z_]* skipped The service did not answer' "$work/checks")" = 6
grep '^verdict 2 problems (route, reachability). There is no route' "$work/checks"
ip addr add 10.1.0.4/24 dev lo
ip route add unreachable 169.254.169.254/32
diagnose
grep '^route problem There is no route to 169.254.169.254 (No route to host)' "$work/checks"
ip route del unreachable 169.254.169.254/32
ip addr del 10.1.0.4/24 dev lo

# A route by another interface than the primary one. Nobody is at the other end.
ip link add eth0 type veth peer name host0
ip link add eth1 type veth peer name nobody1
ip link set eth0 address 00:0d:3a:33:82:e8 up
ip link set eth1 up
ip link set nobody1 up
ip addr add 10.1.0.4/24 dev eth0
ip addr add 10.2.0.4/24 dev eth1
ip route add default via 10.1.0.1
ip route add 169.254.169.254/32 dev eth1
diagnose -a timeout=1
grep '^route problem Requests to 169.254.169.254 leave by eth1 from 10.2.0.4, but .* default route uses eth0' "$work/checks"
grep '^route .*ip route replace 169.254.169.254/32 dev eth0' "$work/checks"
grep '^reachability problem Cannot connect to 169.254.169.254: timed out' "$work/checks"
grep '^verdict 2 problems (route, reachability). Requests to 169.254.169.254 leave by eth1' "$work/checks"

# The host machine, on which the service is.
echo 00:0d:3a:33:82:e8 >/sys/class/net/eth0/address
id=5c08b38e-4d57-4c23-ac45-aca61037f084
# As generation 1 has it.
echo 8EB3085C-574D-234C-AC45-ACA61037F084 >/sys/class/dmi/id/product_uuid
cat >"$work/one.json" <<JSON
{"vms": [{"name": "vm", "private_ip": "10.1.0.4", "mac": "000D3A3382E8", "compute": {"vmId": "$id"}}]}
JSON
cat >"$work/host.sh" <<'SH'
# host.sh COLLECTION FLEET: with the other end of eth0, which comes when it is told to go.
set -eu
ip link set lo up
read -r go
ip link set host0 up
ip addr add 10.1.0.1/24 dev host0
ip addr add 169.254.169.254/32 dev host0
exec python -B "$1/roles/simulator/files/imds_simulator" --exit-with-stdin --fleet "$2" --addresses 169.254.169.254 --allow-any-address
SH
coproc SIMULATOR { exec unshare --net sh "$work/host.sh" "$collection" "$work/one.json"; }
service=$SIMULATOR_PID
trap 'kill "$service" || true' EXIT
until [ "$(readlink "/proc/$service/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link set host0 netns "$service"
echo go >&"${SIMULATOR[1]}"
read -r ready <&"${SIMULATOR[0]}"
[[ $ready == *'"http://169.254.169.254'* ]]

ip route replace 169.254.169.254/32 dev eth0 via 10.1.0.1
diagnose
grep '^route ok Requests to 169.254.169.254 leave by eth0 from 10.1.0.4' "$work/checks"
grep '^vm_id ok ' "$work/checks"
grep '^verdict No problems found. The connection took [0-9.]* seconds, the answer [0-9.]*\.$' "$work/checks"
test "$(grep -c '^[a-z_]* ok ' "$work/checks")" = 11

echo 8EB3085C-574D-234C-AC45-ACA61037F085 >/sys/class/dmi/id/product_uuid
HTTP_PROXY=http://127.0.0.1:9 diagnose
grep '^vm_id problem The document describes another VM' "$work/checks"
grep '^proxies problem HTTP_PROXY is set in the environment, and no_proxy (NO_PROXY) does not include 169.254.169.254' "$work/checks"

# From an address that the service does not list: it answers, so this is no problem, but worth a word.
ip addr add 10.1.0.99/24 dev eth0
ip route replace 169.254.169.254/32 dev eth0 via 10.1.0.1 src 10.1.0.99
rm /sys/class/net/eth0/address
diagnose
grep '^route unknown Requests to 169.254.169.254 leave by eth0 from 10.1.0.99, which is not an interface of the VM' "$work/checks"

# On a machine whose tag is another one nothing is sent, although something would answer.
opened() {
    awk '/^Tcp:/ && $6 ~ /^[0-9]/ { print $6 }' /proc/net/snmp
}
before=$(opened)
chassis 'Amazon EC2'
diagnose
test "$(opened)" = "$before"
grep '^chassis_tag problem ' "$work/checks"
test "$(grep -c '^[a-z_]* skipped Nothing was sent' "$work/checks")" = 10
grep '^verdict No request was sent. This is not an Azure VM' "$work/checks"
diagnose -a detect=never
test "$(opened)" -gt "$before"
grep '^chassis_tag unknown ' "$work/checks"
grep '^service ok ' "$work/checks"
rm /sys/class/dmi/id/chassis_asset_tag
diagnose
grep '^chassis_tag unknown The SMBIOS chassis asset tag cannot be read' "$work/checks"
grep '^service ok ' "$work/checks"

#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml

# Every run has its own folder below this one, and takes it away.
export ANSIBLE_LOCAL_TEMP=$work/local-temp
mkdir "$ANSIBLE_LOCAL_TEMP"
nothing_left() {
    test -z "$(ls -A "$ANSIBLE_LOCAL_TEMP")"
}

AZURE_IMDS_ENDPOINT=$(endpoint_of controller-main) play elements.yml -i nodes.yml "$@"
nothing_left
http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 no_proxy='' AZURE_IMDS_ENDPOINT=$(endpoint_of controller-many) \
    play many.yml -i nodes.yml --forks 10 "$@"
nothing_left
play hostile.yml "$@"
play faults.yml --forks 6 "$@"
nothing_left
AZURE_IMDS_ENDPOINT=$(endpoint_of controller-hanging) AZURE_IMDS_DEADLINE=6 AZURE_IMDS_TIMEOUT=5.5 play shared_error.yml -i nodes.yml --forks 10 "$@"
nothing_left

# Where options come from. The default endpoint is never in play.
AZURE_IMDS_ENDPOINT=$(endpoint_of by-environment) AZURE_IMDS_API_VERSION=2020-09-01 AZURE_IMDS_DETECT=never play options.yml -i nodes.yml "$@"
hanging=$(endpoint_of controller-hanging)
sed "s|BY_INI|$(endpoint_of by-ini)|" by_ini.cfg >"$work/by_ini.cfg"
env -u AZURE_IMDS_ENDPOINT -u AZURE_IMDS_DEADLINE ANSIBLE_CONFIG="$work/by_ini.cfg" \
    ansible-playbook -i "$work/inventory.json" -i nodes.yml options_by_ini.yml "$@"
AZURE_IMDS_ENDPOINT=$hanging AZURE_IMDS_TIMEOUT=0.53 AZURE_IMDS_DEADLINE=0.9 play seconds.yml -i nodes.yml -e expected_seconds=0.53 "$@"
AZURE_IMDS_ENDPOINT=$hanging AZURE_IMDS_TIMEOUT=20 AZURE_IMDS_DEADLINE=0.63 play seconds.yml -i nodes.yml -e expected_seconds=0.63 "$@"
nothing_left

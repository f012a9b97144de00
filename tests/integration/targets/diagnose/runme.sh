#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

unset http_proxy HTTP_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

start_simulator fleet.yml
ANSIBLE_FORKS=6 play findings.yml "$@"
play use.yml "$@"

# As people type it, and with the proxies that their shell has.
http_proxy=http://127.0.0.1:9 timeout 60 ansible -i "$work/inventory.json" -m imds.azure.diagnose -a "endpoint=$(endpoint_of plain-fine)" plain-fine | tee "$work/said"
grep '^plain-fine | SUCCESS => {' "$work/said"
grep '"changed": false' "$work/said"
grep '"verdict": "1 problem (proxies). http_proxy is set in the environment, and no_proxy (NO_PROXY) does not include 127.0.0.1' "$work/said"
test "$(grep -c '"state": "problem"' "$work/said")" = 1
test "$(grep -c '"remedy"' "$work/said")" = 11

# A process with the name of the agent that enforces the Metadata Security Protocol.
cp "$(command -v sleep)" "$work/azure-proxy-agent"
"$work/azure-proxy-agent" 150 &
agent=$!
play agent.yml "$@"
kill "$agent"
stop_simulator

./default_endpoint.sh "$collection" "$work"

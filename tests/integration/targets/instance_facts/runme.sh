#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
play facts.yml -e "work=$work" "$@"
play reserved.yml "$@"
play host_variables.yml "$@"
# A proxy that nobody listens on, whichever way it is set.
http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 no_proxy='' play proxies.yml "$@"
stop_simulator

start_simulator faults.fleet.yml
ANSIBLE_FORKS=12 play faults.yml "$@"
stop_simulator

./default_endpoint.sh "$collection" "$work"

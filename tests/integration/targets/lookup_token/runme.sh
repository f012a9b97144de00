#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml

# Every run has its own folder below this one.
export ANSIBLE_LOCAL_TEMP=$work/local-temp
mkdir "$ANSIBLE_LOCAL_TEMP"
http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 no_proxy='' AZURE_IMDS_ENDPOINT=$(endpoint_of controller-main) \
    play tokens.yml -i nodes.yml --forks 10 "$@"
play faults.yml --forks 8 "$@"
AZURE_IMDS_ENDPOINT=$(endpoint_of by-environment) AZURE_IMDS_API_VERSION=2020-09-01 play options.yml "$@"
test -z "$(ls -A "$ANSIBLE_LOCAL_TEMP")"

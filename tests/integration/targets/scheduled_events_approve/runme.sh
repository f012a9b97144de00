#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
play by_id.yml "$@"
play by_filter.yml "$@"
play leader.yml "$@"
play faults.yml "$@"
play hostile.yml "$@"

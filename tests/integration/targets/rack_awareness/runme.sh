#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work/files
mkdir "$HERE"

play formats.yml "$@"
play hostile.yml "$@"
python check_formats.py "$HERE"

# What is there stays, in blocks too, and nothing is written in check mode.
play blocks.yml "$@"
play blocks.yml --check --diff -e level=fault_domain "$@" | tee "$work/diff"
grep -x -- '-broker.rack=westeurope-1' "$work/diff"
grep -x -- '+broker.rack=westeurope-fd0' "$work/diff"
grep -x 'broker.rack=westeurope-1' "$HERE/kafka-1/server.properties"

# A host without the level is named, and nothing is written.
if play lacking.yml "$@" >"$work/lacking" 2>&1; then exit 1; fi
grep '2 of 5 hosts have no zone, and 3 have one: hdfs-1, hdfs-2. Choose another level' "$work/lacking"
test ! -e "$HERE/lacking"
play lacking.yml -e rack_awareness_default=nowhere "$@"
grep -c nowhere "$HERE/lacking"

if play wrong.yml "$@" >"$work/wrong" 2>&1; then exit 1; fi
grep 'value of format must be one of' "$work/wrong"

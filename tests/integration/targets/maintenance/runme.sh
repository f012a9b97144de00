#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work/logs AWAY=$work/away
mkdir "$HERE"

export ANSIBLE_FORKS=8 ANSIBLE_PIPELINING=true
play events.yml -e hosts_now=case "$@" | tee "$work/said"
# A secret of a task with no_log stays one.
if grep -q swordfish "$work/said"; then exit 1; fi
play events.yml -e hosts_now=course "$@"
# Little time is left, so that not many hosts can be looked at.
play events.yml -e hosts_now=hurry "$@"
play several.yml "$@"
play away.yml "$@"
play check_mode.yml --check "$@"
if play wrong_argument.yml "$@" >"$work/wrong" 2>&1; then exit 1; fi
grep 'There is no file with tasks missing.yml' "$work/wrong"
if play wrong_argument.yml -e approve=sometimes "$@" >"$work/wrong" 2>&1; then exit 1; fi
grep 'value of maintenance_approve must be one of: alone, leader, always, never, got: sometimes' "$work/wrong"

control=$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["all"]["vars"]["control"])' "$work/inventory.json")
./watcher.sh "$work" "$control" "$@"

#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
CONTROL=$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["all"]["vars"]["control"])' "$work/inventory.json")
export CONTROL HERE=$work/logs ROOT=$work/root
mkdir "$HERE" "$ROOT"
export ANSIBLE_FORKS=8 ANSIBLE_PIPELINING=true

# The watcher has no need for the others to wait.
./watcher.sh "$work" "$@" >"$work/watched" 2>&1 &
watcher=$!
end() {
    kill "$watcher" || true
}

echo '[{"event_type": "Reboot", "event_id": "C7061BAC-AFDC-4513-B24B-AA5F13A16123"}]' >"$HERE/case-killed.record"
echo '[{' >"$HERE/case-damaged.record"
play events.yml -e @../setup_simulator/hostile.yml "$@" | tee "$work/said"
# A secret of a task with no_log stays one.
if grep -q swordfish "$work/said"; then exit 1; fi
grep 'Reboot .* is far off, not before .*. Nothing to do yet' "$work/said"
play several.yml "$@"
if ! wait "$watcher"; then
    cat "$work/watched"
    exit 1
fi

#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh
export HERE=$work

start_simulator before.yml
play report.yml "$@"
cp "$work/report/topology.json" "$work/baseline.json"
test ! -e "$work/report/topology.md"
first=("$work"/history/*)
test "${#first[@]}" = 1

# A pipeline stops after the report is written, and says why as a person would.
stop_simulator
start_simulator after.yml
asked=(-e "topology_report_baseline=$work/baseline.json" -e '{"topology_report_what_if": [{"location": "westeurope", "zone": "1"}, {"zone": "3"}]}')
if play report.yml "${asked[@]}" -e topology_report_fail_on=worse "$@" >"$work/failed" 2>&1; then exit 1; fi
cat "$work/failed"
tr -s '[:space:]' ' ' <"$work/failed" | grep -F 'If westeurope zone 1 fails, db now loses 2 of 2 hosts; before, no outage cost it more than 1 of 2. See'
test ! -e "$CANARY"
python check_changes.py "$work/report" "$work/history"

# Nothing has changed since, so nothing is written again, and nothing is kept twice.
play report.yml "${asked[@]}" "$@" | tee "$work/again"
grep -E 'db-1 .* changed=0 .* failed=0' "$work/again"
test "$(find "$work/history" -type f | wc -l)" = 2

# Without anything to compare with, what an earlier report said of changes is not left beside the new one.
play report.yml -e '{"topology_report_history": ""}' "$@"
test ! -e "$work/report/topology.md"

# What was kept of a report serves as a baseline too, and at most as many are kept as was said.
printf '{' >"$work/broken.json"
printf '{"format": 99}' >"$work/future.json"
timeout 150 ansible-playbook wrong.yml "$@"
stop_simulator
start_simulator before.yml
kept=("$work"/history/*)
if play report.yml -e "topology_report_baseline=${kept[-1]}" -e topology_report_fail_on=worse "$@" >"$work/failed" 2>&1; then exit 1; fi
cat "$work/failed"
tr -s '[:space:]' ' ' <"$work/failed" | grep -F 'If westeurope zone 1 fails, queue now loses 2 of 2 hosts'
test "$(find "$work/history" -type f | wc -l)" = 2
test ! -e "${first[0]}"

# The page does what it says, set up as a reader's machine is.
stop_simulator
mkdir "$work/copy"
cp -R "$collection/docs" "$collection/playbooks" "$collection/roles" "$work/copy"
end() {
    if [ -e "$work/output/fleet" ]; then
        python -B "$collection/roles/simulator/files/imds_simulator" --stop --state-dir "$work/output/fleet" || true
    fi
}
(
    path=$ANSIBLE_COLLECTIONS_PATH
    for variable in "${!ANSIBLE_@}" "${!AZURE_@}"; do unset "$variable"; done
    export ANSIBLE_COLLECTIONS_PATH=$path ANSIBLE_HOME=$work/ansible ANSIBLE_REMOTE_TMP=$work/tmp
    timeout 300 python "$collection/tests/integration/targets/guide/follow_guide.py" "$work/copy" docs/topology-report.md "$work/output"
)
test ! -e "$work/output"

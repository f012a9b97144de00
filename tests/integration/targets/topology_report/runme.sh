#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work

play report.yml "$@"
python check_report.py "$work/none"

# Nothing has changed, so nothing is written again.
play report.yml "$@" | tee "$work/again"
grep -E 'web-1 .* changed=0 .* failed=0' "$work/again"

# The report is written first.
if play report.yml -e fail_on=critical "$@" >"$work/failed" 2>&1; then exit 1; fi
grep '1 findings are as bad as topology_report_fail_on says or worse: see' "$work/failed"
test -e "$work/critical/topology.html"

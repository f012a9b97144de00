#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

# The role as an ordinary process in a folder of the test's own; nothing is asked of systemd.
export HERE=$work/simulator
cp inventory.json "$work"
first='{"simulator_fleet": {"defaults": {"rate_limit": 0}, "vms": [{"name": "one", "tags": {"Role": "first"}}, {"name": "two"}]}}'
second='{"simulator_fleet": {"defaults": {"rate_limit": 0}, "vms": [{"name": "one", "tags": {"Role": "second"}}]}}'
wrong='{"simulator_fleet": {"vms": [{"name": "one", "colour": "blue"}]}}'

# The program is some thirty files, each looked at by a module of its own.
export ANSIBLE_PIPELINING=true

# Whether a process runs: one that ended may wait for somebody to ask how.
runs() {
    grep -E '^State:' "/proc/$1/status" | grep -v zombie
}

end() {
    if [ -e "$HERE/imds_simulator" ]; then
        python -B "$HERE/imds_simulator" --stop --state-dir "$HERE/state" || true
    fi
}

# role changed|unchanged [OPTION...]: whether something changed is what the recap says.
role() {
    local expected=$1
    shift
    play role.yml "$@" | tee "$work/printed"
    case $expected in
        unchanged) grep -E '^simulated +: .* changed=0 ' "$work/printed" ;;
        changed) grep -E '^simulated +: .* changed=[1-9]' "$work/printed" ;;
    esac
}

# In check mode too later tasks know the names of the VMs, and a fleet that cannot be is told.
role changed --check -e "$first" "$@"
grep '"one,two http://127.0.0.1:0"' "$work/printed"
test ! -e "$HERE"
if play role.yml --check -e "$wrong" "$@" >"$work/printed" 2>&1; then exit 1; fi
grep "unknown key 'colour'" "$work/printed"

role changed -e "$first" -e expected_role=first "$@"
process=$(cat "$HERE/state/pid")
role unchanged -e "$first" -e expected_role=first "$@"
test "$process" = "$(cat "$HERE/state/pid")"
runs "$process"
grep first "$HERE/fleet.json"

# In check mode they ask the one that runs already.
play role.yml --check -e "$first" -e expected_role=first "$@" | grep '^simulated .* failed=0'

# A misspelt option is refused; the word for false is not true.
if play role.yml -e "$first" -e simulator_fleets=x "$@" >"$work/printed" 2>&1; then exit 1; fi
tr -s ' \n' ' ' <"$work/printed" | grep 'There is no variable simulator_fleets. Did you mean simulator_fleet?'
role unchanged -e "$first" -e simulator_certificates=false -e simulator_allow_any_address=no "$@"

# A fleet that cannot be leaves the old one as it is, and running.
if play role.yml -e "$wrong" "$@" >"$work/printed" 2>&1; then exit 1; fi
grep "unknown key 'colour'" "$work/printed"
grep first "$HERE/fleet.json"
runs "$process"

role changed -e "$second" -e expected_role=second "$@"
test "$process" != "$(cat "$HERE/state/pid")"
if runs "$process"; then exit 1; fi
process=$(cat "$HERE/state/pid")

role changed --check -e simulator_state=absent "$@"
runs "$process"
role changed -e simulator_state=absent "$@"
if runs "$process"; then exit 1; fi
test ! -e "$HERE"
role unchanged -e simulator_state=absent "$@"

# A folder that holds no simulator is not removed.
mkdir "$HERE"
echo mine >"$HERE/file"
role unchanged -e simulator_state=absent "$@"
test "$(cat "$HERE/file")" = mine

if play role.yml -e simulator_state=sometimes "$@" >"$work/printed" 2>&1; then exit 1; fi
grep 'value of simulator_state must be one of: present, absent, got: sometimes' "$work/printed"

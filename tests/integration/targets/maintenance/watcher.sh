#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The watcher: what the role installs, verified by systemd and run for real.

set -eux -o pipefail

work=$1
control=$2
shift 2
export ROOT=$work/root
mkdir "$ROOT"

end() {
    if [ -n "${program:-}" ]; then
        kill "$program" || true
    fi
}
trap end EXIT

# role changed|unchanged [OPTION...]: whether something changed is what the recap says.
role() {
    local expected=$1
    shift
    timeout 150 ansible-playbook -i "$work/inventory.json" watcher.yml "$@" | tee "$work/printed"
    case $expected in
        unchanged) grep -E '^watched-1 +: .* changed=0 ' "$work/printed" ;;
        changed) grep -E '^watched-1 +: .* changed=[1-9]' "$work/printed" ;;
    esac
}

role changed --check "$@"
test -z "$(ls "$ROOT")"
role changed "$@"
role unchanged "$@"
role changed -e maintenance_interval=2 "$@"
grep '"interval": 2,' "$ROOT/etc/imds-maintenance.json"

unit=$ROOT/etc/systemd/system/imds-maintenance.service
test "$(readlink -f "$ROOT/etc/systemd/system/multi-user.target.wants/imds-maintenance.service")" = "$(readlink -f "$unit")"
test "$(stat -c %a "$ROOT/etc/imds-maintenance.json")" = 600
if command -v systemd-analyze; then
    # It warns of what it does not know, and then succeeds.
    systemd-analyze verify --man=no "$unit" >"$work/verified" 2>&1
    test ! -s "$work/verified"
fi

# What the unit starts, with the paths that it has in the image.
mkdir -p "$ROOT/var/lib/imds-maintenance"
read -r -a start < <(sed -n 's/^ExecStart=//p' "$unit")
for index in "${!start[@]}"; do
    case ${start[index]} in
        /usr/local/* | /etc/* | /var/*) start[index]=$ROOT${start[index]} ;;
    esac
done
"${start[@]}" &
program=$!
python - "$control/vms/watched-1/events" <<'PYTHON'
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], b'{"EventType": "Reboot", "DurationInSeconds": 1}'))
PYTHON
for _ in $(seq 300); do
    if grep resumed "$HERE/watched-1"; then break; fi
    sleep 0.2
done
test "$(cat "$HERE/watched-1")" = "$(printf 'Reboot\nresumed')"
kill "$program"
program=

role changed -e maintenance_watcher_state=absent "$@"
test -z "$(find "$ROOT" -type f)"
role unchanged -e maintenance_watcher_state=absent "$@"

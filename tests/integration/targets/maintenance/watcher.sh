#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The watcher: what the role installs, verified by systemd and run for real. What the other entry point does in check mode is seen on the way.

set -eux -o pipefail

work=$1
shift

end() {
    if [ -n "${program:-}" ]; then
        kill "$program" || true
    fi
}
trap end EXIT

plays() {
    timeout 400 ansible-playbook -i "$work/inventory.json" "$@" | tee "$work/printed"
}

# changes PLAY: how many tasks or their items have changed something in the play of that name.
changes() {
    awk -v "name=$1" '/^PLAY /{here = index($0, "PLAY [" name "]")} here && /^changed: /{count++} END{print count + 0}' "$work/printed"
}

plays check_mode.yml watcher.yml --check "$@"
test "$(changes 'Install the watcher')" -gt 0
test -z "$(ls "$ROOT")"

plays watcher.yml "$@"
test "$(changes 'Install the watcher')" -gt 0
test "$(changes 'Install it again')" = 0
test "$(changes 'Change a setting')" = 1
grep '"interval": 2,' "$ROOT/etc/imds-maintenance.json"
grep '"lead_time": 1200,' "$ROOT/etc/imds-maintenance.json"

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
python - "$CONTROL/vms/watched-1/events" <<'PYTHON'
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

plays watcher_absent.yml "$@"
test "$(changes 'Remove the watcher')" -gt 0
test "$(changes 'Remove it again')" = 0
test -z "$(find "$ROOT" -type f)"

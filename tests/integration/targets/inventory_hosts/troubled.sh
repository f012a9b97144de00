# shellcheck shell=bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by runme.sh: no host disappears, and what a user sees of many that give no facts can be read.

: "${work:?set by simulator.sh}"
export ANSIBLE_CONNECTION_PLUGINS=$PWD/../setup_simulator/connection_plugins
python troubled_hosts.py >"$work/troubled.json"
troubled() {
    inventory "$work/troubled.json" -i troubled.azure_imds.yml "$@"
}

# Without a terminal: one line, which older versions of Ansible break, and nothing between the lines of the inventory.
troubled --list >"$work/list" 2>"$work/said"
test "$(members azure "$work/list")" = 'web-1 web-2'
test "$(members azure_failed "$work/list")" = 'broken-1 broken-2 down-1'
test "$(members azure_unreachable "$work/list" | wc -w)" = 300
test "$(members azure_unreachable "$work/list" | cut -d' ' -f1-2)" = 'gone-001 gone-002'
test "$(members azure_not_azure "$work/list")" = ''
summary='azure_imds: 2 of 305 hosts returned facts, 300 unreachable, 3 failed. Use -v to see why.'
test "$(tr '\n' ' ' <"$work/said" | grep -oF "$summary" | wc -l)" = 1
if grep 'gone-' "$work/said"; then exit 1; fi

# With -v the causes too, each with its remedy, on standard output: three hundred hosts with one trouble are one line.
troubled --list -v >"$work/list" 2>"$work/said"
grep '^azure_imds: ' "$work/list" >"$work/causes"
test "$(wc -l <"$work/causes")" = 4
same='Failed to connect to the host: connect to host HOST port 22: No route to host.'
head -n 1 "$work/causes" | grep -Fx "azure_imds: gone-001, gone-002, gone-003, gone-004, gone-005 and 295 more: $same To try this connection, run: ansible HOST -m ansible.builtin.raw -a true"
grep '^azure_imds: down-1: .*HTTP status 404' "$work/causes"
grep "^azure_imds: broken-1: cannot find the connection plugin 'nowhere'" "$work/causes"
grep '^azure_imds: broken-2: .*not_defined_anywhere' "$work/causes"
if grep 'gone-\|broken-' "$work/said"; then exit 1; fi
tr '\n' ' ' <"$work/said" | grep -F "${summary% Use*}"
if tr '\n' ' ' <"$work/said" | grep -F 'Use -v'; then exit 1; fi
grep '^azure_imds 305/305 hosts, 300 unreachable, 3 failed$' "$work/list"

# On a terminal a line that follows the answers, and where the causes are.
TERM=xterm python on_a_terminal.py ansible-inventory -i "$work/inventory.json" -i "$work/troubled.json" -i troubled.azure_imds.yml --list >"$work/shown"
tr '\r' '\n' <"$work/shown" >"$work/lines"
grep -F "$(printf '\033[K')azure_imds 305/305 hosts, 300 unreachable, 3 failed" "$work/lines"
grep "azure_imds [0-9]*/305 hosts" "$work/lines" | head -n 1 | grep -v '305/305'
test "$(grep -c 'azure_imds 305/305' "$work/lines")" = 1
tr '\n' ' ' <"$work/lines" | tr -s ' ' | grep 'Use -v to see why'

# ansible-runner pretends a terminal and keeps what is written to it.
RUNNER_OMIT_EVENTS=False TERM=xterm python on_a_terminal.py ansible-inventory -i "$work/inventory.json" -i "$work/troubled.json" -i troubled.azure_imds.yml --list >"$work/shown"
if grep "$(printf '\033\[K')" "$work/shown"; then exit 1; fi

# Where all is well nothing is said without a terminal.
inventory all.azure_imds.yml --list >"$work/list" 2>"$work/said"
if grep 'azure_imds: \|hosts returned facts' "$work/said"; then exit 1; fi

# Everybody gone is no error, unless strict says so.
sed 's/^hosts:.*/hosts: gone/' troubled.azure_imds.yml >"$work/gone.azure_imds.yml"
timeout 100 ansible-inventory -i "$work/troubled.json" -i "$work/gone.azure_imds.yml" --graph azure_unreachable >"$work/graph"
test "$(grep -c gone- "$work/graph")" = 300
printf 'strict: true\n' >>"$work/gone.azure_imds.yml"
if ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true timeout 100 ansible-inventory -i "$work/troubled.json" -i "$work/gone.azure_imds.yml" --list 2>"$work/said"; then exit 1; fi
tr '\n' ' ' <"$work/said" | grep '300 of 300 hosts returned no facts, and strict is true. gone-001: '
unset ANSIBLE_CONNECTION_PLUGINS

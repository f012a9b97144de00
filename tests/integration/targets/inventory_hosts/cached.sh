# shellcheck shell=bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by runme.sh: what is known of a host is not asked again, and no trouble with the cache costs a host.

: "${work:?set by simulator.sh}"
cached_file=cached.azure_imds.yml
export ANSIBLE_INVENTORY_CACHE_CONNECTION=$work/known

# asks COUNT [OPTION...]: a run makes so many requests, and all three hosts are there.
asks() {
    local expected=$1 before
    shift
    before=$(requests)
    inventory "$cached_file" --list "$@" >"$work/list" 2>"$work/said" || { cat "$work/said"; return 1; }
    test "$(members azure "$work/list")" = 'db-1 web-1 web-2'
    test "$(requests)" = $((before + expected))
    if grep Traceback "$work/said"; then return 1; fi
}

# flush asks all hosts again. Only playbooks know the option in every version of Ansible.
flush() {
    local before
    before=$(requests)
    play same_facts.yml -i "$cached_file" --list-hosts --flush-cache
    test "$(requests)" = $((before + 3))
}

asks 3
asks 0
flush
asks 0

# A host that is new is asked alone.
sed 's/^hosts:.*/hosts: web:db:late/' cached.azure_imds.yml >"$work/cached.azure_imds.yml"
before=$(requests)
cp "$work/cached.azure_imds.yml" "$work/new.azure_imds.yml"
inventory "$work/new.azure_imds.yml" --list --limit all >"$work/list"
test "$(requests)" = $((before + 4))
inventory "$work/new.azure_imds.yml" --list >"$work/list"
test "$(requests)" = $((before + 4))

# In the same file: another pattern, and only what it adds is asked.
cached_file=$work/grows.azure_imds.yml
cp cached.azure_imds.yml "$cached_file"
asks 3
before=$(requests)
sed 's/^hosts:.*/hosts: web:db:late/' cached.azure_imds.yml >"$cached_file"
inventory "$cached_file" --list >"$work/list"
test "$(requests)" = $((before + 1))
: "${work:?set by simulator.sh}"
cached_file=cached.azure_imds.yml

# A host that is elsewhere now is asked, and one that is back is known.
sed "s|$(endpoint_of db-1)\"|$(endpoint_of web-1)\"|" "$work/inventory.json" >"$work/moved.json"
before=$(requests)
for _time in 1 2; do
    timeout 100 ansible-inventory -i "$work/moved.json" -i "$cached_file" --list >"$work/list"
    test "$(members azure_zone_westeurope_1 "$work/list")" = 'db-1 web-1'
    test "$(requests)" = $((before + 1))
done
asks 0

# Old answers are asked for again; where a service fails, the old facts of its host stay and say so.
export ANSIBLE_INVENTORY_CACHE_TIMEOUT=1
sleep 2
asks 3
sleep 2
faults db-1 '[{"kind": "status", "status": 404}]'
inventory "$cached_file" --list >"$work/list"
faults db-1 '[]'
test "$(members azure "$work/list")" = 'db-1 web-1 web-2'
grep '"stale": true' "$work/list"
test "$(grep -c '"stale"' "$work/list")" = 1
unset ANSIBLE_INVENTORY_CACHE_TIMEOUT

# A cache that is no good costs a query and nothing else.
for content in '' '[]' '{"format": 1, "hosts": []}'; do
    for file in "$work/known"/*; do printf '%s' "$content" >"$file"; done
    asks 3
done
for file in "$work/known"/*; do head -c 1000 /dev/urandom >"$file"; done
asks 3
asks 0

# Two at once on one cache.
rm "$work/known"/*
inventory "$cached_file" --list >"$work/first" &
inventory "$cached_file" --list >"$work/second"
wait $!
cmp <(grep -v seconds "$work/first") <(grep -v seconds "$work/second")
asks 0

# The same where the folder is not there yet: both may want to make it.
rm -r "$work/known"
inventory "$cached_file" --list >"$work/first" &
inventory "$cached_file" --list >"$work/second"
wait $!
cmp <(grep -v seconds "$work/first") <(grep -v seconds "$work/second")
asks 0

# That of Ansible's default is none, which is a warning too.
sed 's/^cache_plugin:.*//' cached.azure_imds.yml >"$work/memory.azure_imds.yml"
for _time in 1 2; do cached_file=$work/memory.azure_imds.yml asks 3; done
test "$(tr '\n' ' ' <"$work/said" | grep -o 'but nothing is kept for the next run' | wc -l)" = 1

# A cache that cannot be kept is a warning.
touch "$work/file"
for place in "$work/file/below" /proc/cache; do
    ANSIBLE_INVENTORY_CACHE_CONNECTION=$place inventory "$cached_file" --list >"$work/list" 2>"$work/said"
    test "$(members azure "$work/list")" = 'db-1 web-1 web-2'
    tr '\n' ' ' <"$work/said" | grep 'so all hosts are asked'
done

# group_vars beside the file of the plugin count, as templates too.
mkdir -p "$work/site/group_vars"
cp listed.azure_imds.yml "$work/site"
printf 'plain_port: %s\nansible_connection: local\nazure_imds_endpoint: "http://127.0.0.1:{{ plain_port }}"\n' "$(endpoint_of web-1 | sed 's/.*://')" >"$work/site/group_vars/all.yml"
timeout 60 ansible-inventory -i "$work/site/listed.azure_imds.yml" --list >"$work/list"
test "$(members azure_vmss_web "$work/list")" = '127.0.1.1 127.0.1.2 127.0.1.3 127.0.2.1'

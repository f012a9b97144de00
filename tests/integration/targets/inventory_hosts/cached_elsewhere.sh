# shellcheck shell=bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by runme.sh after cached.sh: all the same with a cache plugin that keeps no files, by its name.

: "${work:?set by simulator.sh}"
export ANSIBLE_CACHE_PLUGINS=$PWD/cache_plugins
export ANSIBLE_INVENTORY_CACHE_CONNECTION=$work/table
cached_file=$work/table.azure_imds.yml
sed 's/^cache_plugin:.*/cache_plugin: table/' cached.azure_imds.yml >"$cached_file"

asks 3
asks 0
flush
asks 0

# One host is new, one is gone, and all are old: each has an age of its own, and the plugin's time-out is not that of the table.
sed -i 's/^hosts:.*/hosts: web:db:late/' "$cached_file"
before=$(requests)
inventory "$cached_file" --list >"$work/list"
test "$(requests)" = $((before + 1))
export ANSIBLE_INVENTORY_CACHE_TIMEOUT=1
sleep 2
faults db-1 '[{"kind": "status", "status": 404}]'
inventory "$cached_file" --list >"$work/list"
faults db-1 '[]'
test "$(members azure "$work/list")" = 'db-1 late-1 web-1 web-2'
test "$(grep -c '"stale": true' "$work/list")" = 1
unset ANSIBLE_INVENTORY_CACHE_TIMEOUT
sed -i 's/^hosts:.*/hosts: web:db/' "$cached_file"

# Two inventories in one table.
sed 's/^hosts:.*/hosts: web:db/' "$cached_file" >"$work/other.azure_imds.yml"
cached_file=$work/other.azure_imds.yml asks 3
cached_file=$work/other.azure_imds.yml asks 0

# A table that is none, and one that cannot be.
head -c 10000 /dev/urandom >"$work/table"
for place in "$work/table" /proc/table; do
    ANSIBLE_INVENTORY_CACHE_CONNECTION=$place asks 3
    tr '\n' ' ' <"$work/said" | grep 'azure_imds: the cache cannot be read, so all hosts are asked: '
    tr '\n' ' ' <"$work/said" | grep 'azure_imds: cannot write the cache: '
done
rm "$work/table"
asks 3
asks 0
unset ANSIBLE_CACHE_PLUGINS

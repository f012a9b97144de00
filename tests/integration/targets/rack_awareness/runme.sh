#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml
export HERE=$work/files
mkdir "$HERE"

python claims.py >"$work/claims.yml"

play formats.yml "$@"
play hostile.yml "$@"
play claims.yml -i "$work/claims.yml" "$@"
play levels.yml "$@"
python check_formats.py "$HERE"
python check_claims.py "$HERE"
python check_programs.py "$HERE"
test ! -e "$CANARY"

# What is there stays, in blocks too, and nothing is written in check mode.
play blocks.yml "$@"
play blocks.yml --check --diff -e level=location "$@" | tee "$work/diff"
grep -x -- '-broker.rack=westeurope-1' "$work/diff"
grep -x -- '+broker.rack=westeurope' "$work/diff"
grep -x 'broker.rack=westeurope-1' "$HERE/kafka-1/server.properties"

# A host without the level is named, and nothing is written.
if play lacking.yml "$@" >"$work/lacking" 2>&1; then exit 1; fi
grep '2 of 5 hosts have no zone, and 3 have one: hdfs-1, hdfs-2. Choose another level' "$work/lacking"
test ! -e "$HERE/lacking"
play lacking.yml -e rack_awareness_default=nowhere "$@"
grep -c nowhere "$HERE/lacking"

# refused TEXT HOSTS VARIABLES: the role does not run with these variables, and says why. All such plays are run at once.
refused() {
    cat >>"$work/refused.yml" <<PLAY
- name: 'Refused: ${1//\'/\'\'}'
  hosts: '$2'
  gather_facts: false
  vars: $3
  tasks:
    - block:
        - ansible.builtin.include_role: {name: imds.azure.rack_awareness}
        - ansible.builtin.fail: {msg: It was not refused.}
      rescue:
        - ansible.builtin.assert: {that: text in said | join(' '), quiet: true}
          vars:
            text: '${1//\'/\'\'}'
            said: "{{ [ansible_failed_result] | union(ansible_failed_result.results | default([])) | map(attribute='msg', default='') }}"
PLAY
}
file=$HERE/refused
refused 'value of format must be one of' kafka-1 "{rack_awareness_files: [{format: hadoop, dest: $file}]}"
refused 'missing required arguments: dest' kafka-1 '{rack_awareness_files: [{format: kafka}]}'
refused "Elements value for option 'rack_awareness_files'" kafka-1 '{rack_awareness_files: [kafka]}'
refused 'must be one of: auto, zone' kafka-1 "{rack_awareness_files: [{format: kafka, dest: $file}], rack_awareness_level: row}"
refused 'is not a valid name of a rack. Use letters' kafka-1 "{rack_awareness_files: [{format: kafka, dest: $file}], rack_awareness_default: '--'}"
refused "Destination directory $file does not exist" kafka-1 "{rack_awareness_files: [{format: kafka, dest: $file/file}]}"
refused 'consul must be a separate file' kafka-1 "{rack_awareness_files: [{format: consul, dest: $file, block: true}]}"
refused 'not in the inventory: kafka-9. Correct' kafka-1 "{rack_awareness_files: [{format: kafka, dest: $file, hosts: [kafka-9]}]}"
refused 'kafka-9: not in the inventory. Correct' kafka-1 "{rack_awareness_files: [{format: kafka, dest: $file}], rack_awareness_hosts: [kafka-1, kafka-9]}"
refused '1 of 2 hosts of the cluster has no Azure facts: kafka-2. ' kafka-1 \
    "{rack_awareness_files: [{format: kafka, dest: $file}], rack_awareness_hosts: [kafka-1, kafka-2]}"
refused 'rack_awareness_hosts is empty. Add' kafka-1 "{rack_awareness_files: [{format: slurm, dest: $file}], rack_awareness_hosts: []}"
refused 'in the same name: azure_tag_a_b' kafka-1 "{rack_awareness_files: [{format: nomad, dest: $file}], rack_awareness_tags: [a b, a.b]}"
refused '10.8.0.1 (alike-1.east.example, alike-3)' alike "{rack_awareness_files: [{format: hdfs_table, dest: $file}]}"
refused 'alike-1 (alike-1.east.example, alike-1.west.example)' alike "{rack_awareness_files: [{format: ceph, dest: $file}]}"
refused 'does not accept these node names: alike 4. In' alike "{rack_awareness_files: [{format: slurm, dest: $file}]}"
play "$work/refused.yml" -i alike.yml "$@"
if compgen -G "$file*"; then exit 1; fi
# Only one of two hosts is refused.
files="[{format: kafka, dest: '$file-{{ inventory_hostname }}', hosts: [kafka-2]}]"
if play wrong.yml -e ask=kafka-1:kafka-2 -e "{rack_awareness_files: $files, rack_awareness_hosts: [kafka-1]}" >"$work/refused" 2>&1; then exit 1; fi
tr -s '[:space:]' ' ' <"$work/refused" | grep -o -F 'kafka-2 is not in rack_awareness_hosts'
if compgen -G "$file*"; then exit 1; fi

# One computer may have two names, a name of two computers is left out and said so, and a single host is a cluster.
play wrong.yml -i alike.yml -e "ask='alike:!alike-3'" -e "{rack_awareness_files: [{format: hdfs_table, dest: $HERE/alike, hosts: [alike-2]}]}"
tr '\t' ' ' <"$HERE/alike" | diff - /dev/fd/3 3<<'TABLE'
# Left out, because computers in several places have this name: one (alike-1.east.example, alike-1.west.example)
10.8.0.1 /westeurope/zone-1/fd-none
alike-1.east.example /westeurope/zone-1/fd-none
10.8.0.2 /westeurope/zone-2/fd-none
alike-1.west.example /westeurope/zone-2/fd-none
10.8.0.3 /westeurope/zone-1/fd-none
alike-2 /westeurope/zone-1/fd-none
two /westeurope/zone-1/fd-none
10.8.0.3 /westeurope/zone-1/fd-none
alike-two /westeurope/zone-1/fd-none
two /westeurope/zone-1/fd-none
10.8.0.4 /westeurope/zone-1/fd-none
10.8.0.5 /westeurope/zone-1/fd-none
five.example /westeurope/zone-1/fd-none
TABLE
# The same with a limit, for facts that are known beforehand, and where hosts do not wait for each other.
table="{rack_awareness_files: [{format: hdfs_table, dest: $HERE/limited, hosts: [alike-2]}]}"
play wrong.yml -i alike.yml -e "ask='alike:!alike-3'" -e "$table" --limit alike-2
diff "$HERE/alike" "$HERE/limited"
rm "$HERE/limited"
ANSIBLE_STRATEGY=free play wrong.yml -i alike.yml -e "ask='alike:!alike-3'" -e "$table"
diff "$HERE/alike" "$HERE/limited"

# not_whole NAME OPTION...: without the facts of all hosts, the role says whose it lacks, and writes nothing that tells of some hosts only.
not_whole() {
    if play wrong.yml -e ask=kafka -e "{rack_awareness_files: [{format: slurm, dest: $HERE/$1}]}" "${@:2}" >"$work/refused" 2>&1; then exit 1; fi
    tr -s '[:space:]' ' ' <"$work/refused" | grep -E -o 'of 3 hosts of the cluster ha(s|ve) no Azure facts: kafka-[^.]*'
    if test -e "$HERE/$1"; then grep -c kafka- "$HERE/$1" | grep -x 3; fi
}
not_whole limit --limit kafka-1
test ! -e "$HERE/limit"
ANSIBLE_STRATEGY=free not_whole free --forks 1
ANSIBLE_STRATEGY=host_pinned not_whole pinned --forks 1

# A set that shows one fault domain is no rack because of that, and it is said why.
play wrong.yml -i flexible.yml -e ask=flexible -e "{rack_awareness_files: [{format: kafka, dest: '$HERE/{{ inventory_hostname }}'}]}" >"$work/flexible" 2>&1
cat "$work/flexible"
tr -s '[:space:]' ' ' <"$work/flexible" | grep -F 'The spread of scale set batch is unknown'
grep -x 'broker.rack=northeurope' "$HERE/flexible-1"

play wrong.yml -e "{rack_awareness_files: [{format: slurm, dest: $HERE/single}]}"
grep -x 'SwitchName=azure Switches=westeurope-1' "$HERE/single"

# The facts of the module win, also where Ansible does not make variables of facts.
module_or_inventory module_or_inventory.yml "$@"
ANSIBLE_INJECT_FACT_VARS=false module_or_inventory module_or_inventory.yml "$@"

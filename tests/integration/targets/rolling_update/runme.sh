#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

export PYTHONPATH=$PYTHONPATH:$ANSIBLE_COLLECTIONS_PATH
export ANSIBLE_CONNECTION_PLUGINS=$PWD/../setup_simulator/connection_plugins ANSIBLE_ROLES_PATH=$PWD/roles ANSIBLE_FORKS=10 ANSIBLE_PIPELINING=true
python -m ansible_collections.imds.azure.tests.places.fleet >"$work/fleet.json"
start_simulator "$work/fleet.json"
options=("$@")

# update NAME HOSTS [OPTION...]: what Ansible says goes to NAME, and what the hosts write down to NAME.log.
update() {
    local name=$1 hosts=$2
    shift 2
    play imds.azure.rolling_update -i services.yml -e rolling_update_tasks=update.yml -e rolling_update_gather_facts=false -e "rolling_update_hosts=$hosts" \
        -e "log=$work/$name.log" "$@" "${options[@]}" >"$work/$name" 2>&1
}
# runs update|own NAME ...: it ends well.
runs() {
    "$@" || { cat "$work/$2"; exit 1; }
}
# ends NAME TEXT COMMAND...: the update NAME ends with an error that says this, and with the code of hosts that failed or could not be reached.
ends() {
    local name=$1 text=$2 code=0
    "${@:3}" || code=$?
    cat "$work/$name"
    test "$code" = 2 || test "$code" = 4
    grep -F "$text" "$work/$name"
}
check() {
    python check_log.py "$work/$1.log" "${@:2}"
}

# Facts are gathered where the inventory has none, and each batch is told.
runs update web web
check web web - -
grep 'Batch 2 of 3, physical zone westeurope-az2: web_1' "$work/web"
grep '"web_3 in 1 of 3 with 2"' "$work/web"
runs update db db -e rolling_update_availability_set_tag=availabilitySet
check db db availabilitySet -
runs update batch batch -e rolling_update_at_most=75%
check batch batch - 75%
grep 'the spread of 4 hosts is unknown' "$work/batch"

# All hosts, with the facts and groups of the inventory. Those of which nothing is known come last, and the last of them cannot be reached.
ends everything 'fatal: [gone]: UNREACHABLE!' \
    update everything all -i groups.azure_imds.yml -e rolling_update_availability_set_tag=availabilitySet -e rolling_update_tasks=quick.yml
check everything everything availabilitySet - --never gone
runs update groups azure_vmss_shop -i groups.azure_imds.yml
check groups shop - -

# The first batch with a failure is the last. The other hosts of that batch come back.
ends failed 'Batch 1 of 3 has failed on web_0. The update stops here, before web_1, web_2.' update failed web -e failing=web_0
check failed web - - --up-to 1 --left web_0
ends vanished 'Batch 1 of 3 has failed on web_3. The update stops here, before web_1, web_2.' update vanished web -e vanishing=web_3
check vanished web - - --up-to 1 --left web_3

# What a block rescues is no failure, and neither is a host that is done early.
runs update recovered web -e recovering=web_0,web_1 -e ended=web_3
check recovered web - - --left web_3

# As many failures as are allowed, in a batch, do not stop the update, and are not forgotten. All of a batch always do.
ends tolerated 'Batch 3 of 3' update tolerated web -e failing=web_0 -e rolling_update_max_fail_percentage=50
check tolerated web - - --left web_0
ends exceeded 'Batch 1 of 3 has failed on web_3.' update exceeded web -e vanishing=web_3 -e rolling_update_max_fail_percentage=49.9
check exceeded web - - --up-to 1 --left web_3
ends all_of_batch 'fatal: [web_1]: FAILED!' update all_of_batch web -e failing=web_1 -e rolling_update_max_fail_percentage=100
check all_of_batch web - - --up-to 2 --left web_1

# --limit takes hosts out before the batches are made, and localhost need not be among the rest.
runs update limited web --limit web_0,web_3,db
check limited web_0,web_3 - 2
runs update elsewhere web --limit shop
grep 'skipping: no hosts matched' "$work/elsewhere"
test ! -e "$work/elsewhere.log"

# A check changes nothing and tells the batches. Tags of the user's tasks count.
runs update checked web --check
test ! -e "$work/checked.log"
grep 'Batch 3 of 3, physical zone westeurope-az3: web_2' "$work/checked"
runs update tagged web --tags nothing
test ! -e "$work/tagged.log"
grep 'Batch 3 of 3' "$work/tagged"

# Wrong input, before anything is done.
ends no_file "Cannot find the task file $PWD/missing.yml. Relative paths in rolling_update_tasks start at $PWD." \
    update no_file web -e rolling_update_tasks=missing.yml
ends no_group 'No hosts match webb. Set rolling_update_hosts to a group or pattern of the inventory.' update no_group webb
ends no_group_limited 'No hosts match webb.' update no_group_limited webb --limit web_1
ends at_most "at_most is '150%'. Set it to a number of hosts, 1 or more, or to a percentage" update at_most web -e rolling_update_at_most=150%
ends percentage 'half is not a percentage. Set rolling_update_max_fail_percentage to a number from 0 to 100.' \
    update percentage web -e rolling_update_max_fail_percentage=half
for name in no_file no_group no_group_limited at_most percentage; do
    test ! -e "$work/$name.log"
done
nothing() {
    play imds.azure.rolling_update "$@" >"$work/nothing" 2>&1
}
ends nothing 'rolling_update_hosts is not set. Set it' nothing -e rolling_update_tasks=update.yml
ends nothing 'rolling_update_tasks is not set. Set it' nothing -i services.yml -e rolling_update_hosts=web

# In a playbook of the user's: a second update has batches of its own, and nothing follows a failure.
mkdir "$work/site"
cp site.yml update.yml "$work/site"
# own NAME PLAYBOOK [OPTION...]
own() {
    play "$work/site/$2" -i services.yml -i groups.azure_imds.yml -e "log=$work/$1.log" "${@:3}" "${options[@]}" >"$work/$1" 2>&1
}
runs own both site.yml
sed -n 's/begins //p' "$work/both.log" | tr '\n' ' ' | grep -xE '(web_0 web_3|web_3 web_0) web_1 web_2 (shop_0 shop_5|shop_5 shop_0) shop_1 shop_2 shop_3 shop_4 '
ends first 'The update stops here, before web_1, web_2.' own first site.yml -e failing=web_3
check first web - - --up-to 1 --left web_3

# What the documentation shows.
python examples.py >"$work/site/examples.yml"
runs own examples examples.yml
grep '"1 of 3, physical zone westeurope-az1: web_0, web_3"' "$work/examples"
python examples.py "$collection/docs/rolling-updates.md" >"$work/site/page.yml"
cp update.yml "$work/site/tasks.yml"
runs own page page.yml
check page web - 25%
ends page_failed 'fatal: [web_0]: FAILED!' own page_failed page.yml -e failing=web_0
check page_failed web - 25% --up-to 1 --left web_0

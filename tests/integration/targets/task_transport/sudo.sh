#!/bin/sh
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A stand-in for sudo as the sternest administrator sets it up: a lecture before, a password and a terminal are wanted.
prompt='Password:' user=root
while :; do
    case $1 in
        -p) prompt=$2; shift 2;;
        -u) user=$2; shift 2;;
        -*) shift;;
        *) break;;
    esac
done
if [ ! -t 0 ]; then
    echo 'sudo: sorry, you must have a tty to run sudo' >&2
    exit 1
fi
printf '\nWe trust you have received the usual lecture from the local System\nAdministrator. HTTP/1.1 500 Lecture\n\n    #1) Respect the privacy of others.\n\n' >&2
printf '%s' "$prompt" >&2
stty -echo
read -r password
stty echo
echo >&2
if [ "$password" != 'correct horse' ]; then
    echo 'Sorry, try again.' >&2
    exit 1
fi
exec su -s /bin/sh -c 'exec "$@"' -- "$user" sh "$@"

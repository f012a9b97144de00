#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

sshd=
end() {
    if [ -n "$sshd" ]; then
        kill "$sshd" || true
    fi
}

# shown PLAYBOOK [OPTION...]: as play, with -vvv, and no secret may be in what is shown.
shown() {
    play "$@" -vvv >"$work/shown" 2>&1 || { tail -n 100 "$work/shown"; return 1; }
    if grep -e SIMULATED.not-a-credential -e RE8tTk9ULVNIT1c -e DO-NOT-SHOW "$work/shown"; then
        echo 'A secret was shown.' >&2
        return 1
    fi
}

start_simulator fleet.yml

for way in shell module; do
    shown behaviors.yml -i away.yml -e "way=$way" "$@"
    grep -q 'the output has been hidden' "$work/shown"
    status=0
    play fatal.yml -e "way=$way" "$@" >"$work/shown" 2>&1 || status=$?
    test "$status" = 2
    grep -q 'refusing.*failed=1' "$work/shown"
    if grep 'any_errors_fatal was not honored' "$work/shown"; then exit 1; fi
done
# The home folder of these tests is not the one of the user.
ANSIBLE_ASYNC_DIR=$work/async shown ways.yml "$@"

# From here on commands are run as another user, if there are users to choose from and a program that changes to them.
methods=
if [ "$(id -u)" != 0 ]; then
    echo 'Left out: become, for only the superuser needs no password.'
elif ! id nobody; then
    echo 'Left out: become, for there is no user "nobody".'
else
    if su -s /bin/sh nobody -c true; then
        methods='{"method": "su", "flags": "-s /bin/sh"}'
    else
        echo 'Left out: become with su, which is not there or not allowed.'
    fi
    if sudo -n -u nobody true; then
        methods="$methods${methods:+, }{\"method\": \"sudo\", \"flags\": \"-H -S -n\"}"
    else
        echo 'Left out: become with sudo itself, which is not there or not allowed.'
    fi
fi
# A password, a terminal and a lecture can be had without it.
stern="{\"method\": \"sudo\", \"exe\": \"$PWD/sudo.sh\", \"flags\": \"-H -S -n\", \"password\": \"correct horse\"}"
as_others() {
    echo "{\"become_methods\": [$methods${methods:+, $stern}]}"
}

# Without a terminal of its own, that sudo refuses where Ansible makes none either.
ANSIBLE_PIPELINING=true shown connections.yml -e "{\"become_methods\": [$methods]}" "$@"
ANSIBLE_PIPELINING=false shown connections.yml -e "$(as_others)" "$@"

# What containers print around the answer changes nothing.
for noise in '' 1; do
    NOISE=$noise shown connections.yml -e "{\"become_methods\": [$methods], \"through\": {\"connection\": \"boxed\"}}" -e "boxed_docker=$PWD/docker.sh" "$@"
done

# Where BusyBox is everything that there is.
if [ "$(id -u)" = 0 ] && busybox=$(command -v busybox); then
    export BOX=$work/box
    mkdir -p "$BOX/bin" "$BOX/dev"
    for file in "$busybox" $(ldd "$busybox" | grep -o '/[^ ]*'); do
        mkdir -p "$BOX${file%/*}"
        cp -L "$file" "$BOX$file"
    done
    chroot "$BOX" "$busybox" --install -s /bin
    shown connections.yml -e '{"become_methods": [], "through": {"connection": "boxed"}}' -e "boxed_docker=$PWD/chroot.sh" "$@"
else
    echo 'Left out: chroot, for only the superuser can, or busybox is not installed.'
fi

program=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd || true)
if [ -z "$program" ] || ! command -v ssh; then
    echo 'Left out: ssh, which is not installed.'
    exit 0
fi
read -r port noisy_port <<<"$(python -c '
import socket
listeners = [socket.create_server(("127.0.0.1", 0)) for number in range(2)]
print(*(listener.getsockname()[1] for listener in listeners))')"
ssh-keygen -q -t ed25519 -N '' -f "$work/host"
ssh-keygen -q -t ed25519 -N '' -f "$work/user"
for each in "$port" "$noisy_port"; do
    echo "[127.0.0.1]:$each $(cat "$work/host.pub")"
done >"$work/known_hosts"
printf 'This banner has no end of line: HTTP/1.1 200 OK' >"$work/banner"
cat >"$work/sshd_config" <<END
ListenAddress 127.0.0.1:$port
ListenAddress 127.0.0.1:$noisy_port
HostKey $work/host
AuthorizedKeysFile $work/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
Match LocalPort $noisy_port
  Banner $work/banner
  ForceCommand printf 'Welcome\r\nHTTP/1.1 500 Banner\r\n\r\nimds-0 skipped\n  X: 1\nno end'; echo broken >&2; eval "\$SSH_ORIGINAL_COMMAND"; status=\$?; printf 'logout\nimds-0 end 0\nHTTP/1.1 500 Late\r\n\r\n'; exit \$status
END
if [ "$(id -u)" = 0 ]; then
    mkdir -p /run/sshd
fi
"$program" -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
sshd=$!
options="-F none -i $work/user -o UserKnownHostsFile=$work/known_hosts -o IdentitiesOnly=yes -o BatchMode=yes -o ControlPath=none"
# shellcheck disable=SC2086
if ! ssh -o ConnectionAttempts=30 $options -p "$port" 127.0.0.1 true; then
    cat "$work/sshd.log"
    echo 'Left out: ssh, for this user cannot log in.'
    exit 0
fi

# over_ssh CONNECTION PORT [OPTION...]
over_ssh() {
    shown connections.yml -e "$(as_others)" -e "{\"through\": {\"connection\": \"$1\", \"port\": $2}}" "${@:3}"
}
export ANSIBLE_SSH_ARGS=$options
ANSIBLE_PIPELINING=false over_ssh ssh "$noisy_port" "$@"
ANSIBLE_PIPELINING=false over_ssh ssh "$port" "$@"
ANSIBLE_PIPELINING=true over_ssh ssh "$port" "$@"
# Become that makes Ansible ask for a terminal has got one, and with it other ends of lines.
grep -q 'SSH: EXEC.* -tt ' "$work/shown"

if python -c 'import paramiko, ansible.plugins.connection.paramiko_ssh'; then
    ANSIBLE_HOST_KEY_CHECKING=false ANSIBLE_PRIVATE_KEY_FILE=$work/user over_ssh paramiko_ssh "$port" "$@"
else
    echo 'Left out: paramiko, which is not installed, or not a part of this ansible-core any more.'
fi

#!/usr/bin/env bash
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck source=tests/integration/targets/setup_simulator/simulator.sh
source ../setup_simulator/simulator.sh

start_simulator fleet.yml --ca-dir "$work/ca"
export SSL_CERT_DIR=$work/none
unset http_proxy HTTP_PROXY

play verified.yml -e "ca=$work/ca" "$@"
play verified.yml -e "ca=$work/ca" --check "$@"
play not_verified.yml -e "ca=$work/ca" "$@"
play downloads.yml -e "ca=$work/ca" --forks 10 "$@"
http_proxy=http://127.0.0.1:9 no_proxy='' play proxy.yml -e "ca=$work/ca" "$@"
play options.yml -e "ca=$work/ca" "$@"

# The roots of the system, which is not the one of whoever runs this: one that has the simulator's, another one, and none.
SSL_CERT_FILE=$work/ca/root.pem play system_roots.yml -e "ca=$work/ca" -e expected=verified "$@"
SSL_CERT_FILE=$work/ca/intermediate.pem play system_roots.yml -e "ca=$work/ca" -e expected=verified "$@"
cp other_root.pem "$work/ca/other_root.pem"
SSL_CERT_FILE=$work/ca/other_root.pem play system_roots.yml -e "ca=$work/ca" -e expected=untrusted "$@"
SSL_CERT_FILE=$work/none play system_roots.yml -e "ca=$work/ca" -e expected=failed "$@"

mkdir "$work/without"
mkdir "$work/without/cryptography"
echo 'raise ImportError("not here")' >"$work/without/cryptography/__init__.py"
PYTHONPATH=$work/without:$PYTHONPATH play without_library.yml "$@"

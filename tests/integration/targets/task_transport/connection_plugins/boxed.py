# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection into a container, with the words that the plugins of docker and podman use, but no container behind them."""

from __future__ import annotations

import os
import shutil
import subprocess

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: boxed
short_description: Runs commands as in a container
description: Runs them by a program that is called as docker is.
author: Contributors to the imds.azure collection
options:
  remote_addr:
    description: The name of the container.
    vars:
      - name: inventory_hostname
  docker:
    description: The program.
    required: true
    vars:
      - name: boxed_docker
"""


class Connection(ConnectionBase):
    transport = 'boxed'
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=False):
        super().exec_command(cmd, in_data, sudoable)
        command = [self.get_option('docker'), 'exec', '-i', self.get_option('remote_addr'), '/bin/sh', '-c', cmd]
        self._display.vvv(f'EXEC {command}', host=self.get_option('remote_addr'))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        assert process.stderr
        before = b''
        assert process.stdin
        assert process.stdout
        assert process.stderr
        if self.become and self.become.expect_prompt() and sudoable:
            # As those plugins do, whatever comes first is read until become has worked or asks for a password.
            while not (self.become.check_success(before) or self.become.check_password_prompt(before)):
                before += os.read(process.stdout.fileno(), 4096) or os.read(process.stderr.fileno(), 4096)
            if not self.become.check_success(before):
                process.stdin.write(self.become.get_option('become_pass').encode() + b'\n')
                process.stdin.flush()
        stdout, stderr = process.communicate(in_data)
        return process.returncode, before + stdout, stderr

    def put_file(self, in_path, out_path):
        shutil.copyfile(in_path, out_path)

    def fetch_file(self, in_path, out_path):
        shutil.copyfile(in_path, out_path)

    def close(self):
        self._connected = False

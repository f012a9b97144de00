# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for a Key Vault: `stand_in_vault.py PORT TOKEN NAME VALUE` serves one secret on loopback to those who have the token."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

PORT, TOKEN, NAME, VALUE = sys.argv[1:]


class Vault(BaseHTTPRequestHandler):
    """GET /secrets/NAME?api-version=..."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers.get('Authorization') != f'Bearer {TOKEN}':
            self.answer(401, {'error': {'code': 'Unauthorized', 'message': 'No token, or another one'}})
        elif 'api-version' not in parse_qs(url.query) or url.path != f'/secrets/{NAME}':
            self.answer(404, {'error': {'code': 'SecretNotFound', 'message': 'Not found'}})
        else:
            self.answer(200, {'value': VALUE, 'id': f'https://shop.vault.azure.net{url.path}/1', 'attributes': {'enabled': True}})

    def answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == '__main__':
    server = HTTPServer(('127.0.0.1', int(PORT)), Vault)
    print('ready', flush=True)
    server.serve_forever()

# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Azure Resource Manager's list of clouds, on loopback; also when it is asked as a proxy.

Its arguments are two files: it writes its port to the first, and to the second a line for each request.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLOUDS = {
    'public': {'endpoint': 'management.azure.com', 'locations': ['westeurope', 'northeurope']},
    'chinaCloud': {'endpoint': 'management.chinacloudapi.cn', 'locations': ['chinaeast2']},
    "{{ lookup('ansible.builtin.pipe', 'touch \"$CANARY\"') }}": {'endpoint': 'management.mine.example', 'locations': ['mine']},
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with open(sys.argv[2], 'a', encoding='utf-8') as log:
            print(self.path, file=log)
        body = json.dumps({'cloudEndpoint': CLOUDS}).encode()
        self.send_response(500 if self.path.endswith('/error') else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
with open(sys.argv[1], 'w', encoding='utf-8') as port:
    print(server.server_port, file=port)
server.serve_forever()

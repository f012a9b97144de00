# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the pictures of the documentation: the report on the fleet of the demo. Called by ``make screenshot`` with the folder to write to."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from ansible_collections.imds.azure.tests.browser.closed_browser import closed_browser, why_not
from ansible_collections.imds.azure.tests.browser.fleet_reports import REPORTS
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage

# Scheme, width and height of each, in CSS pixels.
PICTURES = {'topology-report.png': ('light', 1280, 1180), 'topology-report-phone.png': ('dark', 360, 780)}


def main() -> int:
    if reason := why_not():
        print(f'No pictures can be made: {reason}', file=sys.stderr)
        return 1
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, closed_browser(Path(folder)) as browser:
        page = REPORTS['demo'](Path(folder) / 'demo') / 'topology.html'
        for name, (scheme, width, height) in PICTURES.items():
            opened = ReportPage(browser.new_page(), page, scheme, width)
            opened.page.set_viewport_size({'width': width, 'height': height})
            opened.page.screenshot(path=target / name)
            print(target / name)
    return 0


if __name__ == '__main__':
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())

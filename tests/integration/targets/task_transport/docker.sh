#!/bin/sh
# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# docker exec -i NAME WORD...: runs the words here, and what the images of some say at each start is around what they print.
shift 3
if [ -n "$NOISE" ]; then
    printf 'Welcome\r\nHTTP/1.1 500 Banner\r\nContent-Length: 3\r\n\r\nno\n  X-Banner: 1\nimds-0 start\nimds-0 skipped\nno end of line'
    echo 'WARNING: broken HTTP/1.1 200 OK {}' >&2
fi
"$@"
status=$?
if [ -n "$NOISE" ]; then
    printf 'logout\nimds-0 end 0\nimds-0 done\nHTTP/1.1 500 Late\r\n\r\n'
fi
exit $status

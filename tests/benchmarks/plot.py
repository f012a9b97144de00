# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of what grows with what, as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 230, 20, 50
COLOURS = ('#5f6b7a', '#0b62c4', '#b3541e')


def picture(lines: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> str:
    """Each line with its name at its end; both axes have a step for ten times as much."""
    points = [point for line in lines.values() for point in line]
    left, right = (end(math.log10(x) for x, _y in points) for end in (min, max))
    bottom, top = math.floor(min(math.log10(y) for _x, y in points)), math.ceil(max(math.log10(y) for _x, y in points))

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (math.log10(x) - left) / (right - left) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (math.log10(y) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<title>{html.escape(up)} by number of {html.escape(across)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for x in sorted({x for x, _y in points}):
        at = place(x, 10**bottom)[0]
        parts.append(f'<line x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:,.0f}</text>')
    for power in range(bottom, top + 1):
        at = place(10**left, 10**power)[1]
        parts.append(f'<line x1="{LEFT}" y1="{at:.1f}" x2="{WIDTH - RIGHT}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:,g}</text>')
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        places = [place(*point) for point in line]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{html.escape(name)}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 12}">{html.escape(across)}</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 6}" text-anchor="start">{html.escape(up)}</text>')
    return '\n'.join([*parts, '</svg>', ''])

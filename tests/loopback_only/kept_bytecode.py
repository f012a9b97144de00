# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what Python compiles of zip files in the folder that IMDS_TEST_BYTECODE names, by the hash of the source.

Each run of a module brings its code as a zip without bytecode, and compiles the same thirty files anew: half of its time. Imported by sitecustomize.py
beside it. Where Python has no zipimport written in Python (before 3.8), nothing is kept.
"""

import _imp
import marshal
import os
import sys
import zipimport


def keep(folder: str) -> None:
    """From now on compile a source of a zip file only if it is not in the folder."""
    compiled_anew = getattr(zipimport, '_compile_source', None)
    if compiled_anew is None:
        return

    def compiled(pathname, source):
        # As in the names of files that Python checks by their hash.
        name = '%s-%s' % (sys.implementation.cache_tag, _imp.source_hash(sys.hexversion, source).hex())
        path = os.path.join(folder, name)
        try:
            with open(path, 'rb') as kept:
                code = marshal.loads(kept.read())
        except OSError:
            code = compiled_anew(pathname, source)
            write(path, marshal.dumps(code))
        # The zip lies elsewhere each time.
        _imp._fix_co_filename(code, pathname)  # type: ignore[attr-defined]  # private, so typeshed leaves it out
        return code

    zipimport._compile_source = compiled  # type: ignore[attr-defined]  # private, so typeshed leaves it out


def write(path: str, content: bytes) -> None:
    """At once or not at all: several write it side by side, and some are users who must not."""
    unfinished = '%s.%d' % (path, os.getpid())
    try:
        with open(unfinished, 'wb') as file:
            file.write(content)
        os.replace(unfinished, path)
    except OSError:
        pass


keep(os.environ['IMDS_TEST_BYTECODE'])

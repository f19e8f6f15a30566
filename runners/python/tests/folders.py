"""Folders with models, for tests."""

import os
import sys
import tempfile
import textwrap
import unittest


class FolderTest(unittest.TestCase):
    def folder(self, **files):
        """A folder with files; `model` is model.py, `dowel_json` dowel.json."""
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        path = list(sys.path)
        self.addCleanup(lambda: sys.path.__setitem__(slice(None), path))
        for module in ("model", "scoring"):
            sys.modules.pop(module, None)
        for name, text in files.items():
            name = name.replace("_", ".") if "_" in name else name + ".py"
            with open(os.path.join(held.name, name), "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(text))
        return held.name

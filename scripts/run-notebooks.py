#!/usr/bin/env python3
"""Runs the notebooks of docs/notebooks with Jupyter and writes them with their outputs.

usage: run-notebooks.py [--out FOLDER] [--program pythia.dll] [NOTEBOOK ...]

The notebooks call `pythia`: the one on the PATH, or the built program that is named. Each runs in an empty folder of its own. Without --out the files
themselves are replaced. What differs from run to run (times, ids of cells, the machine's language settings) is not kept.
"""
import argparse
import os
import pathlib
import sys
import tempfile

import nbclient
import nbformat

# Else the debugger of the kernel prints warnings about modules that it cannot step into.
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

HERE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "notebooks"


def run(source, target):
    notebook = nbformat.read(source, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}})
        client.execute()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, target)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, help="where to write; default: over the notebooks")
    parser.add_argument("notebooks", nargs="*", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, help="the pythia.dll that `pythia` stands for")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as bin_folder:
        if arguments.program:
            shim = pathlib.Path(bin_folder) / "pythia"
            shim.write_text(f"#!/bin/sh\nexec dotnet '{arguments.program.resolve()}' \"$@\"\n")
            shim.chmod(0o755)
            os.environ["PATH"] = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        for source in arguments.notebooks or sorted(HERE.glob("*.ipynb")):
            target = (arguments.out / source.name) if arguments.out else source
            run(source, target)
            print(target)


if __name__ == "__main__":
    sys.exit(main())

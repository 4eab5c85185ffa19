#!/usr/bin/env bash
# pythia sweep against bench/peers/sweep.py: the same checkpoint, the same measurements, whole processes in alternation. Prints a table in Markdown.
# usage: bench/run.sh [--pairs 5] [--long-pairs 2] [--models pythia-70m] [--groups weights,activations] [--set 4] [--work FOLDER]
# PYTHIA_PROGRAM=PATH measures that program instead of the one built here: for example an archive's (scripts/archive.sh), whose code is compiled ahead.
# The default takes ten minutes on two cores; pythia-160m 25, pythia-410m and pythia-1b hours of the peer.
# Needs Debian's python3-numpy, python3-scipy, python3-torch and libopenblas0-pthread (with the reference BLAS the peer would be ten times slower).
set -euo pipefail
cd "$(dirname "$0")/.."
python=/usr/bin/python3
$python -c 'import numpy, scipy, torch' 2>/dev/null || { echo "run.sh: $python needs numpy, scipy and torch: apt-get install python3-numpy python3-scipy python3-torch" >&2; exit 1; }
ls /usr/lib/*/openblas-pthread/libblas.so.3 >/dev/null 2>&1 || { echo "run.sh: OpenBLAS is absent: apt-get install libopenblas0-pthread" >&2; exit 1; }
dotnet build -v q -c Release src/PythiaOrleans.Cli >&2
dotnet build -v q -c Release bench/PythiaOrleans.Bench >&2
exec $python bench/compare.py "$@"

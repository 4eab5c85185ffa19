#!/usr/bin/env python3
"""Sweeps one real-shaped checkpoint again and again, in a process each, and compares the bytes of all results: what differs is a race. Exits with 1 then.

usage: /usr/bin/python3 bench/repeat.py [--times 5] [--model pythia-70m] [--analyses NAME,NAME] [--work FOLDER]
A race may show once in hundreds of passes: tests of small models seldom meet it. Five times all analyses of pythia-70m take three minutes on two cores.
Needs the program (dotnet build -c Release src/PythiaOrleans.Cli) and python3-numpy.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import tempfile

from compare import GROUPS, HERE, sweep

MORE = ["behaviour", "attention-heads", "stream-controls", "representation-geometry", "function-space", "embedding-seriation", "shuffled-spectrum"]


def digests(store):
    found = {}
    for path in glob.glob(os.path.join(store, "results/*/*/*.run.json")):
        with open(path) as f:
            found[os.path.basename(path).removesuffix(".run.json")] = json.load(f)["sha256"]
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--times", type=int, default=5)
    p.add_argument("--model", default="pythia-70m")
    p.add_argument("--analyses", default=",".join(sum(GROUPS.values(), []) + MORE))
    p.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "pythia-bench"))
    args = p.parse_args()
    root, wanted = os.path.join(args.work, "checkpoints"), args.analyses.split(",")
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "peers/make_checkpoints.py"), root, args.model, "--last", "1000"], check=True)
    first, different = None, set()
    for time in range(args.times):
        store, cost = sweep(root, args.work, args.model, wanted, "1000")
        found = digests(store)
        if len(found) != len(wanted):
            sys.exit(f"{len(found)} results of {len(wanted)} analyses, see {args.work}/pythia.log")
        first = first or found
        now = {name for name in found if found[name] != first[name]}
        different |= now
        print(f"{time + 1}: {cost['wall']:.1f} s, {len(found)} results, {'as the first time' if not now else 'other bytes: ' + ', '.join(sorted(now))}", flush=True)
    sys.exit(1 if different else 0)


main()

#!/usr/bin/env python3
"""What one checkpoint of a large model takes: a process for the weights, one for the stream, one for the gradients. Prints a table in Markdown.

usage: bench/full_size.py [--models pythia-410m,pythia-1b,pythia-1.4b] [--groups weights,stream,gradients] [--work FOLDER]
The groups are these three, and counts: the analyses of weights that decompose nothing, for models whose spectra take hours here.
Needs the program (dotnet build -c Release src/PythiaOrleans.Cli) and python3-numpy; 6 bytes of disk for each parameter. pythia-1.4b takes half an hour on
two cores.
"""
import argparse
import os
import subprocess
import tempfile

from compare import GROUPS, HERE, compute_seconds, sweep

SETS = {"weights": GROUPS["weights"], "stream": ["residual-stream"], "gradients": ["weight-gradients"],
        "counts": ["weight-moments", "weight-distance", "weight-distribution"]}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--models", default="pythia-410m,pythia-1b,pythia-1.4b")
    p.add_argument("--groups", default="weights,stream,gradients")
    p.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "pythia-bench"))
    args = p.parse_args()
    root = os.path.join(args.work, "checkpoints")
    print("| | wall, s | core-seconds | peak, MiB | of that anonymous | load before | seconds of each |\n| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for model in args.models.split(","):
        subprocess.run(["/usr/bin/python3", os.path.join(HERE, "peers/make_checkpoints.py"), root, model, "--last", "1000"], check=True, stdout=subprocess.DEVNULL)
        for group in args.groups.split(","):
            store, cost = sweep(root, args.work, model, SETS[group], "1000")
            each = ", ".join(f"{name} {compute_seconds(store, model, 1000, name):.1f}" for name in SETS[group])
            print(f"| {model}, {group} | {cost['wall']:.0f} | {cost['cpu']:.0f} | {cost['peak']:.0f} | {cost['anonymous']:.0f} | {cost['load']:.1f} | {each} |", flush=True)


main()

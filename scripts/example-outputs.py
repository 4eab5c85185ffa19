#!/usr/bin/env python3
"""Runs an example of every command on the quick demo's checkpoints and keeps the first lines of what it prints.

usage: example-outputs.py --program pythia.dll [--demo FOLDER]

Writes src/PythiaOrleans.Cli/Commands/example-outputs.txt, which `pythia help --markdown` shows. --demo names a folder in which `pythia demo --quick` ran
already; without it the demo runs first (one to three minutes). Names, times and keys that differ from run to run are replaced.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

TARGET = pathlib.Path(__file__).resolve().parent.parent / "src/PythiaOrleans.Cli/Commands/example-outputs.txt"
MAX_LINES, MAX_LENGTH = 10, 150
STORE = "pythia-demo/store"

# In this order: later ones show what earlier ones left.
COMMANDS = """\
pythia demo --quick
pythia models nano-1
pythia analyses weight-moments
pythia plan --source pythia-demo/checkpoints --models nano-1,nano-2 --steps 0..715:55
pythia sweep --source pythia-demo/checkpoints --models nano-1 --steps 0,355,715 --analyses weight-moments,integrity --name mine
pythia status
pythia pause mine
pythia resume mine
pythia cancel mine
pythia why nano-1@step715 --sweep mine
pythia report mine --out report
pythia plot nano-quick weight-moments-norm --models nano-1 --out norms.svg
pythia animate nano-quick weight-distribution-histogram --models nano-1 --out weights.gif
pythia series mine --analysis weight-moments --columns norm --components embed_in
pythia findings --published --only mlp-norms-peak
pythia compare mine --reference nano-quick
pythia changepoints published --model pythia-1b
pythia budget --published --components embed_in
pythia forecast published
pythia evals list
pythia evals import results.json --name mine --model nano-1 --step 715
pythia evals show --tasks lambada_openai --models pythia-70m
pythia evals saturation
pythia evals relate published --component mlp.dense_4h_to_h
pythia evals plot published --models pythia-70m-v0 --out evals.svg
pythia seeds band nano-quick
pythia seeds findings nano-quick
pythia seeds map mine --states 3
pythia verify mine
pythia census pythia-demo/checkpoints --models nano-1
pythia cache ls --cache hub
pythia cache verify --cache hub
pythia cache repair --cache hub
pythia cache prune --cache hub --keep 200GB --dry-run
pythia api-key
pythia help cache prune
pythia completion bash
""".splitlines()

REPLACED = [
    (re.compile(r"computed on \S+ at [0-9-]+ [0-9:]+Z"), "computed on node-1 at 2026-01-01 12:00:00Z"),
    (re.compile(r"[0-9.]+ s to (load|compute)"), r"0.02 s to \1"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "0123456789abcdef..."),
]


def run(program, line, folder):
    environment = {**os.environ, "PYTHIA_STORE": STORE, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        ["dotnet", program, *line.split()[1:]], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode not in (0, 1, 2, 3):
        raise SystemExit(f"{line}: exit code {done.returncode}\n{done.stderr}")
    lines = (done.stdout or done.stderr).replace(f"{folder}/", "").rstrip().splitlines()
    for pattern, text in REPLACED:
        lines = [pattern.sub(text, one) for one in lines]
    lines = [one if len(one) <= MAX_LENGTH else one[:MAX_LENGTH - 3] + "..." for one in (one.rstrip() for one in lines)]
    return lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES - 1], "..."]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--demo")
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        if arguments.demo:
            shutil.copytree(arguments.demo, f"{folder}/pythia-demo")
        (pathlib.Path(folder) / "results.json").write_text('{"results": {"piqa": {"acc,none": 0.61, "acc_stderr,none": 0.011}}, "versions": {}}')
        sections = [f"$ {line}\n" + "".join(f"{one}\n" for one in run(program, line, folder)) for line in COMMANDS]
    TARGET.write_text("".join(sections))
    print(TARGET)


if __name__ == "__main__":
    main()

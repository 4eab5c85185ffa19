#!/usr/bin/env python3
"""Runs pythia and its Python peer in alternation, checks that they found the same numbers, and prints medians, spreads and ratios. See run.sh."""
import argparse
import ctypes
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHIA = os.environ.get("PYTHIA_PROGRAM") or os.path.join(HERE, "../src/PythiaOrleans.Cli/bin/Release/net10.0/pythia")
BENCH = os.path.join(HERE, "PythiaOrleans.Bench/bin/Release/net10.0/PythiaOrleans.Bench")
GROUPS = {
    "weights": ["weight-moments", "weight-distance", "weight-distribution", "weight-spectrum", "svd-directions", "embedding-correlation"],
    "activations": ["residual-stream", "weight-gradients"],
}
# Rows of the table: what is summed, and what it should be at least.
ROWS = {
    "weights": [(("weight-moments", "weight-distribution"), 100), (("weight-distance",), 15), (("weight-spectrum", "svd-directions"), 4)],
    "activations": [(("residual-stream",), 2), (("weight-gradients",), 2.5)],
}


def peer_environment():
    """An OpenBLAS that is older than the processor falls back to SSE3, a fifth of what its kernels for AVX-512 or AVX2 reach: it is told which to take."""
    with open("/proc/cpuinfo") as f:
        flags = set(next((line for line in f if line.startswith("flags")), "").split())
    core = ctypes.CDLL(glob.glob("/usr/lib/*/openblas-pthread/libopenblas.so.0")[0]).openblas_get_corename
    core.restype = ctypes.c_char_p
    fits = "SkylakeX" if "avx512f" in flags else "Haswell" if "avx2" in flags else None
    if core() in (b"Prescott", b"Core2") and fits:
        print(f"OpenBLAS takes this processor for a {core().decode()}: the peer runs with OPENBLAS_CORETYPE={fits}.", flush=True)
        return os.environ | {"OPENBLAS_CORETYPE": fits}
    return dict(os.environ)


def measure(command, log, environment=None):
    """Wall seconds, CPU seconds, peak MiB of one process: resident, and of that anonymous, looked at ten times a second."""
    load, started, anonymous = os.getloadavg()[0], time.perf_counter(), 0
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            anonymous = max(anonymous, anonymous_mebibytes(process.pid))
            time.sleep(0.1)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed, see {log}")
    return {"wall": time.perf_counter() - started, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 1024, "anonymous": anonymous, "load": load}


def anonymous_mebibytes(pid):
    with open(f"/proc/{pid}/status") as f:
        return next((int(line.split()[1]) / 1024 for line in f if line.startswith("RssAnon:")), 0)  # absent once it has ended


def sweep(root, work, model, analyses, steps, *more):
    store = os.path.join(work, "store")
    shutil.rmtree(store, ignore_errors=True)
    return store, measure([PYTHIA, "sweep", "--source", root, "--store", store, "--models", model, "--steps", steps, "--reference-step", "0",
                           "--analyses", ",".join(analyses), "--batch", os.path.join(root, "tokens.npy"), *more], os.path.join(work, "pythia.log"))


def run_pythia(root, work, model, analyses):
    store, cost = sweep(root, work, model, analyses, "1000")
    dump = os.path.join(work, "pythia.json")
    subprocess.run([BENCH, "export", store, model, "1000", dump], check=True)
    with open(dump) as f:
        found = json.load(f)
    return cost | {"seconds": {name: found[name]["seconds"] for name in analyses}}, {name: found[name]["rows"] for name in analyses}


def run_peer(root, work, model, analyses, environment):
    out = os.path.join(work, "peer.json")
    cost = measure(["/usr/bin/python3", os.path.join(HERE, "peers/sweep.py"), root, model, "--out", out, "--only", ",".join(analyses)], os.path.join(work, "peer.log"), environment)
    with open(out) as f:
        found = json.load(f)
    return cost | {"seconds": found["seconds"]}, found["results"]


# ---------------------------------------------------------------- the same numbers

def key_of(row):
    if row["block"] is None:
        prefix = "" if row["component"] == "embed_out" else "gpt_neox."
        return f"{prefix}{row['component']}.{row['parameter']}"
    name, _, part = row["component"].partition(".")
    if part in ("query", "key", "value"):
        return f"gpt_neox.layers.{row['block']}.attention.query_key_value.weight.{part}"
    return f"gpt_neox.layers.{row['block']}.{row['component']}.{row['parameter']}"


def relative(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300))


def check(analysis, ours, peer):
    """Largest deviations by quantity: (found, allowed)."""
    worst = {}

    def note(quantity, deviation, allowed):
        worst[quantity] = (max(worst.get(quantity, (0, 0))[0], deviation), allowed)

    if analysis in ("residual-stream", "weight-gradients"):
        note("loss", relative(ours[0]["loss"] if "loss" in ours[0] else peer["loss"]["loss"], peer["loss"]["loss"]), 1e-5)
    matched = 0
    for row in ours:
        if analysis == "svd-directions":
            other = peer[f"{row['block']}/{row['component']}/{row['parameter']}"]
            note("singular values", relative(row["singular_values"], other["singular_values"]), 1e-5)
            apart = np.asarray(row["gaps"]) > 1e-3
            same = np.asarray(row["tokens"]).reshape(row["count"], -1) == np.asarray(other["tokens"])
            if apart.any():
                worst["tokens"] = tuple(np.add(worst.get("tokens", (0, 0)), ((~same[apart]).sum(), same[apart].size)))
            matched += 1
            continue
        if analysis == "embedding-correlation":
            continue
        if analysis == "residual-stream":
            if row["parameter"] != "all":
                continue
            other = peer[str(row["block"]) if row["block"] is not None else row["component"]]
            note("max", relative(row["max_abs"], other["max_abs"]), 1e-4)
            note("deviation", relative(row["std"], other["std"]), 1e-5)
            note("token norm", relative(row["token_norm_mean"], other["token_norm_mean"]), 1e-5)
            matched += 1
            continue
        if row.get("pooled"):
            continue
        other = peer.get(key_of(row))
        if other is None:
            continue
        matched += 1
        if analysis == "weight-moments":
            for name in ("min", "max", "std", "norm"):
                note(name, relative(row[name], other[name]), 1e-10)
            note("kurtosis", abs(row["excess_kurtosis"] - other["excess_kurtosis"]) if row["excess_kurtosis"] is not None else 0, 1e-8)
        elif analysis == "weight-distance":
            note("distance", relative(row["distance"], other["distance"]), 1e-10)
            if row["cosine"] is not None:
                note("cosine", abs(row["cosine"] - other["cosine"]), 1e-10)
        elif analysis == "weight-distribution":
            note("quantiles", relative(row["quantiles"], other["quantiles"]), 1e-6)
            note("histogram", np.abs(np.subtract(row["histogram"], other["histogram"])).sum() / row["count"], 1e-3)
            note("logistic scale", relative(row["logistic_scale"], other["logistic_scale"]), 0.03)
        elif analysis == "weight-spectrum":
            note("singular values", relative(row["singular_values"], other["singular_values"]), 1e-5)
            note("effective rank", relative(row["effective_rank"], other["effective_rank"]), 1e-5)
        elif analysis == "weight-gradients":
            note("norm", relative(row["norm"], other["norm"]), 1e-4)
            note("max", relative(row["max_abs"], other["max_abs"]), 1e-3)
    if "tokens" in worst:
        different, places = worst.pop("tokens")
        worst[f"tokens that differ of {places}"] = (different / max(places, 1), 1e-3)
    if analysis != "embedding-correlation" and matched == 0:
        sys.exit(f"{analysis}: nothing could be compared")
    return worst


# ---------------------------------------------------------------- the table

def spread(values):
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


def line(title, ours, peer, target=None, better="least"):
    ratios = [b / a for a, b in zip(ours, peer)]
    ratio = statistics.median(ratios)
    aim = "" if target is None else f"at least {target:g}: {'yes' if ratio >= target else 'no'}"
    print(f"| {title} | {spread(ours)} | {spread(peer)} | {ratio:.3g} ({min(ratios):.3g}-{max(ratios):.3g}) | {aim} |", flush=True)


def report(model, group, pairs):
    ours, peer = [a for a, _ in pairs], [b for _, b in pairs]
    load = [run["load"] for pair in pairs for run in pair]
    print(f"\n### {model}, {group}: {len(pairs)} pairs, load before a run {spread(load)}\n")
    print("| | pythia | Python | ratio of pairs | aim |\n| --- | --- | --- | --- | --- |")
    for names, target in ROWS[group]:
        line(" + ".join(names) + ", s", *([sum(run["seconds"][n] for n in names) for run in side] for side in (ours, peer)), target)
    targets = {"weights": (5, None, 1 / 0.6), "activations": (None, None, 2)}[group]
    for (name, unit), target in zip((("wall", "s"), ("cpu", "s"), ("peak", "MiB")), targets):
        line(f"whole process, {name}, {unit}", [run[name] for run in ours], [run[name] for run in peer], target)


def everything(root, work, model, pairs, environment):
    """All analyses of one checkpoint in one process. Gives both sides' medians of the wall, and how many quantities differ."""
    names = sum(GROUPS.values(), [])
    runs = []
    for _ in range(pairs):
        (ours, found), (peer, expected) = run_pythia(root, work, model, names), run_peer(root, work, model, names, environment)
        runs.append((ours, peer))
    print(f"\n### {model}, everything in one process: {pairs} pairs\n\n| | pythia | Python | ratio of pairs | aim |\n| --- | --- | --- | --- | --- |")
    for name, unit, target in (("wall", "s", 6), ("cpu", "s", None), ("peak", "MiB", None)):
        line(f"whole process, {name}, {unit}", *([run[side][name] for run in runs] for side in (0, 1)), target)
    return [statistics.median(run[side]["wall"] for run in runs) for side in (0, 1)], tell(names, found, expected)


def tell(names, found, expected):
    """Prints the largest deviations; gives how many are more than is allowed."""
    print()
    wrong = 0
    for name in names:
        for quantity, (deviation, allowed) in check(name, found[name], expected[name]).items():
            wrong += deviation > allowed
            print(f"- {name}, {quantity}: {deviation:.2g}, allowed {allowed:g}{'' if deviation <= allowed else ' **DIFFERENT**'}")
    return wrong


def small_set(root, work, model, count, one, whole, peers):
    """One sweep of a few checkpoints with all analyses, beside the peer's medians for one: it would go through them one after the other, and no faster."""
    store, ours = sweep(root, work, model, sum(GROUPS.values(), []), f"1000..{1000 * count}:1000", "--workers", "1")
    print(f"\n### {model}, {count} checkpoints in one sweep, one after the other; seconds a checkpoint\n")
    print("| | pythia | Python | ratio | aim |\n| --- | --- | --- | --- | --- |")
    for names, target, peer in peers:
        own = statistics.median(sum(compute_seconds(store, model, 1000 * (i + 1), name) for name in names) for i in range(count))
        print(f"| {' + '.join(names)} | {own:.3g} | {peer:.3g} | {peer / own:.3g} | at least {target:g}: {'yes' if peer / own >= target else 'no'} |")
    ratio = whole * count / ours["wall"]
    print(f"| whole process, wall (a single checkpoint: {one:.3g}) | {ours['wall'] / count:.3g} | {whole:.3g} | {ratio:.3g} | at least 10: {'yes' if ratio >= 10 else 'no'} |", flush=True)


def compute_seconds(store, model, step, analysis):
    [path] = glob.glob(os.path.join(store, f"results/{model}/step{step}/{analysis}-*.run.json"))
    with open(path) as f:
        return json.load(f)["compute_seconds"]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--pairs", type=int, default=5, help="of the weight analyses")
    p.add_argument("--long-pairs", type=int, default=2, help="of what is long: activations, and everything in one process")
    p.add_argument("--models", default="pythia-70m")
    p.add_argument("--groups", default="weights,activations")
    p.add_argument("--set", type=int, default=4, help="checkpoints of the small set; 0 leaves it out")
    p.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "pythia-bench"))
    args = p.parse_args()
    models, root = args.models.split(","), os.path.join(args.work, "checkpoints")
    os.makedirs(args.work, exist_ok=True)
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "peers/make_checkpoints.py"), root, *models, "--last", str(1000 * max(args.set, 1))], check=True)
    wrong, environment = 0, peer_environment()
    for model in models:
        peers = []
        for group in args.groups.split(","):
            pairs = []
            for _ in range(args.pairs if group == "weights" else args.long_pairs):
                ours, found = run_pythia(root, args.work, model, GROUPS[group])
                peer, expected = run_peer(root, args.work, model, GROUPS[group], environment)
                pairs.append((ours, peer))
            report(model, group, pairs)
            peers += [(names, target, statistics.median(sum(b["seconds"][n] for n in names) for _, b in pairs)) for names, target in ROWS[group]]
            wrong += tell(GROUPS[group], found, expected)
        if len(args.groups.split(",")) == len(GROUPS):
            (one, whole), different = everything(root, args.work, model, args.long_pairs, environment)
            wrong += different
            if args.set > 0:
                small_set(root, args.work, model, args.set, one, whole, peers)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

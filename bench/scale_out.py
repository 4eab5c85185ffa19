#!/usr/bin/env python3
"""Two worker processes against one process, on the same cores and the same checkpoints; and how long devices wait between analyses.

  bench/scale_out.py [--rounds 3] [--model pythia-70m] [--checkpoints 8] [--analyses a,b] [--work FOLDER]

One process: `pythia sweep` with one slot and with a slot a core. Two processes: a Redis, a control silo and a worker for each half of the cores, pinned there, steered by
`pythia sweep --cluster`; timed from the command to its end, with the cluster up. Variants alternate. Needs Linux with taskset, redis-server and what run.sh needs; build first (run.sh does).
"""
import argparse
import glob
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHIA = os.path.join(HERE, "../src/PythiaOrleans.Cli/bin/Release/net10.0/pythia")
WEIGHTS = "weight-moments,weight-distance,weight-distribution,weight-spectrum,svd-directions,embedding-correlation,integrity"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until_listens(port, process, what):
    for _ in range(300):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"{what} does not listen on 127.0.0.1:{port}")


def timed(command, log):
    started = time.perf_counter()
    with open(log, "w") as out:
        if subprocess.run(command, stdout=out, stderr=out).returncode != 0:
            sys.exit(f"{' '.join(command)} failed, see {log}")
    return time.perf_counter() - started


def idle_share(store, slots):
    """The share of the slots' time, from the first load to the last analysis, in which nothing was loaded or computed."""
    busy, begins, ends = 0.0, [], []
    for folder in glob.glob(os.path.join(store, "results/*/step*")):
        runs = [json.load(open(path)) for path in glob.glob(os.path.join(folder, "*.run.json"))]
        load, compute = max(run["load_seconds"] for run in runs), sum(run["compute_seconds"] for run in runs)
        finished = [datetime.fromisoformat(run["finished_at"]).timestamp() for run in runs]
        busy += load + compute
        ends.append(max(finished))
        begins.append(min(end - run["compute_seconds"] for end, run in zip(finished, runs)) - load)
    return 1 - busy / (slots * (max(ends) - min(begins)))


class Cluster:
    def __init__(self, work, cores):
        self.work, self.processes = work, []
        redis, http = free_port(), free_port()
        self.redis, self.store = f"127.0.0.1:{redis}", os.path.join(work, "cluster-store")
        os.makedirs(os.path.join(work, "redis"), exist_ok=True)
        until_listens(redis, self.start("redis", ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--dir", os.path.join(work, "redis"), "--appendonly", "yes", "--save", ""]), "Redis")
        until_listens(http, self.silo("control", "control", http, None), "the control silo")
        for i, own in enumerate(cores):
            port = free_port()
            until_listens(port, self.silo(f"worker-{i}", "worker", port, own), "a worker")

    def start(self, name, command):
        with open(os.path.join(self.work, f"{name}.log"), "w") as out:
            self.processes.append(subprocess.Popen(command, stdout=out, stderr=out))
        return self.processes[-1]

    def silo(self, name, role, http, cores):
        pin = ["taskset", "-c", cores] if cores else []
        return self.start(name, [*pin, PYTHIA, "silo", "--role", role, "--redis", self.redis, "--store", self.store, "--http", f"127.0.0.1:{http}",
                                 "--set", "Silo:Port=0", "--set", "Silo:GatewayPort=0"])

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--model", default="pythia-70m")
    p.add_argument("--checkpoints", type=int, default=8)
    p.add_argument("--analyses", default=WEIGHTS)
    p.add_argument("--work", default=os.path.join(tempfile.gettempdir(), "pythia-bench"))
    args = p.parse_args()
    root, cores = os.path.join(args.work, "checkpoints"), sorted(os.sched_getaffinity(0))
    os.makedirs(args.work, exist_ok=True)
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "peers/make_checkpoints.py"), root, args.model, "--last", str(1000 * args.checkpoints)], check=True)
    halves = [",".join(map(str, cores[: len(cores) // 2])), ",".join(map(str, cores[len(cores) // 2:]))]
    sweep = [PYTHIA, "sweep", "--source", root, "--models", args.model, "--steps", f"0,1000..{1000 * args.checkpoints}:1000", "--analyses", args.analyses, "--batch", os.path.join(root, "tokens.npy")]
    titles = ["one process, one slot", f"one process, {len(cores)} slots", "two worker processes"]
    seconds, idle = {title: [] for title in titles}, {title: [] for title in titles}

    def local(title, slots):
        store = os.path.join(args.work, "local-store")
        shutil.rmtree(store, ignore_errors=True)
        seconds[title].append(timed([*sweep, "--store", store, "--workers", str(slots)], os.path.join(args.work, "local.log")))
        idle[title].append(idle_share(store, slots))

    cluster = Cluster(args.work, halves)
    try:
        for _ in range(args.rounds):
            local(titles[0], 1)
            local(titles[1], len(cores))
            shutil.rmtree(cluster.store, ignore_errors=True)
            seconds[titles[2]].append(timed([*sweep, "--cluster", cluster.redis, "--store", cluster.store], os.path.join(args.work, "cluster.log")))
            idle[titles[2]].append(idle_share(cluster.store, len(cores)))
    finally:
        cluster.stop()

    print(f"{args.checkpoints + 1} checkpoints of {args.model}'s shape, {len(cores)} cores, {args.rounds} rounds; median, least and most\n")
    print("| | seconds | of the best single process | slots idle |\n| --- | --- | --- | --- |")
    best = min(statistics.median(seconds[title]) for title in titles[:2])
    for title in titles:
        middle = statistics.median(seconds[title])
        print(f"| {title} | {middle:.1f} ({min(seconds[title]):.1f}-{max(seconds[title]):.1f}) | {middle / best:.2f} | {100 * statistics.median(idle[title]):.0f} % |")


main()

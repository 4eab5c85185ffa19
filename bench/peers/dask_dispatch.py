#!/usr/bin/env python3
"""Tasks that write one small file each, through Dask distributed on this machine: what `PythiaOrleans.Bench -- dispatch` is set beside.

  dask_dispatch.py [--tasks 10000] [--runs 3] [--workers 2]
"""
import argparse
import os
import shutil
import tempfile
import time

from distributed import Client, LocalCluster


def write(folder, i):
    with open(os.path.join(folder, str(i)), "w") as f:
        f.write("done\n")
    return i


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--tasks", type=int, default=10_000)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--workers", type=int, default=2)
    args = p.parse_args()
    with LocalCluster(n_workers=args.workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as cluster, Client(cluster) as client:
        client.gather(client.map(lambda i: i, range(100)))                      # workers are warm
        for _ in range(args.runs):
            folder = tempfile.mkdtemp()
            started = time.perf_counter()
            client.gather(client.map(write, [folder] * args.tasks, range(args.tasks), pure=False))
            seconds = time.perf_counter() - started
            assert len(os.listdir(folder)) == args.tasks
            shutil.rmtree(folder)
            print(f"{args.tasks} tasks in {seconds:.2f} s: {args.tasks / seconds:.0f} a second", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What asking costs: the processor time of an idle silo while many watch finished sweeps.

  bench/watchers.py [--watchers 200] [--sweeps 20] [--seconds 60] [--again] [--work FOLDER]

Makes a folder of tiny checkpoints, sweeps it under as many names, starts a silo on that store, and opens the progress streams (GET /api/v1/sweeps/NAME/events), spread over the sweeps.
A watcher stops when it is told that the sweep has ended, as the web page does; --again opens the stream again after three seconds.
Prints the silo's processor time as a share of one core, first without watchers, then with them. With --work the sweeps of an earlier run are used again.
Needs Linux and the cases beside the repository (PYTHIA_SHARED); build src/PythiaOrleans.Cli first.
"""
import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHIA = os.path.join(HERE, "../src/PythiaOrleans.Cli/bin/Release/net10.0/pythia")
SHARED = os.environ.get("PYTHIA_SHARED", os.path.join(HERE, "../../shared"))
TICKS = os.sysconf("SC_CLK_TCK")
RECONNECT = 3


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def processor_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def share(pid, seconds):
    before = processor_seconds(pid)
    time.sleep(seconds)
    return (processor_seconds(pid) - before) / seconds


class Watcher(threading.Thread):
    def __init__(self, url, stop, again):
        super().__init__(daemon=True)
        self.again = again
        self.url, self.stop, self.events, self.opened, self.refused = url, stop, 0, 0, 0

    def run(self):
        while not self.stop.is_set():
            ended = False
            try:
                with urllib.request.urlopen(self.url, timeout=30) as stream:
                    self.opened += 1
                    for line in stream:
                        self.events += line.startswith(b"data:")
                        if self.stop.is_set():
                            return
                        ended = ended or line.startswith(b"event: ended")
                if ended and not self.again:
                    return
            except (OSError, urllib.error.HTTPError):
                self.refused += 1
            self.stop.wait(RECONNECT)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--watchers", type=int, default=200)
    p.add_argument("--sweeps", type=int, default=20)
    p.add_argument("--seconds", type=int, default=60)
    p.add_argument("--again", action="store_true")
    p.add_argument("--work", default=None)
    args = p.parse_args()
    work = args.work or tempfile.mkdtemp(prefix="pythia-watchers-")
    source, store, port = os.path.join(work, "out"), os.path.join(work, "store"), free_port()
    subprocess.run([sys.executable, os.path.join(SHARED, "cases/plan-of-own-folder/make.py"), source], check=True)
    names = [f"watched-{i}" for i in range(args.sweeps)]
    for name in names:
        if os.path.exists(os.path.join(store, "sweeps", f"{name}.json")):
            continue
        subprocess.run([PYTHIA, "sweep", "--source", source, "--name", name, "--store", store, "--analyses", "weight-moments,integrity"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = open(os.path.join(work, "silo.log"), "w")
    silo = subprocess.Popen([PYTHIA, "silo", "--store", store, "--http", f"127.0.0.1:{port}", "--set", "Silo:Port=0", "--set", "Silo:GatewayPort=0",
                             "--set", f"Api:EventStreams={args.watchers}"], stdout=log, stderr=log)
    try:
        for _ in range(600):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        time.sleep(15)  # what a start costs
        idle = share(silo.pid, args.seconds)
        stop = threading.Event()
        watchers = [Watcher(f"http://127.0.0.1:{port}/api/v1/sweeps/{names[i % len(names)]}/events", stop, args.again) for i in range(args.watchers)]
        for watcher in watchers:
            watcher.start()
        time.sleep(15)  # what the first questions cost
        watched = share(silo.pid, args.seconds)
        stop.set()
    finally:
        silo.send_signal(signal.SIGTERM)
        silo.wait(60)
    print(f"{args.watchers} watchers of {args.sweeps} finished sweeps: {watched:.2%} of a core (idle {idle:.2%}); streams opened "
          f"{sum(w.opened for w in watchers)}, events {sum(w.events for w in watchers)}, refused {sum(w.refused for w in watchers)}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A sweep as shards on a Dask cluster, merged to one result.

    pip install distributed
    python scale-out/dask_sweep.py scenarios/how-many-instances.yaml --shards 40 --workers 2

One task is one shard: one single-threaded process of `ecsim sweep --shard I/N --resume`. A shard is its own journal, so
a task that is lost with its worker goes on where it stopped, on another one. Scenario, program and output directory must
be on a file system that all workers share. Everything after `--` is handed to `ecsim sweep`.
"""

import argparse
import ctypes
import pathlib
import signal
import subprocess
import sys
import time

from distributed import Client, LocalCluster, as_completed

# An environment that refuses (exit code 4) may be a predecessor that is still at its last line.
PATIENCE_S = [1, 2, 5, 10, 30]
# Shards of workers that die are begun again so often.
RETRIES = 10


def die_with_parent():
    """On Linux the simulation ends with its worker, so that nobody else finds its directory in use."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def run_shard(ecsim, scenario, index, count, out, more):
    """Does one shard, or what is left of it; returns its number."""
    command = [ecsim, "sweep", scenario, "--shard", f"{index}/{count}", "--resume", "--threads", "1", "--quiet"]
    command += ["--out", str(pathlib.Path(out) / f"{index}-of-{count}"), *more]
    for patience in [*PATIENCE_S, None]:
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=die_with_parent, check=False)
        if done.returncode == 0:
            return index
        if done.returncode != 4 or patience is None:
            raise RuntimeError(f"shard {index}/{count}: exit code {done.returncode}: {done.stderr.strip()}")
        time.sleep(patience)


def client_of(arguments):
    """The cluster that is there, or one on this machine."""
    if arguments.scheduler:
        return Client(address=arguments.scheduler)
    if arguments.scheduler_file:
        return Client(scheduler_file=arguments.scheduler_file)
    cluster = LocalCluster(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
    return Client(cluster)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario")
    parser.add_argument("--shards", type=int, required=True, help="how many parts; about 20 for each worker")
    parser.add_argument("--out", help="where the merged result goes; the shards go beside it, in OUT.shards")
    parser.add_argument("--ecsim", default="ecsim", help="the program")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler, such as tcp://10.0.0.5:8786")
    parser.add_argument("--scheduler-file", help="the file that a Dask scheduler has written")
    parser.add_argument("--workers", type=int, default=2, help="without a scheduler: workers on this machine")
    parser.epilog = "After --: options of `ecsim sweep`, such as --seed 7."
    own, more = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, more = own[:at], own[at + 1 :]
    arguments = parser.parse_args(own)

    scenario = str(pathlib.Path(arguments.scenario).resolve())
    out = pathlib.Path(arguments.out or f"results/{pathlib.Path(scenario).stem}").resolve()
    shards = out.with_name(out.name + ".shards")
    count = arguments.shards
    with client_of(arguments) as client:
        started = time.monotonic()
        tasks = [
            client.submit(
                run_shard, arguments.ecsim, scenario, index, count, str(shards), more,
                retries=RETRIES, pure=False, key=f"shard-{index}-of-{count}-{started}",
            )
            for index in range(count)
        ]
        for done, task in enumerate(as_completed(tasks), start=1):
            index = task.result()
            print(f"{done} of {count} shards ({index} just now), {time.monotonic() - started:.0f} s", flush=True)
    merge = [arguments.ecsim, "merge", "--out", str(out), *(str(shards / f"{index}-of-{count}") for index in range(count))]
    return subprocess.run(merge, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env bash
# A Dask scheduler and two workers on this machine do a sweep of 40 shards; one worker is killed in the middle. The merged
# result must be that of a single run, byte for byte. Usage: scale-out/try_dask.sh PATH-TO-ECSIM
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
ecsim=$(realpath "$1")
scratch=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$scratch"; }
trap finish EXIT
cd "$scratch"

python3 -m venv venv
venv/bin/pip install --quiet 'distributed>=2024.1'
# Long enough that forty shards take some seconds.
scenario=$here/scenarios/how-many-instances.yaml
"$ecsim" sweep "$scenario" --replications 400 --quiet --out single

export DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=20
export DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH=0
venv/bin/dask scheduler --host 127.0.0.1 --port 0 --scheduler-file scheduler.json --no-dashboard >scheduler.log 2>&1 &
pids+=($!)
for number in 1 2; do
  venv/bin/dask worker --scheduler-file scheduler.json --no-nanny --nthreads 1 --no-dashboard >"worker-$number.log" 2>&1 &
  pids+=($!)
done
victim=${pids[1]}

venv/bin/python "$here/scale-out/dask_sweep.py" "$scenario" --shards 40 --out merged --ecsim "$ecsim" \
  --scheduler-file scheduler.json -- --replications 400 >driver.log 2>&1 &
driver=$!
pids+=("$driver")
# In the middle: some shards are done, most are not.
for _ in $(seq 600); do
  done_now=$(grep -c ' of 40 shards' driver.log || true)
  [ "$done_now" -ge 8 ] && break
  kill -0 "$driver" 2>/dev/null || break
  sleep 0.1
done
[ "$done_now" -ge 8 ] && [ "$done_now" -lt 36 ] || { echo "not in the middle: $done_now of 40" >&2; cat driver.log >&2; exit 1; }
kill -9 "$victim"
echo "worker $victim killed after $done_now of 40 shards"
wait "$driver" || { cat driver.log >&2; exit 1; }

# All files but the manifest, and of the manifest all but `wall`.
diff -r --exclude manifest.json single merged
for result in single merged; do
  python3 -c 'import json, sys; found = json.load(open(sys.argv[1])); del found["wall"]; print(json.dumps(found))' \
    "$result/manifest.json" >"$result.json"
done
cmp single.json merged.json
echo "40 shards on two workers, one of them killed: the same bytes as a single run"

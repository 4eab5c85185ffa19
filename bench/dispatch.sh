#!/usr/bin/env bash
# How many tasks a second, beside an older revision and beside Dask, in one run on one machine: rounds alternate, so that load hits all alike.
#
#   bench/dispatch.sh REVISION [ROUNDS] [TASKS]      for example bench/dispatch.sh d7984ff 5 10000
#
# Every program writes its small files in memory (/dev/shm, or DISPATCH_FOLDER): ext4 passes over inodes that were deleted in the last half minute,
# so on a disk the program that runs second is slower. DISPATCH_BUILD keeps the older build (default: a temporary folder that is removed).
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo "dispatch: expected a revision, for example d7984ff" >&2; exit 2; }
revision=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "dispatch: '$1' is no revision of this repository" >&2; exit 2; }
rounds=${2:-5} tasks=${3:-10000}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

work=$(mktemp -d)
trap 'rm -rf "$work" "$TMPDIR"' EXIT
TMPDIR=$(mktemp -d -p "${DISPATCH_FOLDER:-/dev/shm}")
export TMPDIR
then_build=${DISPATCH_BUILD:-$work/then}
program=bench/PythiaOrleans.Bench/bin/Release/net10.0/PythiaOrleans.Bench.dll
if [ ! -e "$then_build/$program" ]; then
    git clone -q . "$then_build" && git -C "$then_build" checkout -q "$revision"
    dotnet build "$then_build/bench/PythiaOrleans.Bench" -c Release -v quiet
fi
dotnet build bench/PythiaOrleans.Bench -c Release -v quiet

# Rates of one process in one line each, and the processor time of all of it.
one() { # NAME COMMAND...
    local name=$1
    shift
    /usr/bin/time -o "$work/time" -f "%U %S" "$@" 2> "$work/errors" | tee -a "$work/$name.out" | sed -nE 's/.* ([0-9]+) a second.*/\1/p' >> "$work/$name.rates" \
        || { cat "$work/errors" >&2; exit 1; }
    awk '{ print $1 + $2 }' "$work/time" >> "$work/$name.cpu"
}

for round in $(seq "$rounds"); do
    order="then now"
    [ $((round % 2)) -eq 1 ] || order="now then"
    for which in $order; do
        [ $which = then ] && folder=$then_build || folder=.
        one $which dotnet "$folder/$program" dispatch "$tasks"
    done
    if /usr/bin/python3 -c "import distributed" 2> /dev/null; then
        one dask /usr/bin/python3 bench/peers/dask_dispatch.py --tasks "$tasks" --runs 3
    fi
    echo "round $round of $rounds" >&2
done

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
printf '%-22s %10s %10s %10s %16s\n' "" median lowest highest "processor time"
for which in then now dask; do
    [ -e "$work/$which.rates" ] || continue
    label=$which
    [ $which != then ] || label="then ($1)"
    printf '%-22s %10.0f %10d %10d %14.1f s\n' "$label" "$(median "$work/$which.rates")" "$(sort -n "$work/$which.rates" | head -1)" \
        "$(sort -n "$work/$which.rates" | tail -1)" "$(median "$work/$which.cpu")"
done
awk -v now="$(median "$work/now.rates")" -v then="$(median "$work/then.rates")" 'BEGIN { printf "now / then: %.2f\n", now / then }'
[ ! -e "$work/dask.rates" ] || awk -v now="$(median "$work/now.rates")" -v dask="$(median "$work/dask.rates")" 'BEGIN { printf "now / Dask: %.2f\n", now / dask }'

#!/usr/bin/env bash
# Runs the tests whose outcome could depend on time, again and again on a machine that is busy with something else, and counts the failures.
#   scripts/flaky.sh [TIMES] [PROJECT:CLASS ...]    20 times, the classes below; the tests must have been built (dotnet build PythiaOrleans.sln -c Release)
# Each round that failed leaves its output; the exit code is 1 if there was one.
set -uo pipefail
cd "$(dirname "$0")/.."
export PYTHIA_SHARED="${PYTHIA_SHARED:-$(realpath -m ../shared)}"
times=${1:-20}
shift || true
classes=("$@")
if [ ${#classes[@]} -eq 0 ]; then
    classes=(
        Analyses:NativeMemoryTests
        Checkpoints:CheckpointCacheTests
        Checkpoints:HubSourceTests
        Cluster:DeviceMemoryTests
        Cluster:OrderTests
        Cluster:SiloDeathTests
        Cluster:StalledTaskTests
        Cluster:SweepTests
        EndToEnd:CoordinatorFaultTests
        EndToEnd:RedisFaultTests
        EndToEnd:ReportPageTests
        EndToEnd:TableClusterTests
        EndToEnd:WorkerFaultTests
    )
fi

case $times in '' | *[!0-9]* | 0) sed -n '3,4s/^# //p' "$0"; exit 2 ;; esac
logs=$(mktemp -d)
load=()
for _ in $(seq "$(nproc)"); do
    (while :; do :; done) &
    load+=($!)
done
trap 'kill "${load[@]}" 2> /dev/null' EXIT

# The classes of a project run in one process, beside each other as far as they do in the suite.
declare -A filters
for class in "${classes[@]}"; do
    filters[${class%%:*}]+=" --filter-class *.${class##*:}"
done

set -f # the names have stars
failed=0
for round in $(seq "$times"); do
    for project in "${!filters[@]}"; do
        log=$logs/$project-$round.log
        # No test at all is no success: a class may have another name by now.
        if dotnet test --project "tests/PythiaOrleans.$project.Tests" -c Release --no-build ${filters[$project]} > "$log" 2>&1 \
            && grep -q ' succeeded: [1-9]' "$log"; then
            echo "round $round of $times, $project: $(sed -n 's/^ *succeeded: //p' "$log" | tail -n 1) passed in $(sed -n 's/^ *duration: //p' "$log" | tail -n 1)"
            rm -f "$log"
        else
            echo "round $round of $times, $project: FAILED"
            failed=$((failed + 1))
        fi
    done
done

[ "$failed" = 0 ] || { echo "the output of $failed failed rounds is in $logs"; exit 1; }
rm -rf "$logs"

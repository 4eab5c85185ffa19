#!/usr/bin/env bash
# Do two revisions give the same bytes? Sweeps a part of the nano suite with an older revision and with this working tree, and compares every result.
# An analysis whose version changed has another fingerprint, so its files have other names: they are listed, not compared.
# Then this working tree reads the older revision's store, resumes its sweep with more steps, and writes its report.
#
#   scripts/same-bytes.sh REVISION        for example d7984ff; about three minutes for the sweeps, and the older revision's build before
#
# SAME_BYTES_FOLDER keeps the older build, the checkpoints and both stores (default: a temporary folder that is removed).
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo "same-bytes: expected one revision, for example d7984ff" >&2; exit 2; }
revision=$(git rev-parse --verify --quiet "$1^{commit}") || { echo "same-bytes: '$1' is no revision of this repository" >&2; exit 2; }
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if [ -n "${SAME_BYTES_FOLDER:-}" ]; then
    work=$SAME_BYTES_FOLDER
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

models=${SAME_BYTES_MODELS:-nano-1,nano-3,nano-5}
steps=0,10,100,360,710,715
more_steps=0,10,50,100,360,500,710,715
then_program="$work/then/src/PythiaOrleans.Cli/bin/Release/net10.0/pythia.dll"
now_program="src/PythiaOrleans.Cli/bin/Release/net10.0/pythia.dll"

if [ ! -e "$then_program" ]; then
    git clone -q . "$work/then" && git -C "$work/then" checkout -q "$revision"
    dotnet build "$work/then/src/PythiaOrleans.Cli" -c Release -v quiet
fi
dotnet build src/PythiaOrleans.Cli -c Release -v quiet
[ -e "$work/demo/checkpoints/nano-6/step715/config.json" ] || dotnet "$now_program" demo --train-only --folder "$work/demo"

sweep() { # PROGRAM STORE STEPS [OPTION]
    dotnet "$1" sweep --source "$work/demo/checkpoints" --store "$2" --models "$models" --steps "$3" --reference-step 0 --name same "${@:4}"
}

rm -rf "$work/store-then" "$work/store-now"
sweep "$then_program" "$work/store-then" "$steps"
sweep "$now_program" "$work/store-now" "$steps"

digests() { (cd "$1/results" && find . -name '*.parquet' | sort | xargs sha256sum | awk '{ print $2, $1 }'); }
digests "$work/store-then" > "$work/then.txt"
digests "$work/store-now" > "$work/now.txt"
same=$(join "$work/then.txt" "$work/now.txt" | awk '$2 == $3' | wc -l)
different=$(join "$work/then.txt" "$work/now.txt" | awk '$2 != $3 { print "  " $1 }')
renamed=$(join -v 1 "$work/then.txt" "$work/now.txt" | sed 's|.*/||; s|-[0-9a-f]*\.parquet.*||' | sort | uniq -c)
echo "Results with the same key: $same have the same bytes."
[ -z "$renamed" ] || { echo "Of other versions now, not compared:"; echo "$renamed"; }
[ "$same" -gt 0 ] || { echo "same-bytes: no result has the same key in both stores" >&2; exit 1; }
[ -z "$different" ] || { echo "DIFFERENT BYTES:"; echo "$different"; exit 1; }

# An older store is read, resumed and reported.
dotnet "$now_program" status same --store "$work/store-then"
# Analyses of newer versions are measured anew beside the older results; after that the sweep grows as any other does.
[ -z "$renamed" ] || dotnet "$now_program" resume same --store "$work/store-then" --upgrade
sweep "$now_program" "$work/store-then" "$more_steps" --extend
digests "$work/store-then" | join - "$work/then.txt" | awk '$2 != $3 { print; bad = 1 } END { exit bad }' || { echo "same-bytes: results of $1 were changed" >&2; exit 1; }
dotnet "$now_program" report same --store "$work/store-then" --out "$work/report"
dotnet "$now_program" verify same --store "$work/store-then"
echo "The store of $1 was read, resumed, reported and verified."

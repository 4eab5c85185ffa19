#!/usr/bin/env bash
# Changes the code in small ways and says which changes no test notices (dotnet-stryker). The numbers of the last run are in docs/testing.md.
#
#   scripts/mutate.sh numerics | scheduling | execution      minutes to an hour on two cores; the report opens in a browser
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PYTHIA_SHARED="${PYTHIA_SHARED:-$PWD/../shared}"
case "${1:-}" in
    numerics) tests=Numerics project=Numerics files='**/*.cs' ;;
    scheduling) tests=Cluster project=Cluster files='**/Scheduling/*.cs' ;;
    execution) tests=Server project=Server files='**/Execution/*.cs' ;;
    *) sed -n '2,4p' "$0" >&2; exit 2 ;;
esac
[ -x .tools/dotnet-stryker ] || dotnet tool install dotnet-stryker --version 5.1.0 --tool-path .tools > /dev/null

# Stryker builds where the project is: a copy keeps this working tree's output as it is.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy" 2> /dev/null || true
tools=$PWD/.tools report=$PWD/TestResults/mutation-$1
cd "$copy/tests/PythiaOrleans.$tests.Tests"
# Of histories only some: each mutant runs all tests that reach it.
PYTHIA_HISTORIES=${PYTHIA_HISTORIES:-500} "$tools/dotnet-stryker" --test-runner mtp --project "PythiaOrleans.$project.csproj" --mutate "$files" \
    --reporter html --reporter cleartext --reporter progress --output "$report"

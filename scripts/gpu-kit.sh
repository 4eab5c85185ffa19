#!/usr/bin/env bash
# Makes artifacts/gpu-kit.tar.xz: what checks a GPU node that has neither .NET nor network. docs/gpu.md
#   scripts/gpu-kit.sh [--no-build] [--folder FOLDER] [--checkpoints FOLDER]
# --no-build takes the programs as they were built; --folder makes the unpacked kit there and no archive; --checkpoints takes nano-1 and nano-2
# from a demo that has run ('pythia-demo/checkpoints') instead of training them.
set -euo pipefail
limit_mib=55
here=$(cd "$(dirname "$0")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
build=1 folder= checkpoints=
while [ $# -gt 0 ]; do
    case $1 in
        --no-build) build=0 ;;
        --folder) folder=$(mkdir -p "$2" && cd "$2" && pwd); shift ;;
        --checkpoints) checkpoints=$(cd "$2" && pwd); shift ;;
        *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
    esac
    shift
done

stop() { echo "gpu-kit.sh: $1" >&2; exit 1; }

cd "$here"
declare -A projects=([pythia]=src/PythiaOrleans.Cli [tests]=tests/PythiaOrleans.Analyses.Tests [bench]=bench/PythiaOrleans.Bench)
declare -A programs=([pythia]=pythia.dll [tests]=PythiaOrleans.Analyses.Tests.dll [bench]=PythiaOrleans.Bench.dll)
if [ "$build" = 1 ]; then
    for name in pythia tests bench; do dotnet build "${projects[$name]}" -c Release -v quiet --nologo; done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kit=${folder:-$work}/gpu-kit
rm -rf "$kit"
mkdir -p "$kit"

# Programs without libtorch, debug symbols and documentation. Micro-benchmarks, compilers and plots have no part in a run on a node.
for name in pythia tests bench; do
    built=${projects[$name]}/bin/Release/net10.0
    [ -f "$built/${programs[$name]}" ] || stop "$built/${programs[$name]} is not there: run without --no-build."
    mkdir "$kit/$name"
    find "$built" -maxdepth 1 -type f \( -name '*.dll' -o -name '*.deps.json' -o -name '*.runtimeconfig.json' \) \
        ! -name 'Microsoft.CodeAnalysis*' ! -name 'Microsoft.Diagnostics.[RT]*' ! -name 'BenchmarkDotNet*' ! -name 'Humanizer.dll' ! -name 'Iced.dll' \
        ! -name 'Gee.External.Capstone.dll' ! -name 'Perfolizer.dll' ! -name 'Dia2Lib.dll' ! -name 'TraceReloggerLib.dll' ! -name 'System.Management.dll' \
        ! -name 'System.CodeDom.dll' ! -name 'OSExtensions.dll' -exec cp {} "$kit/$name" \;
    mkdir -p "$kit/$name/runtimes/linux-x64/native"
    cp "$built/runtimes/linux-x64/native/libLibTorchSharp.so" "$kit/$name/runtimes/linux-x64/native/"
    dotnet "$here/${projects[bench]}/bin/Release/net10.0/PythiaOrleans.Bench.dll" gpu relax "$kit/$name/runtimes/linux-x64/native/libLibTorchSharp.so"
done

# The runtime that built them, without debuggers, tracing and spare collectors.
sdk=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10\.[^ ]*\) \[\(.*\)\/shared\/.*/\1 \2/p' | tail -n 1)
[ -n "$sdk" ] || stop "no runtime of .NET 10: 'dotnet --list-runtimes' names none."
version=${sdk%% *} root=${sdk#* }
mkdir -p "$kit/dotnet/host/fxr" "$kit/dotnet/shared"
cp "$root/dotnet" "$kit/dotnet/"
for part in "host/fxr" "shared/Microsoft.NETCore.App" "shared/Microsoft.AspNetCore.App"; do
    [ -d "$root/$part/$version" ] || stop "$root/$part/$version is not there: expected the .NET SDK with ASP.NET Core $version."
    mkdir -p "$kit/dotnet/$part"
    cp -r "$root/$part/$version" "$kit/dotnet/$part/"
done
(cd "$kit/dotnet/shared/Microsoft.NETCore.App/$version" && rm -f libmscordbi.so libmscordaccore.so libclrgc.so libclrgcexp.so libcoreclrtraceptprovider.so createdump Microsoft.VisualBasic*.dll)
find "$kit" -name '*.xml' -delete

# Two small models that were really trained, at their first and their last step.
if [ -z "$checkpoints" ]; then
    dotnet "${projects[pythia]}/bin/Release/net10.0/pythia.dll" demo --quick --train-only --folder "$work/demo" > "$work/demo.log" 2>&1 || { cat "$work/demo.log" >&2; stop "training the small models failed."; }
    checkpoints=$work/demo/checkpoints
fi
for model in nano-1 nano-2; do
    for step in 0 715; do
        mkdir -p "$kit/checkpoints/$model"
        cp -r "$checkpoints/$model/step$step" "$kit/checkpoints/$model/"
    done
done

# Redis with its libraries and their loader: it runs whatever C library the node has.
if redis=$(command -v redis-server); then
    mkdir "$kit/redis"
    cp -L "$redis" "$kit/redis/redis-server"
    ldd "$redis" | grep -o '/[^ ]*' | while read -r library; do cp -L "$library" "$kit/redis/"; done
else
    echo "gpu-kit.sh: redis-server is not installed: the kit's cluster stage will need one on the node." >&2
fi

cp scripts/gpu-kit/run.sh scripts/gpu-kit/peer.py "$kit/"
{ git rev-parse HEAD 2> /dev/null || echo unknown; echo ".NET $version"; } > "$kit/VERSION"

# A file that several programs have is stored once.
(cd "$kit" && find . -type f -size +0 -exec sha256sum {} + | sort | awk '$1 == last { printf "%s\n%s\n", name, substr($0, 67) } $1 != last { last = $1; name = substr($0, 67) }' |
    while read -r first && read -r same; do ln -f "$first" "$same"; done)

if [ -n "$folder" ]; then echo "$kit"; exit 0; fi
mkdir -p artifacts
archive=artifacts/gpu-kit.tar.xz
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - gpu-kit | xz -9e -T0 > "$archive.draft"
bytes=$(stat -c %s "$archive.draft")
(cd "$kit" && du -sh -- * | sed 's/^/  /')
awk -v bytes="$bytes" 'BEGIN { printf "'"$archive"': %.1f MiB\n", bytes / 1048576 }'
[ "$bytes" -le $((limit_mib * 1048576)) ] || stop "the kit is larger than $limit_mib MiB: leave out what a GPU run does not need (the list is above)."
mv "$archive.draft" "$archive"

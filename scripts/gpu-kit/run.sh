#!/bin/sh
# Checks this machine's GPU with what lies beside this file; needs sh, coreutils and a libtorch. docs/gpu.md of PythiaOrleans
#   OUT=FOLDER sh run.sh     writes FOLDER/gpu-kit.json and FOLDER/gpu-kit.log (./gpu-kit-out)
# GPU_KIT_SECONDS: the time in all (420). GPU_KIT_STAGES: which stages, as load,speed or load,tests:30 with seconds (all).
# PYTHIA_TEST_DEVICE: cuda, cuda:1 or cpu (cuda). PYTHON: whose torch is taken where LD_LIBRARY_PATH has no libtorch (python3).
set -u
kit=$(cd "$(dirname "$0")" && pwd)
OUT=${OUT:-gpu-kit-out}
mkdir -p "$OUT" && OUT=$(cd "$OUT" && pwd) || exit 1
log=$OUT/gpu-kit.log
PYTHIA_TEST_DEVICE=${PYTHIA_TEST_DEVICE:-cuda}
python=${PYTHON:-python3}
: > "$log"
say() { echo "$1" | tee -a "$log"; }

needed="libtorch_cpu.so libc10.so"
[ "$PYTHIA_TEST_DEVICE" = cpu ] || needed="$needed libtorch_cuda.so"
has_libtorch() { # FOLDER
    for file in $needed; do [ -e "$1/$file" ] || return 1; done
}

lib= rest=${LD_LIBRARY_PATH:-}:
while [ -n "$rest" ]; do
    part=${rest%%:*} rest=${rest#*:}
    if [ -n "$part" ] && has_libtorch "$part"; then lib=$part; break; fi
done
if [ -z "$lib" ]; then
    part=$("$python" -c 'import importlib.util as u, os; print(os.path.join(os.path.dirname(u.find_spec("torch").origin), "lib"))' 2> /dev/null) || part=
    if [ -n "$part" ] && has_libtorch "$part"; then lib=$part; fi
fi
if [ -z "$lib" ]; then
    say "run.sh: found no folder with $needed: expected one in LD_LIBRARY_PATH, or the package torch of $python. 'pip install torch' gives one; PYTHON names another Python."
    exit 1
fi

# CUDA's own libraries of Python's packages come last: libtorch finds them by itself as a rule.
paths=$lib
for folder in "$lib"/../../nvidia/*/lib; do [ -d "$folder" ] && paths=$paths:$folder; done
export LD_LIBRARY_PATH="$paths${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
GPU_KIT_TORCH=$(cat "$lib/../version.py" "$lib/../build-version" 2> /dev/null | grep -o '[0-9][0-9]*\.[0-9][0-9]*\.[0-9][+a-z0-9.]*' | head -n 1)
export OUT PYTHIA_TEST_DEVICE GPU_KIT_TORCH GPU_KIT_LIBTORCH="$lib" PYTHON="$python"
export DOTNET_ROOT="$kit/dotnet" DOTNET_EnableDiagnostics=0 DOTNET_NOLOGO=1 NO_COLOR=1

say "kit $(head -n 1 "$kit/VERSION"), libtorch ${GPU_KIT_TORCH:-of an unknown version} in $lib"
nvidia-smi --query-gpu=index,name,driver_version,memory.total --format=csv >> "$log" 2>&1 || say "nvidia-smi does not run here"
# What the loader misses, in its own words, even where .NET does not start.
if command -v ldd > /dev/null; then ldd -r "$kit/bench/runtimes/linux-x64/native/libLibTorchSharp.so" 2>&1 | grep -e 'not found' -e 'undefined symbol' | head -n 100 | tee -a "$log"; fi
exec "$kit/dotnet/dotnet" "$kit/bench/PythiaOrleans.Bench.dll" gpu run "$kit"

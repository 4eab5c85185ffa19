#!/usr/bin/env bash
# Everything that a GPU can be asked here, in one command: the analyses' tests on it, then one sweep on the processor and on the GPU, compared. docs/gpu.md
#   scripts/gpu-test.sh [FOLDER]     FOLDER keeps checkpoints and stores (./pythia-gpu-test)
# PYTHIA_TEST_DEVICE=cpu rehearses it on a machine without a GPU. Without -p:Cuda=true's packages a libtorch is taken from LD_LIBRARY_PATH, or from PYTHON (python3).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mkdir -p "${1:-pythia-gpu-test}" && cd "${1:-pythia-gpu-test}" && pwd)
cd "$here"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PYTHIA_TEST_DEVICE="${PYTHIA_TEST_DEVICE:-cuda}" PYTHIA_SHARED="${PYTHIA_SHARED:-$here/../shared}"
device=$PYTHIA_TEST_DEVICE
tests=tests/PythiaOrleans.Analyses.Tests
needed=(libtorch_cpu.so)
[ "$device" = cpu ] || needed+=(libtorch_cuda.so)

stop() { echo "gpu-test.sh: $1" >&2; exit 1; }

say() { printf '\n== %s\n' "$1"; }

has_libtorch() { # FOLDER
    for file in "${needed[@]}"; do [ -e "$1/$file" ] || return 1; done
}

# The folder of a libtorch that is installed: of the loader's path, else a Python package's.
find_libtorch() {
    local part python=${PYTHON:-python3}
    IFS=: read -ra parts <<< "${LD_LIBRARY_PATH:-}"
    for part in "${parts[@]}"; do
        if [ -n "$part" ] && has_libtorch "$part"; then echo "$part"; return; fi
    done
    part=$("$python" -c 'import os, importlib.util as u; print(os.path.join(os.path.dirname(u.find_spec("torch").origin), "lib"))' 2> /dev/null) || return 1
    has_libtorch "$part" && echo "$part"
}

say "The machine"
if [ "$device" != cpu ]; then
    nvidia-smi --query-gpu=index,name,driver_version,memory.total --format=csv || stop "nvidia-smi does not work: expected an NVIDIA GPU with its driver. PYTHIA_TEST_DEVICE=cpu rehearses this without one."
fi
echo ".NET $(dotnet --version), TorchSharp $(sed -n 's/.*Include="TorchSharp" Version="\([^"]*\)".*/\1/p' Directory.Packages.props), $(nproc) cores"

say "libtorch"
flags=()
if [ "$device" != cpu ] && dotnet restore src/PythiaOrleans.Cli -p:Cuda=true -v quiet > "$folder/restore.log" 2>&1; then
    flags=(-p:Cuda=true)
    echo "TorchSharp-cuda-linux $(sed -n 's/.*Include="TorchSharp-cuda-linux" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)"
elif lib=$(find_libtorch); then
    flags=(-p:Libtorch=external)
    export LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    version=$(cat "$lib/../version.py" "$lib/../build-version" 2> /dev/null | grep -om 1 '[0-9]\+\.[0-9]\+\.[0-9]\+[+a-z0-9.]*' || echo "of an unknown version")
    echo "$lib ($version); TorchSharp 0.107 is made for 2.10"
else
    stop "no libtorch with ${needed[*]}: TorchSharp-cuda-linux is not on this machine's feed ($folder/restore.log), and neither LD_LIBRARY_PATH nor ${PYTHON:-python3} has one. 'pip install torch==2.10.*' gives one."
fi

say "Build"
dotnet build "$tests" -c Release -v quiet "${flags[@]}"
dotnet build src/PythiaOrleans.Cli -c Release -v quiet "${flags[@]}"
pythia() { dotnet src/PythiaOrleans.Cli/bin/Release/net10.0/pythia.dll "$@"; }

say "Tests on $device"
dotnet "$tests/bin/Release/net10.0/PythiaOrleans.Analyses.Tests.dll"

say "One sweep on the processor and on $device"
pythia demo --folder "$folder/demo" --device cpu > "$folder/demo.log" 2>&1 || stop "the demo failed: $folder/demo.log"
sweep() { # STORE DEVICE
    SECONDS=0
    pythia sweep --source "$folder/demo/checkpoints" --suite nano --models nano-1,nano-6 --steps 0,5,355,715 --name agreement --store "$folder/$1" --device "$2"
    echo "$2: $SECONDS s"
}
sweep store-reference cpu
sweep store-measured "$device"
# Counts of outliers, chosen laws and p values may jump where a value crosses a threshold; the tests above hold what is smooth to its tolerance.
pythia compare agreement --store "$folder/store-measured" --reference agreement --reference-store "$folder/store-reference" --worst 20

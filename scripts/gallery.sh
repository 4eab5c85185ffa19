#!/usr/bin/env bash
# Makes the pictures of docs/gallery.md, in docs/images/; report.png, that of all six models, only where DEMO holds the whole demo.
#   scripts/gallery.sh [DEMO]       DEMO: a folder of `pythia demo`, by default pythia-demo; it is made (or finished) first
# Needs the built command (dotnet build src/PythiaOrleans.Cli -c Release) and chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
demo="$(realpath -m "${1:-pythia-demo}")"
images="$PWD/docs/images"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
pythia() { dotnet "src/PythiaOrleans.Cli/bin/Release/net10.0/pythia.dll" "$@"; }

# A page, from the place that its address names.
picture() { # PAGE NAME WIDTH,HEIGHT
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 --window-size="$3" \
        --virtual-time-budget=15000 --screenshot="$images/$2" "file://$1" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}

pythia demo --quick --folder "$demo"
pythia report --published --out "$work/published"
picture "$work/published/report.html" published.png 1280,900
if [ -f "$demo/report/report.html" ]; then
    picture "$demo/report/report.html#weight-moments" report.png 1440,990
fi

store=(--store "$demo/store")
pythia plot nano-quick weight-moments-norm --components mlp.dense_h_to_4h --out "$images/norms.svg" "${store[@]}"
pythia plot nano-quick weight-distribution-histogram --models nano-2 --components attention.query_key_value \
    --out "$images/histogram.svg" "${store[@]}"
pythia plot nano-quick weight-spectrum-singular_values --models nano-2 --components mlp.dense_h_to_4h \
    --out "$images/spectrum.svg" "${store[@]}"
pythia plot nano-quick residual-stream-max_abs --out "$images/activations.svg" "${store[@]}"
pythia animate nano-quick weight-distribution-histogram --models nano-2 --components mlp.dense_h_to_4h --fps 6 --width 480 \
    --out "$images/weights.gif" "${store[@]}"
pythia evals plot published --out "$images/evaluations.png"

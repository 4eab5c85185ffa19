#!/usr/bin/env bash
# Packs the program with the .NET runtime and libtorch: no SDK and no installation is needed to run it.
#   scripts/archive.sh [--out FOLDER] [--skip-unserved] [linux-x64] [osx-arm64] [win-x64]
# Without a system: linux-x64. Only linux-x64 is run (`pythia --version`, from the unpacked archive); the others are built.
# --skip-unserved: a system whose packages the feed does not serve is named and left out; else that is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
out=archives skip_unserved=false systems=()
while [ $# -gt 0 ]; do
    case "$1" in
        --out) out="$2"; shift ;;
        --skip-unserved) skip_unserved=true ;;
        linux-x64 | osx-arm64 | win-x64) systems+=("$1") ;;
        *) echo "archive.sh: expected linux-x64, osx-arm64 or win-x64, found '$1'." >&2; exit 2 ;;
    esac
    shift
done
[ ${#systems[@]} -gt 0 ] || systems=(linux-x64)
mkdir -p "$out"
out="$(realpath "$out")"
version="$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

for system in "${systems[@]}"; do
    name="pythia-orleans-$version-$system"
    # What is restored and built for another system goes to a folder of its own: the working tree's build stays as it is.
    properties=(-p:PublishReadyToRun=true -p:RunAnalyzers=false --artifacts-path "$work/artifacts-$system")
    locked=()
    if [ "$system" = linux-x64 ]; then
        locked=(--locked-mode)
    else
        properties+=("-p:Libtorch=$system" "-p:RuntimeIdentifiers=$system")
    fi
    if ! { dotnet restore src/PythiaOrleans.Cli -v quiet "${locked[@]}" "${properties[@]}" &&
        dotnet publish src/PythiaOrleans.Cli -c Release -v quiet --no-restore -r "$system" --self-contained "${properties[@]}" \
            -o "$work/$name"; } > "$work/log" 2>&1; then
        if $skip_unserved && grep -qE 'NU110[123]|NU1301' "$work/log"; then
            echo "archive.sh: $system is left out, because the feed does not serve all of its packages:" >&2
            grep -oE 'NU1[0-9]+: .*' "$work/log" | sort -u | head -3 >&2
            continue
        fi
        cat "$work/log" >&2
        exit 1
    fi
    cp LICENSE CHANGELOG.md docs/install.md "$work/$name/"
    if [ "$system" = win-x64 ]; then
        # tar cannot write zip files, and not every machine has zip.
        (cd "$work" && python3 -m zipfile -c "$out/$name.zip" "$name")
        archive="$out/$name.zip"
    else
        tar -C "$work" -czf "$out/$name.tar.gz" "$name"
        archive="$out/$name.tar.gz"
    fi
    if [ "$system" = linux-x64 ]; then
        mkdir "$work/unpacked" && tar -C "$work/unpacked" -xzf "$archive"
        [ "$("$work/unpacked/$name/pythia" --version)" = "$version" ] || { echo "archive.sh: $archive does not run." >&2; exit 1; }
    fi
    (cd "$out" && sha256sum "$(basename "$archive")" > "$(basename "$archive").sha256")
    echo "$archive ($(du -h "$archive" | cut -f1))"
    rm -rf "$work/$name" "$work/artifacts-$system"
done

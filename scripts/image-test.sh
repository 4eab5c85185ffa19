#!/usr/bin/env bash
# Builds the image from the Dockerfile and runs a silo of it: unprivileged, on a read-only root. Needs root, buildah and debootstrap, but no registry: where the
# base images cannot be pulled, stand-ins are made of Debian and the SDK of this machine.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
work="${PYTHIA_IMAGE_WORK:-${TMPDIR:-/tmp}/pythia-image}"
port="${PORT:-18600}"
dotnet_root="$(dirname "$(readlink -f "$(command -v dotnet)")")"
mkdir -p "$work"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
b() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }
fail() { echo "image-test: $1" >&2; exit 1; }

for tool in buildah debootstrap curl; do command -v "$tool" > /dev/null || fail "$tool is not installed (apt-get install -y --no-install-recommends buildah debootstrap curl)."; done

stand_in() { # name, then folders of the .NET installation that it has
    b inspect --type image "$1" > /dev/null 2>&1 && return
    local name=$1 container; shift
    [ -d "$work/rootfs/usr" ] || debootstrap --variant=minbase --include=ca-certificates,libicu72,libssl3,libgomp1,fonts-dejavu-core bookworm "$work/rootfs" > "$work/debootstrap.log"
    container=$(b from scratch)
    b add --quiet "$container" "$work/rootfs" / > /dev/null
    for folder in "$@"; do b add --quiet "$container" "$dotnet_root/$folder" "/usr/share/dotnet/$folder" > /dev/null; done
    b run "$container" -- ln -sf /usr/share/dotnet/dotnet /usr/bin/dotnet
    b config --env DOTNET_ROOT=/usr/share/dotnet --env DOTNET_NOLOGO=1 --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env "NUGET_CERT_REVOCATION_MODE=${NUGET_CERT_REVOCATION_MODE:-online}" "$container"
    b commit --quiet --rm "$container" "$name" > /dev/null
}
stand_in mcr.microsoft.com/dotnet/aspnet:10.0 dotnet host shared
stand_in mcr.microsoft.com/dotnet/sdk:10.0 .

# The volumes belong to this machine, not to the Dockerfile: its trusted certificates, its packages, and where its package manager looks.
volumes=(-v /etc/ssl/certs:/etc/ssl/certs:ro)
[ -d "$HOME/.nuget/packages" ] && volumes+=(-v "$HOME/.nuget/packages:/root/.nuget/packages")
for file in "$HOME/.nuget/NuGet/NuGet.Config" /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d; do
    case "$file" in *NuGet.Config) to=/root/.nuget/NuGet/NuGet.Config ;; *) to=$file ;; esac
    [ -e "$file" ] && volumes+=(-v "$file:$to:ro")
done
b bud --pull-never --layers=false "${volumes[@]}" -t pythia-orleans:test "$root" > "$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; fail "the build failed ($work/build.log)."; }
echo "built: $(b inspect --type image --format '{{.FromImage}} user={{.OCIv1.Config.User}} stop={{.OCIv1.Config.StopSignal}}' pythia-orleans:test)"

container=$(b from --pull-never pythia-orleans:test)
mounted=$(b mount "$container")
silo=""
clean() {
    [ -z "$silo" ] || kill -KILL "$silo" 2> /dev/null || true
    b umount "$container" > /dev/null || true
    b rm "$container" > /dev/null || true
}
trap clean EXIT

# A mount namespace of its own: root read-only, /tmp and /data as Kubernetes mounts them, and everything gone when the silo ends.
unshare --mount --propagation private bash -c '
    set -e
    mount --bind "$0" "$0"
    mount -t tmpfs tmpfs "$0/tmp"
    mount -t tmpfs -o uid=1654,gid=1654 tmpfs "$0/data"
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount -o remount,bind,ro "$0"
    cd "$0"
    exec chroot --userspec=1654:1654 "$0" env -i HOME=/tmp DOTNET_ROOT=/usr/share/dotnet DOTNET_EnableDiagnostics=0 PATH=/usr/bin:/bin PYTHIA__ROLE=All \
        PYTHIA__STORE=/data/store PYTHIA__SILO__PORT=0 PYTHIA__SILO__GATEWAYPORT=0 PYTHIA__HTTP__ADDRESS="127.0.0.1:$1" dotnet /app/pythia.dll silo --log json
' "$mounted" "$port" > "$work/silo.log" 2>&1 &
silo=$!

for _ in $(seq 120); do
    curl -sf "http://127.0.0.1:$port/healthz/ready" > /dev/null && break
    kill -0 "$silo" 2> /dev/null || { cat "$work/silo.log" >&2; fail "the silo ended."; }
    sleep 0.5
done
curl -sf "http://127.0.0.1:$port/healthz/live" || fail "/healthz/live does not answer."
curl -sf "http://127.0.0.1:$port/healthz/ready" || fail "/healthz/ready does not answer."
curl -sf "http://127.0.0.1:$port/metrics" | grep -q '^pythia_slots{' || fail "/metrics shows no slots."
[ "$(awk '/^Uid:/ { print $2 }' "/proc/$silo/status")" = 1654 ] || fail "the silo does not run as user 1654."
if nsenter --target "$silo" --mount touch "$mounted/app/x" 2> /dev/null; then fail "the root file system can be written."; fi

kill -TERM "$silo"
code=0; wait "$silo" || code=$?
silo=""
[ "$code" -eq 0 ] || { tail -n 20 "$work/silo.log" >&2; fail "after SIGTERM the silo ended with $code."; }
echo "ran: user 1654, read-only root, healthy, drained on SIGTERM"

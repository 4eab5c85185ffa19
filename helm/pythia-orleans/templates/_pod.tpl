{{- define "pythia.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "pythia.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "pythia.podLabels" -}}
{{- include "pythia.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- if .root.Values.store.workloadIdentity }}
azure.workload.identity/use: "true"
{{- end }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pythia.podMetadata" -}}
labels: {{- include "pythia.podLabels" . | nindent 2 }}
{{- with .root.Values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "pythia.storageEnv" -}}
{{- with .Values.store.account }}
- { name: AZURE_STORAGE_ACCOUNT, value: {{ . | quote }} }
{{- end }}
{{- with .Values.store.existingSecret }}
- name: AZURE_STORAGE_CONNECTION_STRING
  valueFrom: { secretKeyRef: { name: {{ . }}, key: AZURE_STORAGE_CONNECTION_STRING, optional: true } }
- name: AZURE_STORAGE_SAS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ . }}, key: AZURE_STORAGE_SAS_TOKEN, optional: true } }
{{- end }}
{{- end -}}

{{- define "pythia.sourceEnv" -}}
{{- with .Values.hub.endpoint }}
- { name: HF_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- with .Values.hub.existingSecret }}
- name: HF_TOKEN
  valueFrom: { secretKeyRef: { name: {{ . }}, key: HF_TOKEN } }
{{- end }}
{{- with .Values.hub.mirror }}
- { name: PYTHIA_MIRROR, value: {{ . | quote }} }
- { name: PYTHIA_KEEP_HALF, value: "1" }
{{- end }}
{{- if .Values.hub.bytesPerSecond }}
- { name: PYTHIA_HUB_BYTES_PER_SECOND, value: {{ .Values.hub.bytesPerSecond | int64 | quote }} }
{{- end }}
- { name: HF_HUB_CACHE, value: /cache/hub }
- { name: PYTHIA_CACHE, value: /cache/containers }
{{- end -}}

{{- define "pythia.tlsEnv" -}}
{{- if .Values.tls.existingSecret }}
- { name: PYTHIA__TLS__CERTIFICATE, value: /etc/pythia-tls/tls.crt }
- { name: PYTHIA__TLS__KEY, value: /etc/pythia-tls/tls.key }
- { name: PYTHIA__TLS__AUTHORITY, value: /etc/pythia-tls/ca.crt }
{{- end }}
{{- end -}}

{{- define "pythia.siloEnv" -}}
- name: PYTHIA__SILO__ADDRESS
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- { name: PYTHIA__HTTP__ADDRESS, value: "0.0.0.0:8080" }
- { name: PYTHIA__CLUSTERID, value: {{ .Values.cluster.id | quote }} }
{{- if .Values.tables }}
- { name: PYTHIA__TABLES, value: {{ .Values.tables | quote }} }
{{- else }}
- name: PYTHIA__REDIS
  valueFrom: { secretKeyRef: { name: {{ include "pythia.redisSecret" . }}, key: connection } }
{{- end }}
{{- if not .Values.monitoring.keySecret.name }}
- { name: PYTHIA__API__OPENMETRICS, value: "true" }
{{- end }}
{{- include "pythia.tlsEnv" . }}
- { name: PYTHIA__STORE, value: {{ include "pythia.store" . | quote }} }
{{- if .Values.catalog }}
- { name: PYTHIA__CATALOG, value: /etc/pythia/catalog.json }
{{- end }}
{{- range $name, $value := .Values.options }}
- { name: PYTHIA__{{ $name | replace ":" "__" | upper }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- with .Values.monitoring.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- include "pythia.storageEnv" . }}
{{- end -}}

{{- define "pythia.siloPorts" -}}
- { name: http, containerPort: 8080 }
- { name: silo, containerPort: 11111 }
- { name: gateway, containerPort: 30000 }
{{- end -}}

{{/* A silo that waits for Redis is alive: it may take five minutes to start. */}}
{{- define "pythia.siloProbes" -}}
startupProbe:
  httpGet: { path: /healthz/live, port: http }
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /healthz/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
{{- end -}}

{{- define "pythia.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every container of ours mounts beside its cache. */}}
{{- define "pythia.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .Values.store.existingClaim }}
- { name: store, mountPath: /store }
{{- end }}
{{- if .Values.catalog }}
- { name: catalog, mountPath: /etc/pythia, readOnly: true }
{{- end }}
{{- if .Values.tls.existingSecret }}
- { name: tls, mountPath: /etc/pythia-tls, readOnly: true }
{{- end }}
{{- end -}}

{{- define "pythia.volumes" -}}
{{- with .Values.store.existingClaim }}
- name: store
  persistentVolumeClaim: { claimName: {{ . }} }
{{- end }}
{{- if .Values.catalog }}
- name: catalog
  configMap: { name: {{ .Release.Name }}-catalog }
{{- end }}
{{- with .Values.tls.existingSecret }}
- name: tls
  secret: { secretName: {{ . }} }
{{- end }}
{{- end -}}

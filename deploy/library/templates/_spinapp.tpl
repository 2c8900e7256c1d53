{{/* Where Spin's metrics go; empty: nowhere. */}}
{{- define "zakaz.telemetry.metrics" -}}
{{- if .Values.monitoring.enabled }}{{ .Values.telemetry.metricsEndpoint }}{{ end -}}
{{- end -}}

{{/* The service: a SpinApp of one component from the image that has all of them, and its executor. */}}
{{- define "zakaz.spinapp" -}}
{{- $segment := include "zakaz.segment" . -}}
apiVersion: core.spinkube.dev/v1alpha1
kind: SpinApp
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  image: {{ include "zakaz.image" (dict "context" . "image" .Values.image) | quote }}
  executor: {{ include "zakaz.name" . }}
  components: [{{ include "zakaz.service" . }}]
  {{- if .Values.autoscaling.enabled }}
  enableAutoscaling: true
  {{- else }}
  replicas: {{ int .Values.replicas }}
  {{- end }}
  {{- with .Values.image.pullSecret }}
  imagePullSecrets:
    - name: {{ . }}
  {{- if eq $.Values.executor.kind "spintainer" }}
  # `spin up` pulls the application itself: it reads its credential as the Docker client does.
  volumes:
    - name: registry
      secret:
        secretName: {{ . }}
        items:
          - { key: .dockerconfigjson, path: config.json }
  volumeMounts:
    - { name: registry, mountPath: {{ $.Values.executor.dockerConfig }}, readOnly: true }
  {{- end }}
  {{- end }}
  podLabels:
    {{- include "zakaz.podLabels" (dict "context" . "component" "app") | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  podAnnotations:
    zakaz/secrets: {{ include "zakaz.checksum" . }}
    zakaz/pool: {{ .Values.database.pool | toString | quote }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  checks:
    liveness:
      httpGet:
        path: /api/{{ $segment }}/healthz
      {{- toYaml .Values.probes.liveness | nindent 6 }}
    readiness:
      httpGet:
        path: /api/{{ $segment }}/readyz
      {{- toYaml .Values.probes.readiness | nindent 6 }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  runtimeConfig:
    loadFromSecret: {{ include "zakaz.name" . }}-runtime
  variables:
    {{- include "zakaz.variables" . | nindent 4 }}
---
# A SpinApp uses only executors of its own namespace.
apiVersion: core.spinkube.dev/v1alpha1
kind: SpinAppExecutor
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  createDeployment: true
  deploymentConfig:
    installDefaultCACerts: true
    {{- if eq .Values.executor.kind "spintainer" }}
    spinImage: {{ .Values.executor.spinImage | quote }}
    {{- else }}
    runtimeClassName: {{ .Values.executor.runtimeClassName | quote }}
    {{- end }}
    {{- $metrics := include "zakaz.telemetry.metrics" . }}
    {{- $traces := .Values.telemetry.tracesEndpoint }}
    {{- if or $metrics $traces }}
    # Spin exports spans of requests, calls and statements; the components only forward the trace.
    otel:
      {{- with $metrics }}
      exporter_otlp_metrics_endpoint: {{ . | quote }}
      {{- end }}
      {{- with $traces }}
      exporter_otlp_traces_endpoint: {{ . | quote }}
      {{- end }}
    {{- end }}
{{- end -}}

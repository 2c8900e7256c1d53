{{- define "metrics.labels" -}}
app.kubernetes.io/part-of: zakaz
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/*
The executor's name. The Spin operator deletes no executor whose name an app names, in whatever namespace: so each namespace has
a name of its own.
*/}}
{{- define "metrics.executor" -}}
{{- .Values.executor.name | default .Release.Namespace -}}
{{- end -}}

{{/* Where Spin's own metrics go; empty: nowhere. */}}
{{- define "metrics.otlp" -}}
{{- $endpoint := .Values.executor.telemetry.metricsEndpoint -}}
{{- if eq $endpoint "prometheus" -}}
{{- if .Values.prometheus.enabled }}http://prometheus-operated:9090/api/v1/otlp/v1/metrics{{ end -}}
{{- else -}}
{{- $endpoint -}}
{{- end -}}
{{- end -}}

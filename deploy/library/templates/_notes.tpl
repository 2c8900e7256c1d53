{{- define "zakaz.notes" -}}
{{- $name := include "zakaz.name" . -}}
{{ $name }} is on its way in the namespace {{ .Release.Namespace }}. In order, these become ready by themselves:

  kubectl -n {{ .Release.Namespace }} get cluster {{ include "zakaz.database.cluster" . }}
  kubectl -n {{ .Release.Namespace }} get jobs -l app.kubernetes.io/name={{ $name }}
  kubectl -n {{ .Release.Namespace }} get spinapp {{ $name }}
{{ if not .Values.migrations.enabled }}
Migrations are off: apply job-{{ include "zakaz.service" . }}.yaml, or the service never gets ready.
{{ end -}}
{{ if eq .Values.exposure.kind "none" }}
Nothing of it is exposed (exposure.kind is none).
{{- else }}
It is exposed ({{ .Values.exposure.kind }}) under: {{ .Values.exposure.paths | join ", " }}
{{- end }}
{{- end -}}

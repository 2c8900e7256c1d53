{{/* NOTES.txt of a service's chart, with the context of its dependency `service`. */}}
{{- define "service.notes" -}}
{{- $name := include "service.name" . -}}
{{- $namespace := .Release.Namespace -}}
{{ $name }} is on its way in the namespace {{ $namespace }}. In order, these become ready by themselves:

  {{ if .Values.database.create -}}
  kubectl -n {{ $namespace }} get cluster {{ include "service.database.cluster" . }}
  {{ end -}}
  kubectl -n {{ $namespace }} get jobs -l app.kubernetes.io/name={{ $name }}
  kubectl -n {{ $namespace }} get spinapp {{ $name }}
{{ if .Values.stopped }}
The service is stopped (service.stopped): only its database runs.
{{ end -}}
{{ if not .Values.migrations.enabled }}
Migrations are off: apply job-{{ include "service.service" . }}.yaml, or the service never gets ready.
{{ end -}}
{{ if eq .Values.exposure.kind "none" }}
Nothing of it is exposed (service.exposure.kind is none).
{{- else }}
It is exposed ({{ .Values.exposure.kind }}) under: {{ .Values.exposure.paths | join ", " }}
{{- end }}
{{ if and .Values.database.create .Values.database.keep }}
`helm uninstall {{ .Release.Name }}` keeps the database {{ include "service.database.cluster" . }} and the Secrets; a new installation with the same
name finds them. To delete the data as well: kubectl -n {{ $namespace }} delete cluster {{ include "service.database.cluster" . }}
{{- else if .Values.database.create }}
WARNING: service.database.keep is off: `helm uninstall {{ .Release.Name }}` deletes the database and all its data.
{{- end }}
{{- end -}}

{{/* The service of this chart: the chart's own name, `auth` or another. It is the component's id in spin.toml. */}}
{{- define "zakaz.service" -}}
{{- .Chart.Name -}}
{{- end -}}

{{/* The name of the SpinApp, and so of its Deployment and its Service. One installation a namespace. */}}
{{- define "zakaz.name" -}}
zakaz-{{ include "zakaz.service" . }}
{{- end -}}

{{/* The path segment under /api and /internal: the order service answers under `orders`. */}}
{{- define "zakaz.segment" -}}
{{- if eq .Chart.Name "order" }}orders{{ else }}{{ .Chart.Name }}{{ end -}}
{{- end -}}

{{- define "zakaz.labels" -}}
app.kubernetes.io/name: {{ include "zakaz.name" . }}
app.kubernetes.io/part-of: zakaz
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The labels of pods, by which network policies select them: the kind of a pod is (`app`, `migrate`, `recover`). */}}
{{- define "zakaz.podLabels" -}}
app.kubernetes.io/name: {{ include "zakaz.name" .context }}
app.kubernetes.io/part-of: zakaz
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* An image of this release: `registry/name:tag`, or `registry/name@digest`. */}}
{{- define "zakaz.image" -}}
{{- $registry := .context.Values.image.registry -}}
{{- if .image.digest -}}
{{ $registry }}/{{ .image.name }}@{{ .image.digest }}
{{- else -}}
{{ $registry }}/{{ .image.name }}:{{ .image.tag | default .context.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* What `deploy-check --write` has made of spin.toml and migrations/ for this chart. */}}
{{- define "zakaz.generated" -}}
{{- .Files.Get "generated.yaml" -}}
{{- end -}}

{{/* The settings of the containers that this project writes itself: no root, nothing to write to. */}}
{{- define "zakaz.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

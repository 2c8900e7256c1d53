{{/* The service: the component's id in spin.toml. */}}
{{- define "service.service" -}}
{{- required "`service.name` is empty: install one of the charts auth, billing, order, delivery or warehouse, which set it" .Values.name -}}
{{- end -}}

{{/* The name of the SpinApp, and so of its Deployment and its Service. One installation a namespace. */}}
{{- define "service.name" -}}
zakaz-{{ include "service.service" . }}
{{- end -}}

{{/* The path segment under /api and /internal. */}}
{{- define "service.segment" -}}
{{- .Values.segment | default (include "service.service" .) -}}
{{- end -}}

{{- define "service.labels" -}}
app.kubernetes.io/name: {{ include "service.name" . }}
app.kubernetes.io/part-of: zakaz
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The labels of pods, by which network policies select them: the kind of a pod is `app`, `migrate`, `recover` or `test`. */}}
{{- define "service.podLabels" -}}
app.kubernetes.io/name: {{ include "service.name" .context }}
app.kubernetes.io/part-of: zakaz
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* An image of this release: `registry/name:tag`, or `registry/name@digest`. */}}
{{- define "service.image" -}}
{{- $registry := .context.Values.image.registry -}}
{{- if .image.digest -}}
{{ $registry }}/{{ .image.name }}@{{ .image.digest }}
{{- else -}}
{{ $registry }}/{{ .image.name }}:{{ .image.tag | default .context.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "service.imagePullSecrets" -}}
{{- with .Values.image.pullSecret -}}
imagePullSecrets:
  - name: {{ . }}
{{- end -}}
{{- end -}}

{{/* What `deploy-check --write` has made of spin.toml and migrations/ for this service. */}}
{{- define "service.generated" -}}
{{- $service := include "service.service" . -}}
{{- $all := .Files.Get "generated.yaml" | fromYaml -}}
{{- if not (hasKey $all $service) -}}
{{- fail (printf "spin.toml has no component %s; the charts know %s (after a change: cargo xtask deploy-check --write)" $service (keys $all | sortAlpha | join ", ")) -}}
{{- end -}}
{{- get $all $service | toYaml -}}
{{- end -}}

{{/* The settings of pods and containers that this project writes itself: no root, no token, nothing to write to. */}}
{{- define "service.podSecurity" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

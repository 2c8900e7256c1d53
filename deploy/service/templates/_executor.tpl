{{/* The executor's name: by default the chart metrics gives it that of the namespace. */}}
{{- define "service.executor" -}}
{{- .Values.executor.name | default .Release.Namespace -}}
{{- end -}}

{{/*
The operator looks at the app, not at its executor: this checksum replaces the pods, at the next upgrade of this chart, when the
executor has changed. Without a cluster to ask it is always the same.
*/}}
{{- define "service.executorChecksum" -}}
{{- $executor := dict -}}
{{- if .Capabilities.APIVersions.Has "core.spinkube.dev/v1alpha1/SpinAppExecutor" -}}
{{- $executor = lookup "core.spinkube.dev/v1alpha1" "SpinAppExecutor" .Release.Namespace (include "service.executor" .) -}}
{{- end -}}
{{- get ($executor | default dict) "spec" | toJson | sha256sum | trunc 16 -}}
{{- end -}}

{{/* The name of the Secret with what only this service may know. */}}
{{- define "zakaz.secretName" -}}
{{- dig "existing" "" (.Values.secrets | default dict) | default (include "zakaz.name" .) -}}
{{- end -}}

{{/* The data of a Secret as the cluster has it, {} when it has none (or there is no cluster to ask). */}}
{{- define "zakaz.secretData" -}}
{{- $found := lookup "v1" "Secret" .context.Release.Namespace .name -}}
{{- if $found -}}{{ $found.data | toJson }}{{- else -}}{}{{- end -}}
{{- end -}}

{{/* One entry of a Secret that is made once: what the cluster has, else 40 random characters. In base64. */}}
{{- define "zakaz.once" -}}
{{- if hasKey .data .key -}}{{ get .data .key }}{{- else -}}{{ randAlphaNum 40 | b64enc }}{{- end -}}
{{- end -}}

{{/* Secrets outlive the release: without them the data that is kept beside them is worth less. */}}
{{- define "zakaz.secretMetadata" -}}
metadata:
  name: {{ .name }}
  labels:
    {{- include "zakaz.labels" .context | nindent 4 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    helm.sh/resource-policy: keep
{{- end -}}

{{/* Pods read secrets when they start: this changes when a secret does, and with it the pods do. */}}
{{- define "zakaz.checksum" -}}
{{- $context := . -}}
{{- $parts := list -}}
{{- range list "zakaz-shared" (include "zakaz.secretName" .) (include "zakaz.database.roleSecret" .) (include "zakaz.database.caSecret" .) -}}
{{- $parts = append $parts (include "zakaz.secretData" (dict "context" $context "name" .)) -}}
{{- end -}}
{{- $parts | join "\n" | sha256sum -}}
{{- end -}}

{{/* The name of the Secret with this service's own secrets. */}}
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
{{- $data := include "zakaz.secretData" . | fromJson -}}
{{- $value := get $data .key | default (randAlphaNum 40 | b64enc) -}}
{{- include "zakaz.note" (dict "context" .context "name" .name "key" .key "value" $value) -}}
{{- $value -}}
{{- end -}}

{{/* Remembers an entry of a Secret that this rendering makes: the cluster has it only afterwards. */}}
{{- define "zakaz.note" -}}
{{- $noted := get .context.Values "noted" | default dict -}}
{{- $_ := set $noted (printf "%s/%s" .name .key) .value -}}
{{- $_ := set .context.Values "noted" $noted -}}
{{- end -}}

{{/* Secrets outlive the release: without them the kept data is of less use. */}}
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

{{/*
Pods read secrets when they start: this checksum changes when an entry that they read changes, and replaces the pods. Entries that
this release makes are remembered above. The authority of a cluster that comes with the release is left out: it is made
later, and would replace all pods at the first upgrade.
*/}}
{{- define "zakaz.checksum" -}}
{{- $noted := get .Values "noted" | default dict -}}
{{- $parts := list -}}
{{- range include "zakaz.variables" . | fromYamlArray -}}
{{- $entry := dig "valueFrom" "secretKeyRef" dict . -}}
{{- if and $entry (or $.Values.database.caSecret (ne (get $entry "name") (include "zakaz.database.caSecret" $))) -}}
{{- $data := include "zakaz.secretData" (dict "context" $ "name" $entry.name) | fromJson -}}
{{- $value := get $data $entry.key | default (get $noted (printf "%s/%s" $entry.name $entry.key)) -}}
{{- $parts = append $parts (printf "%s/%s=%s" $entry.name $entry.key $value) -}}
{{- end -}}
{{- end -}}
{{- $parts | join "\n" | sha256sum -}}
{{- end -}}

{{/* The CloudNativePG cluster of this service, made by the dependency `postgres`. */}}
{{- define "zakaz.database.cluster" -}}
{{ include "zakaz.name" . }}-db
{{- end -}}

{{- define "zakaz.database.host" -}}
{{- .Values.database.host | default (printf "%s-rw" (include "zakaz.database.cluster" .)) -}}
{{- end -}}

{{/* The Secret with the password of the service's role (kubernetes.io/basic-auth). */}}
{{- define "zakaz.database.roleSecret" -}}
{{- .Values.database.roleSecret | default (printf "%s-role" (include "zakaz.database.cluster" .)) -}}
{{- end -}}

{{/* The Secret with the password of the schema's owner, as whom migrations run: CloudNativePG makes it. */}}
{{- define "zakaz.database.ownerSecret" -}}
{{- .Values.database.ownerSecret | default (printf "%s-app" (include "zakaz.database.cluster" .)) -}}
{{- end -}}

{{- define "zakaz.database.caSecret" -}}
{{- .Values.database.caSecret | default (printf "%s-ca" (include "zakaz.database.cluster" .)) -}}
{{- end -}}

{{/* CloudNativePG sets the password anew when a Secret with the label `cnpg.io/reload` changes. */}}
{{- define "zakaz.roleSecret" -}}
{{- if not .Values.database.roleSecret }}
{{- $name := include "zakaz.database.roleSecret" . }}
apiVersion: v1
kind: Secret
{{ include "zakaz.secretMetadata" (dict "context" . "name" $name "labels" (dict "cnpg.io/reload" "true")) }}
type: kubernetes.io/basic-auth
data:
  username: {{ .Values.database.user | b64enc }}
  password: {{ include "zakaz.once" (dict "context" . "name" $name "key" "password") }}
{{- end }}
{{- end -}}

{{/* Spin's own settings. The pool's limit belongs to `max_connections`: see `database.pool` in values.yaml. */}}
{{- define "zakaz.runtimeConfig" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "zakaz.name" . }}-runtime
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
stringData:
  runtime-config.toml: |
    [outbound_pg]
    max_connections = {{ int .Values.database.pool }}
{{- end -}}

{{/*
The variables of the SpinApp. Which there are is generated from spin.toml (generated.yaml): the component's own,
and required ones of other components, for which Spin demands a value.
*/}}
{{- define "zakaz.variables" -}}
{{- $generated := include "zakaz.generated" . | fromYaml -}}
{{- $service := include "zakaz.service" . -}}
{{- $shared := list "service_secret" "operator_token" "auth_public_keys" -}}
{{- $secret := list "auth_private_key" "admin_password" -}}
{{- $prefix := printf "%s_db_" $service -}}
{{- range $name := $generated.own }}
- name: {{ $name }}
{{- if has $name $shared }}
  valueFrom:
    secretKeyRef: { name: zakaz-shared, key: {{ $name }} }
{{- else if has $name $secret }}
  valueFrom:
    secretKeyRef: { name: {{ include "zakaz.secretName" $ }}, key: {{ $name }} }
{{- else if eq $name (print $prefix "password") }}
  valueFrom:
    secretKeyRef: { name: {{ include "zakaz.database.roleSecret" $ }}, key: password }
{{- else if eq $name (print $prefix "ca") }}
  valueFrom:
    secretKeyRef: { name: {{ include "zakaz.database.caSecret" $ }}, key: ca.crt }
{{- else if eq $name (print $prefix "host") }}
  value: {{ printf "%s:%d" (include "zakaz.database.host" $) (int $.Values.database.port) | quote }}
{{- else if eq $name (print $prefix "name") }}
  value: {{ $.Values.database.name | quote }}
{{- else if eq $name (print $prefix "user") }}
  value: {{ $.Values.database.user | quote }}
{{- else if eq $name (print $prefix "sslmode") }}
  value: require
{{- else if eq $name "mqtt_url" }}
  value: {{ include "zakaz.events.url" $ | quote }}
{{- else if has $name (list "mqtt_user" "mqtt_password") }}
{{- if $.Values.events.enabled }}
  valueFrom:
    secretKeyRef: { name: {{ $.Values.events.accountSecret }}, key: {{ ternary "username" "password" (eq $name "mqtt_user") }} }
{{- else }}
  value: ""
{{- end }}
{{- else if and (eq $name "client_ip_header") (not $.Values.settings.client_ip_header) }}
  value: {{ include "zakaz.clientIpHeader" $ | quote }}
{{- else if hasKey $.Values.settings $name }}
  value: {{ get $.Values.settings $name | toString | quote }}
{{- else }}
{{- fail (printf "the variable %s of spin.toml has no value: add it to `settings` in values.yaml" $name) }}
{{- end }}
{{- end }}
{{- range $name := $generated.unused }}
- name: {{ $name }}
  value: unused
{{- end }}
{{- end -}}

{{/* Where events are published. Without a broker, what spin.toml has by default: a name that no host has. */}}
{{- define "zakaz.events.url" -}}
{{- if .Values.events.enabled -}}
mqtt://{{ .Values.events.host }}:{{ int .Values.events.port }}
{{- else -}}
mqtt://none.invalid:1883
{{- end -}}
{{- end -}}

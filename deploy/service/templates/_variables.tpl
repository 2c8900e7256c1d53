{{/*
The variables of the SpinApp. Which there are is generated from spin.toml (generated.yaml): the component's own,
and required ones of other components, for which Spin demands a value.
*/}}
{{- define "service.variables" -}}
{{- $generated := include "service.generated" . | fromYaml -}}
{{- $service := include "service.service" . -}}
{{- $shared := list "service_secret" "accepted_service_secret" "operator_token" "auth_public_keys" -}}
{{- $secret := list "auth_private_key" "refresh_token_key" "accepted_refresh_token_key" "admin_password" -}}
{{- /* They are there only while another secret is being replaced. */ -}}
{{- $optional := list "accepted_service_secret" "accepted_refresh_token_key" -}}
{{- $prefix := printf "%s_db_" $service -}}
{{- range $name := keys $.Values.settings | sortAlpha -}}
{{- if not (has $name $generated.own) -}}
{{- fail (printf "service.settings.%s: the component %s has no such variable; it has %s" $name $service ($generated.own | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- range $name := $generated.own }}
- name: {{ $name }}
{{- if has $name $shared }}
  valueFrom:
    secretKeyRef: { name: zakaz-shared, key: {{ $name }}{{ if has $name $optional }}, optional: true{{ end }} }
{{- else if has $name $secret }}
  valueFrom:
    secretKeyRef: { name: {{ include "service.secretName" $ }}, key: {{ $name }}{{ if has $name $optional }}, optional: true{{ end }} }
{{- else if eq $name (print $prefix "password") }}
  valueFrom:
    secretKeyRef: { name: {{ include "service.database.roleSecret" $ }}, key: password }
{{- else if eq $name (print $prefix "ca") }}
  valueFrom:
    secretKeyRef: { name: {{ include "service.database.caSecret" $ }}, key: ca.crt }
{{- else if eq $name (print $prefix "host") }}
  value: {{ printf "%s:%d" (include "service.database.host" $) (int $.Values.database.port) | quote }}
{{- else if eq $name (print $prefix "name") }}
  value: {{ include "service.database.name" $ | quote }}
{{- else if eq $name (print $prefix "user") }}
  value: {{ include "service.database.user" $ | quote }}
{{- else if eq $name (print $prefix "sslmode") }}
  value: require
{{- else if eq $name "mqtt_url" }}
  value: {{ include "service.events.url" $ | quote }}
{{- else if has $name (list "mqtt_user" "mqtt_password") }}
{{- if $.Values.events.enabled }}
  valueFrom:
    secretKeyRef: { name: {{ $.Values.events.accountSecret }}, key: {{ ternary "username" "password" (eq $name "mqtt_user") }} }
{{- else }}
  value: ""
{{- end }}
{{- else if and (eq $name "client_ip_header") (not $.Values.settings.client_ip_header) }}
  value: {{ include "service.clientIpHeader" $ | quote }}
{{- else if hasKey $.Values.settings $name }}
  value: {{ get $.Values.settings $name | toString | quote }}
{{- else }}
{{- fail (printf "the variable %s of spin.toml has no value: add it to `service.settings` in the values of the chart %s" $name $service) }}
{{- end }}
{{- end }}
{{- range $name := $generated.unused }}
- name: {{ $name }}
  value: unused
{{- end }}
{{- end -}}

{{/* Where events are published. Without a broker, what spin.toml has by default: a name that no host has. */}}
{{- define "service.events.url" -}}
{{- if .Values.events.enabled -}}
mqtt://{{ .Values.events.host }}:{{ int .Values.events.port }}
{{- else -}}
mqtt://none.invalid:1883
{{- end -}}
{{- end -}}

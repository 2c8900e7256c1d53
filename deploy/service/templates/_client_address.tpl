{{/* The header in which the gateway or ingress puts the client's address; a client cannot set it itself. */}}
{{- define "service.clientIpHeader" -}}
{{- if eq .Values.exposure.kind "gateway" }}x-envoy-external-address
{{- else if eq .Values.exposure.kind "ingress" }}x-real-ip
{{- end -}}
{{- end -}}

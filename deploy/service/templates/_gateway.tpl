{{/* The address inside the cluster of the proxies that Envoy Gateway makes for the Gateway. */}}
{{- define "service.gatewayUrl" -}}
{{- $namespace := .Values.exposure.gateway.namespace | default .Release.Namespace -}}
{{- $name := .Values.exposure.gateway.name -}}
http://envoy-{{ $namespace }}-{{ $name }}-{{ printf "%s/%s" $namespace $name | sha256sum | trunc 8 }}.envoy-gateway-system
{{- end -}}

{{/* The header in which the gateway or ingress puts the client's address; a client cannot set it itself. */}}
{{- define "service.clientIpHeader" -}}
{{- if eq .Values.exposure.kind "gateway" }}x-envoy-external-address
{{- else if eq .Values.exposure.kind "ingress" }}x-real-ip
{{- end -}}
{{- end -}}

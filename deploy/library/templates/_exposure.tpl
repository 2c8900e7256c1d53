{{/* The header in which the gateway or ingress puts the client's address; a client cannot set it itself. */}}
{{- define "zakaz.clientIpHeader" -}}
{{- if eq .Values.exposure.kind "gateway" }}x-envoy-external-address
{{- else if eq .Values.exposure.kind "ingress" }}x-real-ip
{{- end -}}
{{- end -}}

{{/* The exposed paths (`exposure.paths`). The schema refuses paths under /internal. */}}
{{- define "zakaz.exposure" -}}
{{- if eq .Values.exposure.kind "gateway" }}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  parentRefs:
    - name: {{ .Values.exposure.gateway.name }}
      {{- with .Values.exposure.gateway.namespace }}
      namespace: {{ . }}
      {{- end }}
  {{- with .Values.exposure.hosts }}
  hostnames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .Values.exposure.paths }}
    - matches:
        - path: { type: PathPrefix, value: {{ . }} }
      backendRefs:
        - { name: {{ include "zakaz.name" $ }}, port: 80 }
      timeouts:
        # An order's events are streamed for up to 5 minutes.
        request: {{ $.Values.exposure.timeoutSeconds }}s
    {{- end }}
{{- else if eq .Values.exposure.kind "ingress" }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
  annotations:
    nginx.ingress.kubernetes.io/proxy-buffering: "off"
    nginx.ingress.kubernetes.io/proxy-read-timeout: {{ .Values.exposure.timeoutSeconds | toString | quote }}
spec:
  ingressClassName: {{ .Values.exposure.ingress.className }}
  {{- with .Values.exposure.ingress.tlsSecret }}
  tls:
    - secretName: {{ . }}
      {{- with $.Values.exposure.hosts }}
      hosts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  {{- end }}
  rules:
    {{- range .Values.exposure.hosts | default (list "") }}
    - http:
        paths:
          {{- range $.Values.exposure.paths }}
          - path: {{ . }}
            pathType: Prefix
            backend:
              service:
                name: {{ include "zakaz.name" $ }}
                port: { number: 80 }
          {{- end }}
      {{- with . }}
      host: {{ . }}
      {{- end }}
    {{- end }}
{{- end }}
{{- end -}}

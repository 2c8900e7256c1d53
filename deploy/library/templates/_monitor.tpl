{{- define "zakaz.monitor" -}}
{{- if .Values.monitoring.enabled }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      core.spinkube.dev/app-name: {{ include "zakaz.name" . }}
  endpoints:
    # The operator names the container's port, not the Service's.
    - targetPort: http-app
      path: /internal/{{ include "zakaz.segment" . }}/metrics
      interval: {{ .Values.monitoring.interval }}
      scrapeTimeout: {{ .Values.monitoring.timeout }}
      authorization:
        type: Bearer
        credentials: { name: zakaz-shared, key: operator_token }
{{- end }}
{{- end -}}

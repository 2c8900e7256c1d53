{{- define "service.network.dns" -}}
- ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - { protocol: UDP, port: {{ int . }} }
    - { protocol: TCP, port: {{ int . }} }
    {{- end }}
  to:
    {{- toYaml .Values.networkPolicy.dns.to | nindent 4 }}
{{- end -}}

{{- define "service.network.toDatabase" -}}
- ports:
    - { protocol: TCP, port: {{ int .Values.database.port }} }
  to:
    {{- if .Values.database.host }}
    {{- toYaml .Values.networkPolicy.database | nindent 4 }}
    {{- else }}
    - podSelector:
        matchLabels:
          cnpg.io/cluster: {{ include "service.database.cluster" . }}
    {{- end }}
{{- end -}}

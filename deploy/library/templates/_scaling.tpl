{{- define "zakaz.scaling" -}}
{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  # The Deployment that the operator makes has the SpinApp's name.
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "zakaz.name" . }}
  minReplicas: {{ int .Values.autoscaling.minReplicas }}
  maxReplicas: {{ int .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ int .Values.autoscaling.cpuUtilization }}
---
{{- end }}
{{- if .Values.podDisruptionBudget.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "zakaz.name" . }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "zakaz.podLabels" (dict "context" . "component" "app") | nindent 6 }}
{{- end }}
{{- end -}}

{{/*
Which pods may connect to which. A policy that names both directions denies everything it does not list, so each kind of
pod of this chart has one. Kubelets' probes pass any policy.
*/}}
{{- define "zakaz.network" -}}
{{- if .Values.networkPolicy.enabled }}
{{- $name := include "zakaz.name" . }}
{{- $edge := .Values.networkPolicy.edge }}
# The service.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "zakaz.podLabels" (dict "context" . "component" "app") | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - { protocol: TCP, port: 80 }
      from:
        {{- if ne .Values.exposure.kind "none" }}
        {{- with ternary $edge.gateway $edge.ingress (eq .Values.exposure.kind "gateway") }}
        - {{- toYaml . | nindent 10 }}
        {{- end }}
        {{- end }}
        {{- if .Values.monitoring.enabled }}
        - {{- toYaml .Values.networkPolicy.prometheus | nindent 10 }}
        {{- end }}
        {{- range .Values.networkPolicy.callers }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .name }}
              app.kubernetes.io/component: {{ .component }}
        {{- end }}
  egress:
    {{- include "zakaz.network.dns" . | nindent 4 }}
    {{- include "zakaz.network.toDatabase" . | nindent 4 }}
    {{- range .Values.networkPolicy.callees }}
    - ports:
        - { protocol: TCP, port: 80 }
      to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ . }}
              app.kubernetes.io/component: app
    {{- end }}
    {{- if dig "enabled" false (.Values.events | default dict) }}
    - ports:
        - { protocol: TCP, port: {{ int .Values.events.port }} }
      to:
        - {{- toYaml .Values.events.peer | nindent 10 }}
    {{- end }}
    {{- if eq .Values.executor.kind "spintainer" }}
    # `spin up` pulls the application inside the pod.
    - ports:
        - { protocol: TCP, port: {{ int .Values.networkPolicy.registry.port }} }
      to:
        - ipBlock:
            cidr: {{ .Values.networkPolicy.registry.cidr }}
    {{- end }}
    {{- with include "zakaz.telemetry.metrics" . }}
    # Spin's metrics.
    - ports:
        - { protocol: TCP, port: {{ include "zakaz.network.port" . }} }
      to:
        - {{- toYaml $.Values.networkPolicy.prometheus | nindent 10 }}
    {{- end }}
    {{- with .Values.telemetry.tracesEndpoint }}
    # Spin's traces.
    - ports:
        - { protocol: TCP, port: {{ include "zakaz.network.port" . }} }
      to:
        - {{- toYaml $.Values.networkPolicy.collector | nindent 10 }}
    {{- end }}
    {{- with .Values.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- if .Values.migrations.enabled }}
---
# Migrations.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}-migrate
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "zakaz.podLabels" (dict "context" . "component" "migrate") | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "zakaz.network.dns" . | nindent 4 }}
    {{- include "zakaz.network.toDatabase" . | nindent 4 }}
{{- end }}
{{- if .Values.database.create }}
---
# The database, its replicas, and CloudNativePG's own jobs.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}-db
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      cnpg.io/cluster: {{ include "zakaz.database.cluster" . }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - { protocol: TCP, port: 5432 }
      from:
        - podSelector:
            matchLabels:
              {{- include "zakaz.podLabels" (dict "context" . "component" "app") | nindent 14 }}
        - podSelector:
            matchLabels:
              {{- include "zakaz.podLabels" (dict "context" . "component" "migrate") | nindent 14 }}
        - podSelector:
            matchLabels:
              cnpg.io/cluster: {{ include "zakaz.database.cluster" . }}
    # The operator and the other instances read each instance's status.
    - ports:
        - { protocol: TCP, port: 8000 }
        - { protocol: TCP, port: 5432 }
      from:
        - {{- toYaml .Values.networkPolicy.databaseOperator | nindent 10 }}
    - ports:
        - { protocol: TCP, port: 8000 }
      from:
        - podSelector:
            matchLabels:
              cnpg.io/cluster: {{ include "zakaz.database.cluster" . }}
    {{- if .Values.monitoring.enabled }}
    - ports:
        - { protocol: TCP, port: 9187 }
      from:
        - {{- toYaml .Values.networkPolicy.prometheus | nindent 10 }}
    {{- end }}
  egress:
    {{- include "zakaz.network.dns" . | nindent 4 }}
    - ports:
        - { protocol: TCP, port: 5432 }
        - { protocol: TCP, port: 8000 }
      to:
        - podSelector:
            matchLabels:
              cnpg.io/cluster: {{ include "zakaz.database.cluster" . }}
    # Each instance reads and reports its state through the API of Kubernetes.
    - ports:
        - { protocol: TCP, port: {{ int .Values.networkPolicy.kubernetesApi.port }} }
      to:
        - ipBlock:
            cidr: {{ .Values.networkPolicy.kubernetesApi.cidr }}
    {{- with .Values.networkPolicy.databaseExtraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The port of a URL; the schema demands one. */}}
{{- define "zakaz.network.port" -}}
{{- (urlParse .).host | splitList ":" | last -}}
{{- end -}}

{{- define "zakaz.network.dns" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
  to:
    - {{- toYaml .Values.networkPolicy.dns | nindent 6 }}
{{- end -}}

{{- define "zakaz.network.toDatabase" -}}
- ports:
    - { protocol: TCP, port: {{ int .Values.database.port }} }
  to:
    {{- if .Values.database.host }}
    - ipBlock:
        cidr: {{ .Values.networkPolicy.databaseCidr }}
    {{- else }}
    - podSelector:
        matchLabels:
          cnpg.io/cluster: {{ include "zakaz.database.cluster" . }}
    {{- end }}
{{- end -}}

{{/*
The Job that brings the database to the newest migration. A plain Job, no hook: a hook waits for the release that
brings the database, and the release for the hook. It is named after the newest migration and, since a Job cannot be
changed, after what else is in it.
*/}}
{{- define "zakaz.migrations" -}}
{{- if .Values.migrations.enabled }}
{{- $generated := include "zakaz.generated" . | fromYaml }}
{{- $spec := include "zakaz.migrations.spec" . }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "zakaz.name" . }}-migrate-{{ $generated.newestMigration }}-{{ sha256sum $spec | trunc 8 }}
  labels:
    {{- include "zakaz.labels" . | nindent 4 }}
spec:
  {{- $spec | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "zakaz.migrations.spec" -}}
backoffLimit: 10
template:
  metadata:
    labels:
      {{- include "zakaz.podLabels" (dict "context" . "component" "migrate") | nindent 6 }}
  spec:
    restartPolicy: OnFailure
    automountServiceAccountToken: false
    {{- with .Values.image.pullSecret }}
    imagePullSecrets:
      - name: {{ . }}
    {{- end }}
    securityContext:
      runAsNonRoot: true
      runAsUser: 65532
      seccompProfile: { type: RuntimeDefault }
    containers:
      - name: migrate
        image: {{ include "zakaz.image" (dict "context" . "image" .Values.migrations.image) | quote }}
        args: [{{ include "zakaz.service" . }}]
        env:
          - { name: PGHOST, value: {{ include "zakaz.database.host" . | quote }} }
          - { name: PGPORT, value: {{ .Values.database.port | toString | quote }} }
          - { name: PGDATABASE, value: {{ .Values.database.name | quote }} }
          - { name: PGSSLMODE, value: verify-full }
          - { name: PGSSLROOTCERT, value: /ca/ca.crt }
          - name: PGUSER
            valueFrom:
              secretKeyRef: { name: {{ include "zakaz.database.ownerSecret" . }}, key: username }
          - name: PGPASSWORD
            valueFrom:
              secretKeyRef: { name: {{ include "zakaz.database.ownerSecret" . }}, key: password }
          - { name: ROLE, value: {{ .Values.database.user | quote }} }
        resources:
          {{- toYaml .Values.migrations.resources | nindent 10 }}
        securityContext:
          {{- include "zakaz.containerSecurity" . | nindent 10 }}
        volumeMounts:
          - { name: ca, mountPath: /ca, readOnly: true }
    volumes:
      - name: ca
        secret:
          secretName: {{ include "zakaz.database.caSecret" . }}
          items:
            - { key: ca.crt, path: ca.crt }
{{- end -}}

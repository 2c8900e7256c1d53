{{- define "service.migrations.spec" -}}
backoffLimit: 10
template:
  metadata:
    labels:
      {{- include "service.podLabels" (dict "context" . "component" "migrate") | nindent 6 }}
  spec:
    restartPolicy: OnFailure
    {{- with include "service.imagePullSecrets" . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- include "service.podSecurity" . | nindent 4 }}
    containers:
      - name: migrate
        image: {{ include "service.image" (dict "context" . "image" .Values.migrations.image) | quote }}
        args: [{{ include "service.service" . }}]
        env:
          - { name: PGHOST, value: {{ include "service.database.host" . | quote }} }
          - { name: PGPORT, value: {{ .Values.database.port | toString | quote }} }
          - { name: PGDATABASE, value: {{ include "service.database.name" . | quote }} }
          - { name: PGSSLMODE, value: verify-full }
          - { name: PGSSLROOTCERT, value: /ca/ca.crt }
          - name: PGUSER
            valueFrom:
              secretKeyRef: { name: {{ include "service.database.ownerSecret" . }}, key: username }
          - name: PGPASSWORD
            valueFrom:
              secretKeyRef: { name: {{ include "service.database.ownerSecret" . }}, key: password }
          - { name: ROLE, value: {{ include "service.database.user" . | quote }} }
        resources:
          {{- toYaml .Values.migrations.resources | nindent 10 }}
        securityContext:
          {{- include "service.containerSecurity" . | nindent 10 }}
        volumeMounts:
          - { name: ca, mountPath: /ca, readOnly: true }
    volumes:
      - name: ca
        secret:
          secretName: {{ include "service.database.caSecret" . }}
          items:
            - { key: ca.crt, path: ca.crt }
{{- end -}}

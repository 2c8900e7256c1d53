{{/* The CloudNativePG cluster of this service. A restore makes another one, with another name. */}}
{{- define "service.database.cluster" -}}
{{- .Values.database.cluster | default (printf "%s-db" (include "service.name" .)) -}}
{{- end -}}

{{- define "service.database.name" -}}
{{- .Values.database.name | default (printf "zakaz_%s" (include "service.service" .)) -}}
{{- end -}}

{{/* The role of the service, which owns no objects and may define none. */}}
{{- define "service.database.user" -}}
{{- .Values.database.user | default (include "service.database.name" .) -}}
{{- end -}}

{{/* The owner of the schema, as whom migrations run. */}}
{{- define "service.database.owner" -}}
{{- include "service.database.name" . }}_owner
{{- end -}}

{{- define "service.database.host" -}}
{{- .Values.database.host | default (printf "%s-rw" (include "service.database.cluster" .)) -}}
{{- end -}}

{{/* The Secret with the password of the service's role (kubernetes.io/basic-auth). A restored cluster gets the same. */}}
{{- define "service.database.roleSecret" -}}
{{- .Values.database.roleSecret | default (printf "%s-db-role" (include "service.name" .)) -}}
{{- end -}}

{{/* The Secret with the password of the schema's owner: CloudNativePG makes it. */}}
{{- define "service.database.ownerSecret" -}}
{{- .Values.database.ownerSecret | default (printf "%s-app" (include "service.database.cluster" .)) -}}
{{- end -}}

{{- define "service.database.caSecret" -}}
{{- .Values.database.caSecret | default (printf "%s-ca" (include "service.database.cluster" .)) -}}
{{- end -}}

{{/* The object store with this service's backups, also those of its earlier clusters. */}}
{{- define "service.database.store" -}}
{{ include "service.name" . }}-backup
{{- end -}}

{{/*
How many connections the service's role may have: the pools of all pods, and a quarter more pods while they are replaced.
A commit that waits for a lost standby keeps its session although the pod has given it up. Without this limit such sessions
took every connection of a new primary, the one that pg_rewind needs as well, and the old primary never joined again.
*/}}
{{- define "service.database.roleConnections" -}}
{{- $pods := int .Values.replicas -}}
{{- if .Values.autoscaling.enabled -}}
{{- $pods = int .Values.autoscaling.maxReplicas -}}
{{- end -}}
{{- mul (add $pods (ceil (divf $pods 4))) (int .Values.database.pool) -}}
{{- end -}}

{{/* `max_connections`: those of the service's role, and 20 for operators, migrations and PostgreSQL itself. */}}
{{- define "service.database.maxConnections" -}}
{{- add (include "service.database.roleConnections" . | int) 20 -}}
{{- end -}}

{{/*
Ends helm with one sentence when the cluster does not know a kind: helm itself would only say that "no matches" were
found. Arguments: context; kind, as group/version/Kind; of, the prerequisite that defines it; off, how to do without it.

Only with a cluster: every namespace has the ServiceAccount `default`, and without a cluster `lookup` finds nothing.
*/}}
{{- define "metrics.requires" -}}
{{- $context := .context -}}
{{- if lookup "v1" "ServiceAccount" $context.Release.Namespace "default" -}}
{{- if not ($context.Capabilities.APIVersions.Has .kind) -}}
{{- fail (printf "the cluster does not know the kind %s: install %s first (deploy/prerequisites), or set %s." .kind .of .off) -}}
{{- end -}}
{{- end -}}
{{- end -}}

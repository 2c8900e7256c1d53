{{/*
The Secrets that this release makes, as JSON: name -> key -> value in base64. What the cluster has already is kept, the rest
is random. It is made once a rendering and remembered, because two renderings of a random value differ.
*/}}
{{- define "service.madeSecrets" -}}
{{- if not (hasKey .Values "madeSecrets") -}}
{{- $made := dict -}}
{{- if .Values.secrets.generate -}}
{{- if and .Values.database.create (not .Values.database.roleSecret) -}}
{{- $name := include "service.database.roleSecret" . -}}
{{- $data := include "service.secretData" (dict "context" . "name" $name) | fromJson -}}
{{- $_ := set $made $name (dict "username" (b64enc (include "service.database.user" .)) "password" (get $data "password" | default (randAlphaNum 40 | b64enc))) -}}
{{- end -}}
{{- if and (include "service.ownSecrets" . | fromJsonArray) (not .Values.secrets.existing) -}}
{{- $name := include "service.name" . -}}
{{- $data := include "service.secretData" (dict "context" . "name" $name) | fromJson -}}
{{- $entries := dict -}}
{{- range include "service.ownSecrets" . | fromJsonArray -}}
{{- if eq . "auth_private_key" -}}
{{- $_ := set $entries . (get $data . | default (genPrivateKey "ed25519" | b64enc)) -}}
{{- else -}}
{{- $_ := set $entries . (get $data . | default (randAlphaNum 40 | b64enc)) -}}
{{- end -}}
{{- end -}}
{{- include "service.keepAccepted" (dict "data" $data "entries" $entries "name" "accepted_refresh_token_key") -}}
{{- $_ := set $made $name $entries -}}
{{- end -}}
{{- if .Values.secrets.createShared -}}
{{- $data := include "service.secretData" (dict "context" . "name" "zakaz-shared") | fromJson -}}
{{- $public := get $data "auth_public_keys" -}}
{{- if not $public -}}
{{- $own := get $made (include "service.name" .) | default dict -}}
{{- if not (get $own "auth_private_key") -}}
{{- fail "with secrets.existing, make the Secret zakaz-shared yourself and set secrets.createShared to false: its public keys must fit your private key" -}}
{{- end -}}
{{- $public = include "service.publicKeys" (get $own "auth_private_key" | b64dec) | b64enc -}}
{{- end -}}
{{- $entries := dict "auth_public_keys" $public -}}
{{- range list "service_secret" "operator_token" -}}
{{- $_ := set $entries . (get $data . | default (randAlphaNum 40 | b64enc)) -}}
{{- end -}}
{{- include "service.keepAccepted" (dict "data" $data "entries" $entries "name" "accepted_service_secret") -}}
{{- $_ := set $made "zakaz-shared" $entries -}}
{{- end -}}
{{- end -}}
{{- $_ := set .Values "madeSecrets" $made -}}
{{- end -}}
{{- .Values.madeSecrets | toJson -}}
{{- end -}}

{{/* A second secret, which is there while the first is being replaced, stays as it is. */}}
{{- define "service.keepAccepted" -}}
{{- if get .data .name -}}
{{- $_ := set .entries .name (get .data .name) -}}
{{- end -}}
{{- end -}}

{{/* The variables of this service that only its own Secret has. */}}
{{- define "service.ownSecrets" -}}
{{- $found := list -}}
{{- range (include "service.generated" . | fromYaml).own -}}
{{- if has . (list "auth_private_key" "refresh_token_key" "admin_password") -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* The name of the Secret with this service's own secrets. */}}
{{- define "service.secretName" -}}
{{- .Values.secrets.existing | default (include "service.name" .) -}}
{{- end -}}

{{/* The data of a Secret as the cluster has it, {} when it has none (or there is no cluster to ask). */}}
{{- define "service.secretData" -}}
{{- $found := lookup "v1" "Secret" .context.Release.Namespace .name -}}
{{- if $found -}}{{ $found.data | toJson }}{{- else -}}{}{{- end -}}
{{- end -}}

{{/*
The set of public keys (JWKS) of a private key. A certificate of the key contains its public half: the 32 bytes behind the
prefix of Ed25519 keys in DER.
*/}}
{{- define "service.publicKeys" -}}
{{- $certificate := (genSelfSignedCertWithKey "zakaz" nil nil 1 .).Cert -}}
{{- $der := regexReplaceAll "-----[A-Z ]+-----|\\s" $certificate "" | b64dec -}}
{{- $x := index (splitList "+ep\x03!\x00" $der) 1 | substr 0 32 | b64enc | replace "+" "-" | replace "/" "_" | trimSuffix "=" -}}
{{- dict "keys" (list (dict "kty" "OKP" "crv" "Ed25519" "alg" "EdDSA" "use" "sig" "kid" (sha256sum $x | trunc 16) "x" $x)) | toJson -}}
{{- end -}}

{{/*
Pods read secrets when they start: this checksum changes when an entry that they read changes, and replaces the pods. The
authority of a cluster that comes with the release is left out: it is made later, and would replace all pods at the first
upgrade.
*/}}
{{- define "service.secretsChecksum" -}}
{{- $made := include "service.madeSecrets" . | fromJson -}}
{{- $parts := list -}}
{{- range include "service.variables" . | fromYamlArray -}}
{{- $entry := dig "valueFrom" "secretKeyRef" dict . -}}
{{- if and $entry (or $.Values.database.caSecret (ne (get $entry "name") (include "service.database.caSecret" $))) -}}
{{- $data := include "service.secretData" (dict "context" $ "name" $entry.name) | fromJson -}}
{{- $value := get $data $entry.key | default (dig $entry.name $entry.key "" $made) -}}
{{- $parts = append $parts (printf "%s/%s=%s" $entry.name $entry.key $value) -}}
{{- end -}}
{{- end -}}
{{- $parts | join "\n" | sha256sum -}}
{{- end -}}

{{/* The secrets of auth, and those that several services share: the other charts only refer to them. */}}
{{- define "auth.secrets" -}}
{{- $shared := include "zakaz.secretData" (dict "context" . "name" "zakaz-shared") | fromJson }}
{{- $own := include "zakaz.secretData" (dict "context" . "name" "zakaz-auth") | fromJson }}
{{- $given := .Values.secrets.existing }}
{{- $pem := "" }}
{{- $public := get $shared "auth_public_keys" }}
{{- if not $given }}
{{- $pem = get $own "auth_private_key" | b64dec | default (genPrivateKey "ed25519") }}
{{- if not $public }}
{{- /* A certificate of the key contains its public half: the 32 bytes behind the prefix of Ed25519 keys in DER. */}}
{{- $certificate := (genSelfSignedCertWithKey "zakaz" nil nil 1 $pem).Cert }}
{{- $der := regexReplaceAll "-----[A-Z ]+-----|\\s" $certificate "" | b64dec }}
{{- $x := index (splitList "+ep\x03!\x00" $der) 1 | substr 0 32 | b64enc | replace "+" "-" | replace "/" "_" | trimSuffix "=" }}
{{- $key := dict "kty" "OKP" "crv" "Ed25519" "alg" "EdDSA" "use" "sig" "kid" (sha256sum $x | trunc 16) "x" $x }}
{{- $public = dict "keys" (list $key) | toJson | b64enc }}
{{- end }}
{{- end }}
{{- if not $given }}
{{- include "zakaz.note" (dict "context" . "name" "zakaz-auth" "key" "auth_private_key" "value" ($pem | b64enc)) }}
apiVersion: v1
kind: Secret
{{ include "zakaz.secretMetadata" (dict "context" . "name" "zakaz-auth") }}
type: Opaque
data:
  auth_private_key: {{ $pem | b64enc }}
  admin_password: {{ include "zakaz.once" (dict "context" . "name" "zakaz-auth" "key" "admin_password") }}
---
{{- end }}
{{- if .Values.secrets.createShared }}
{{- if not $public }}
{{- fail "with secrets.existing, make the Secret zakaz-shared yourself and set secrets.createShared to false: its public keys must fit your private key" }}
{{- end }}
{{- include "zakaz.note" (dict "context" . "name" "zakaz-shared" "key" "auth_public_keys" "value" $public) }}
apiVersion: v1
kind: Secret
{{ include "zakaz.secretMetadata" (dict "context" . "name" "zakaz-shared") }}
type: Opaque
data:
  service_secret: {{ include "zakaz.once" (dict "context" . "name" "zakaz-shared" "key" "service_secret") }}
  operator_token: {{ include "zakaz.once" (dict "context" . "name" "zakaz-shared" "key" "operator_token") }}
  auth_public_keys: {{ $public }}
{{- end }}
{{- end -}}

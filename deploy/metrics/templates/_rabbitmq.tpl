{{/* The password in a Secret of this namespace, or a new one. Arguments: context, secret. */}}
{{- define "metrics.password" -}}
{{- $found := dig "data" "password" "" (lookup "v1" "Secret" .context.Release.Namespace .secret) -}}
{{- $found | b64dec | default (randAlphaNum 32) -}}
{{- end -}}

{{/*
RabbitMQ's accounts. `order` may publish the events of orders by MQTT, whose messages go to the exchange amq.topic, and
nothing else. Arguments: the passwords admin and order.
*/}}
{{- define "metrics.rabbitmq.definitions" -}}
{{- $any := dict "configure" ".*" "write" ".*" "read" ".*" -}}
{{- $publish := dict "configure" "^$" "write" "^amq\\.topic$" "read" "^$" -}}
{{- $events := dict "exchange" "amq.topic" "write" "^orders\\.[^.]+\\.status$" "read" "^$" -}}
{{- dict
  "vhosts" (list (dict "name" "/"))
  "users" (list
    (dict "name" "admin" "password" .admin "tags" (list "administrator"))
    (dict "name" "order" "password" .order "tags" list))
  "permissions" (list
    (merge (dict "user" "admin" "vhost" "/") $any)
    (merge (dict "user" "order" "vhost" "/") $publish))
  "topic_permissions" (list (merge (dict "user" "order" "vhost" "/") $events))
  | toJson -}}
{{- end -}}

# What `helm test` runs in a pod: one line for each thing that is there, and the first that is not ends it.
account=/var/run/secrets/kubernetes.io/serviceaccount
# An object of this namespace, as JSON. Arguments: group/version, kind in plural, name.
object() {
  curl --silent --show-error --fail --max-time 10 --cacert $account/ca.crt \
    --header "authorization: Bearer $(cat $account/token)" \
    "https://kubernetes.default.svc/apis/$1/namespaces/$NAMESPACE/$2/$3"
}

if [ -n "${EXECUTOR:-}" ]; then
  object core.spinkube.dev/v1alpha1 spinappexecutors "$EXECUTOR" >/dev/null
  echo "ok  the executor $EXECUTOR is there"
fi

if [ -n "${GATEWAY:-}" ]; then
  address=$(object gateway.networking.k8s.io/v1 gateways "$GATEWAY" | tr -d '\n ' |
    sed -n 's/.*"addresses":\[{[^]]*"value":"\([^"]*\)".*/\1/p')
  [ -n "$address" ] || { echo "the gateway $GATEWAY has no address" >&2; exit 1; }
  case $address in *:*) address="[$address]" ;; esac
  # Without a route for this path and host any status is an answer: the proxy is there.
  status=$(curl --silent --show-error --max-time 10 --output /dev/null --write-out '%{http_code}' "http://$address/")
  echo "ok  the gateway $GATEWAY answers on $address, with $status"
fi

if [ -n "${RABBITMQ:-}" ]; then
  # The account may publish nothing here, so no reader gets this: what counts is that RabbitMQ accepts the account. It opens
  # this port a moment after it is ready.
  curl --silent --show-error --max-time 10 --retry 10 --retry-delay 3 --retry-connrefused \
    --user "$RABBITMQ_USER:$RABBITMQ_PASSWORD" \
    --data check "mqtt://$RABBITMQ:1883/check"
  echo "ok  RabbitMQ accepts the account $RABBITMQ_USER on MQTT"
fi

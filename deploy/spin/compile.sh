#!/usr/bin/env bash
# Compiles every component of an application of Spin into the cache of its engine: starts each until it listens.
#   compile.sh FOLDER    where its spin.toml is
set -euo pipefail
cd "$1"
port=3000

# Nothing starts without the required variables. No request comes, so their values do not matter.
for variable in $(sed -n 's/^\([a-z_]*\) = {.*required = true.*/\1/p' spin.toml); do
    export "SPIN_VARIABLE_${variable^^}=unused"
done

listens() {
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

for component in $(sed -n 's/^\[component\.\([a-z0-9-]*\)\]$/\1/p' spin.toml); do
    printf 'compiling %s\n' "$component"
    spin up --listen "127.0.0.1:$port" --component-id "$component" &
    until listens; do
        # Ends this script when Spin has ended.
        kill -0 $!
        sleep 0.2
    done
    kill -INT $!
    wait $! || true
    while listens; do sleep 0.2; done
done
rm -f "${XDG_CACHE_HOME:-$HOME/.cache}"/wasmtime/.cleanup*

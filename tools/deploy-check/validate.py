"""Validates Kubernetes objects: validate.py OBJECTS.json [CRDS]

OBJECTS.json is a list of {"origin": …, "object": …}. Objects of Kubernetes itself are validated by its strict
schemas, custom ones by the CRDs in the folder CRDS. Prints what is wrong, and how many of each kind had which schema.
"""

import collections
import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = "1.36"
CORE = {
    "v1",
    "apps/v1",
    "autoscaling/v2",
    "batch/v1",
    "networking.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
}


def closed(schema):
    """The schema with unknown fields refused: the API server would drop them without a word."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(part) if key != "default" else part for key, part in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        schema.pop("type", None)
        schema.setdefault("anyOf", [{"type": "integer"}, {"type": "string"}])
    named = isinstance(schema.get("properties"), dict)
    if named and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema["additionalProperties"] = False
    return schema


def custom_schemas(folder):
    schemas = {}
    for path in sorted(pathlib.Path(folder).glob("*.yaml")):
        for crd in yaml.safe_load_all(path.read_text()):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                # Every object has these, whatever the schema says of them.
                schema.setdefault("properties", {})
                for common in ("apiVersion", "kind", "metadata"):
                    schema["properties"][common] = {}
                schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return schemas


def main():
    objects = json.loads(pathlib.Path(sys.argv[1]).read_text())
    schemas = custom_schemas(sys.argv[2]) if len(sys.argv) > 2 else {}
    faults, counts = [], {by: collections.Counter() for by in ("kubernetes", "definitions", "nothing")}
    for entry in objects:
        found, origin = entry["object"], entry["origin"]
        kind = found["apiVersion"], found["kind"]
        where = f"{origin}: {kind[1]} {found['metadata']['name']}"
        if kind[0] in CORE:
            counts["kubernetes"][kind[1]] += 1
            try:
                kubernetes_validate.validate(found, KUBERNETES, strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{where}: {'.'.join(map(str, error.path))}: {error.message}")
        elif kind in schemas:
            counts["definitions"][kind[1]] += 1
            for error in jsonschema.Draft7Validator(schemas[kind]).iter_errors(found):
                faults.append(f"{where}: {'.'.join(map(str, error.path))}: {error.message}")
        else:
            counts["nothing"][kind[1]] += 1
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"version": KUBERNETES, **counts}))
    sys.exit(1 if faults else 0)


main()

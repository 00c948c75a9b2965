"""Works on a cluster with the Python client for Kubernetes: creates, patches, applies, lists, watches. Prints what it saw as JSON."""

import json
import sys

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException

NAMESPACE = "from-python"


def status_of(call):
    """The status of a call that must fail."""
    try:
        call()
    except ApiException as problem:
        return problem.status
    return None


def main():
    config.load_kube_config(context=sys.argv[1])
    core = client.CoreV1Api()
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="settings", labels={"app": "web"}), data={"a": "1"})
    created = core.create_namespaced_config_map(NAMESPACE, body)
    seen = {
        "created": created.data,
        "again": status_of(lambda: core.create_namespaced_config_map(NAMESPACE, body)),
    }
    stale = core.read_namespaced_config_map("settings", NAMESPACE)
    seen["patched"] = core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"b": "2"}}).data
    stale.data = {"a": "3"}
    seen["stale"] = status_of(lambda: core.replace_namespaced_config_map("settings", NAMESPACE, stale))
    apply = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"c": "4"}}
    seen["applied"] = core.patch_namespaced_config_map(
        "settings", NAMESPACE, apply, field_manager="python", _content_type="application/apply-patch+yaml"
    ).data
    selected = core.list_namespaced_config_map(NAMESPACE, label_selector="app=web")
    seen["listed"] = [item.metadata.name for item in selected.items]

    watcher = watch.Watch()
    seen["events"] = []
    stream = watcher.stream(
        core.list_namespaced_config_map, NAMESPACE, label_selector="app=web", resource_version=selected.metadata.resource_version, timeout_seconds=20
    )
    core.patch_namespaced_config_map("settings", NAMESPACE, {"data": {"a": "5"}})
    core.delete_namespaced_config_map("settings", NAMESPACE)
    for event in stream:
        seen["events"].append([event["type"], event["object"].data["a"]])
        if event["type"] == "DELETED":
            watcher.stop()
    seen["gone"] = status_of(lambda: core.read_namespaced_config_map("settings", NAMESPACE))
    review = client.V1SelfSubjectAccessReview(
        spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=client.V1ResourceAttributes(verb="list", resource="secrets"))
    )
    seen["allowed"] = client.AuthorizationV1Api().create_self_subject_access_review(review).status.allowed
    core.delete_namespace(NAMESPACE)
    print(json.dumps(seen))


main()

"""The infrastructure of AWS keeps its rules, and each rule finds what breaks it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from finplatform.streaming.kinesis_stream import KinesisStream
from finplatform_tests.terraform_rules import Modules, faults, read_modules

MODULES = read_modules()
ANYWHERE = "0.0.0.0/0"


def block(modules: Modules, module: str, kind: str, *names: str) -> dict[str, Any]:
    """The first block of a kind and its names."""
    for one in modules[module][kind]:
        found: Any = one
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            return found
    raise KeyError(names)


def resource(modules: Modules, module: str, type_: str, name: str = "this") -> dict[str, Any]:
    return block(modules, module, "resource", type_, name)


def policy(modules: Modules, name: str) -> dict[str, Any]:
    return block(modules, "identity", "data", "aws_iam_policy_document", name)["statement"][0]


def without(modules: Modules, module: str, type_: str) -> None:
    """Takes the resources of a type away."""
    kept = [one for one in modules[module]["resource"] if type_ not in one]
    modules[module]["resource"] = kept


BREAKS: dict[str, Callable[[Modules], object]] = {
    "var.gone.None does not exist": lambda m: resource(m, "lake", "aws_s3_bucket", "lake").update(
        bucket="${var.gone}"
    ),
    "local.gone.None does not exist": lambda m: resource(m, "database", "aws_db_instance").update(
        identifier="${local.gone}"
    ),
    "module.stream.gone does not exist": lambda m: block(m, "", "output", "lake_root").update(
        value="${module.stream.gone}"
    ),
    "aws_vpc.gone.id does not exist": lambda m: resource(
        m, "network", "aws_route_table", "private"
    ).update(vpc_id="${aws_vpc.gone.id}"),
    "is not used": lambda m: m["lake"]["variable"].append({"more": {"description": "More"}}),
    "has no description": lambda m: block(m, "", "variable", "region").pop("description"),
    "is not given key_arn": lambda m: block(m, "", "module", "lake").pop("key_arn"),
    "knows no more": lambda m: block(m, "", "module", "lake").update(more=1),
    "aws_db_instance.this is not encrypted": lambda m: resource(
        m, "database", "aws_db_instance"
    ).update(storage_encrypted=False),
    "aws_kinesis_stream.events is not encrypted": lambda m: resource(
        m, "stream", "aws_kinesis_stream", "events"
    ).pop("encryption_type"),
    "aws_kms_key.this is not encrypted": lambda m: resource(m, "keys", "aws_kms_key").update(
        enable_key_rotation=False
    ),
    "is reached from the Internet": lambda m: resource(m, "database", "aws_db_instance").update(
        publicly_accessible=True
    ),
    "is open to everybody": lambda m: resource(
        m, "network", "aws_vpc_security_group_ingress_rule", "database"
    ).update(cidr_ipv4=ANYWHERE),
    "has rules of its own": lambda m: resource(
        m, "network", "aws_security_group", "platform"
    ).update(ingress=[]),
    "holds password": lambda m: resource(m, "database", "aws_db_instance").update(
        {"password": "given"}
    ),
    "aws_s3_bucket.lake is not encrypted": lambda m: without(
        m, "lake", "aws_s3_bucket_server_side_encryption_configuration"
    ),
    "aws_s3_bucket.lake may be public": lambda m: resource(
        m, "lake", "aws_s3_bucket_public_access_block", "lake"
    ).update(block_public_acls=False),
    "aws_s3_bucket.lake keeps no versions": lambda m: without(
        m, "lake", "aws_s3_bucket_versioning"
    ),
    "aws_s3_bucket.lake takes requests": lambda m: without(m, "lake", "aws_s3_bucket_policy"),
    "allows a wildcard action": lambda m: policy(m, "platform").update(actions=["kinesis:*"]),
    "allows every resource": lambda m: policy(m, "platform").update(resources=["*"]),
    "lets everybody in": lambda m: policy(m, "trust").update(
        principals=[{"type": "AWS", "identifiers": ["*"]}]
    ),
}


def test_the_infrastructure_keeps_every_rule() -> None:
    assert faults(MODULES) == []


@pytest.mark.parametrize("fault", BREAKS)
def test_a_broken_rule_is_found(fault: str) -> None:
    modules = copy.deepcopy(MODULES)
    BREAKS[fault](modules)
    assert any(fault in found for found in faults(modules))


def test_everything_that_the_platform_needs_is_there() -> None:
    types = {
        type_ for module in MODULES.values() for one in module.get("resource", ()) for type_ in one
    }
    assert types >= {
        "aws_vpc", "aws_s3_bucket", "aws_kinesis_stream", "aws_db_instance", "aws_glue_crawler",
        "aws_redshiftserverless_workgroup", "aws_cloudwatch_dashboard", "aws_iam_role_policy",
        "aws_cloudwatch_metric_alarm", "aws_secretsmanager_secret",
    }  # fmt: skip


def test_the_url_of_the_stream_is_one_that_the_platform_takes() -> None:
    url = block(MODULES, "", "output", "kinesis_url")["value"]
    filled = url.replace("${module.stream.name}", "events").replace("${var.region}", "eu-west-1")
    assert KinesisStream.of(filled) == KinesisStream("events", "eu-west-1", None)

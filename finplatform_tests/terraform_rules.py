"""Rules of `deploy/terraform`: every reference resolves, nothing is open, all at rest is encrypted.

Belongs here: faults of a set of modules, as sentences. Does not belong here: what Terraform itself
finds, which `make terraform-validate` asks where it is installed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parents[1] / "deploy" / "terraform" / "aws"

Block = Mapping[str, Any]
Modules = dict[str, dict[str, list[dict[str, Any]]]]
"""Kinds of blocks by module; the root is named by an empty text."""

_REFERENCE = re.compile(
    r"(?<![\w.\"/-])(var|local|module|data|aws_\w+)\.([\w-]+)(?:\[[^\]]*\])?(?:\.([\w-]+))?"
)
_OPEN = re.compile(r"\b0\.0\.0\.0/0\b|::/0")
_GIVEN_AS = re.compile(r"password$|secret_string|^(access|secret|auth)_?(key|token)$")

_ENCRYPTED = {
    "aws_db_instance": {"storage_encrypted": True, "kms_key_id": None},
    "aws_kinesis_stream": {"encryption_type": "KMS", "kms_key_id": None},
    "aws_redshiftserverless_namespace": {"kms_key_id": None},
    "aws_secretsmanager_secret": {"kms_key_id": None},
    "aws_sns_topic": {"kms_master_key_id": None},
    "aws_kms_key": {"enable_key_rotation": True},
    "aws_glue_crawler": {"security_configuration": None},
}
"""What resources of a type need; None for any value."""

_PRIVATE = ("aws_db_instance", "aws_redshiftserverless_workgroup")
_OF_BUCKETS = {
    "aws_s3_bucket_server_side_encryption_configuration": "is not encrypted",
    "aws_s3_bucket_public_access_block": "may be public",
    "aws_s3_bucket_versioning": "keeps no versions",
    "aws_s3_bucket_policy": "takes requests without TLS",
}
_CLOSED = ("block_public_acls", "block_public_policy", "ignore_public_acls",
           "restrict_public_buckets")  # fmt: skip


def read_modules() -> Modules:
    """The modules as they are committed."""
    found: Modules = {}
    for path in sorted(ROOT.rglob("*.tf")):
        folder = path.parent.relative_to(ROOT).as_posix().removeprefix("modules/")
        module = found.setdefault("" if folder == "." else folder, {})
        with path.open(encoding="utf-8") as file:
            for kind, blocks in _plain(hcl2.load(file)).items():
                module.setdefault(kind, []).extend(blocks)
    return found


def faults(modules: Modules) -> list[str]:
    """What is wrong with modules; empty if nothing is."""
    found = [
        f"{name or 'root'}: {fault}"
        for name, module in modules.items()
        for fault in (*_of_references(module, modules), *_of_resources(module), *_of_rights(module))
    ]
    return [*found, *_of_calls(modules)]


def _plain(value: Any) -> Any:
    """Parsed HCL without the quotes of its texts and names."""
    if isinstance(value, dict):
        return {_unquoted(k): _plain(v) for k, v in value.items() if k != "__is_block__"}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _unquoted(value) if isinstance(value, str) else value


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _named(module: Mapping[str, Sequence[Block]], kind: str) -> dict[str, Any]:
    return {name: block for one in module.get(kind, ()) for name, block in one.items()}


def _resources(module: Mapping[str, Sequence[Block]], kind: str) -> Iterator[tuple[str, str, Any]]:
    for one in module.get(kind, ()):
        for type_, named in one.items():
            for name, block in named.items():
                yield type_, name, block


def _of_references(module: dict[str, list[dict[str, Any]]], modules: Modules) -> Iterator[str]:
    text = json.dumps({k: v for k, v in module.items() if k != "terraform"})
    # Texts in texts are quoted twice.
    used = {match.groups() for match in _REFERENCE.finditer(text.replace('\\"', '"'))}
    variables, local = _named(module, "variable"), _named(module, "locals")
    own = {(type_, name) for type_, name, _ in _resources(module, "resource")}
    read = {(type_, name) for type_, name, _ in _resources(module, "data")}
    for kind, name, attribute in sorted(used, key=str):
        exists = {
            "var": name in variables,
            "local": name in local,
            "module": attribute in _named(modules.get(name, {}), "output"),
            "data": (name, attribute) in read,
        }.get(kind, (kind, name) in own)
        if not exists:
            yield f"{kind}.{name}.{attribute} does not exist"
    given = {name for kind, name, _ in used if kind == "var"}
    yield from (f"var.{name} is not used" for name in variables.keys() - given)
    for kind in ("variable", "output"):
        for name, block in _named(module, kind).items():
            if not block.get("description"):
                yield f"{kind} {name} has no description"


def _of_calls(modules: Modules) -> Iterator[str]:
    for name, call in _named(modules[""], "module").items():
        folder = call["source"].removeprefix("./modules/")
        variables = _named(modules.get(folder, {}), "variable")
        given = call.keys() - {"source"}
        needed = {one for one, block in variables.items() if "default" not in block}
        yield from (f"module {name} is not given {one}" for one in needed - given)
        yield from (f"module {name} knows no {one}" for one in given - variables.keys())


def _of_resources(module: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    found = list(_resources(module, "resource"))
    for type_, name, block in found:
        where = f"{type_}.{name}"
        for attribute, wanted in _ENCRYPTED.get(type_, {}).items():
            value = block.get(attribute)
            if value is None or (wanted is not None and value != wanted):
                yield f"{where} is not encrypted: {attribute}"
        if type_ in _PRIVATE and block.get("publicly_accessible") is not False:
            yield f"{where} is reached from the Internet"
        if "security_group" in type_ and _OPEN.search(json.dumps(block)):
            yield f"{where} is open to everybody"
        if "ingress" in block or "egress" in block:
            yield f"{where} has rules of its own; give each a resource"
        yield from (f"{where} holds {one}" for one in _secrets(block))
        if type_ == "aws_s3_bucket":
            yield from _of_bucket(name, found)


def _of_bucket(name: str, found: Sequence[tuple[str, str, Any]]) -> Iterator[str]:
    for type_, fault in _OF_BUCKETS.items():
        of_it = [
            block
            for kind, _, block in found
            if kind == type_ and f"aws_s3_bucket.{name}." in json.dumps(block.get("bucket"))
        ]
        is_closed = type_ != "aws_s3_bucket_public_access_block" or all(
            block.get(one) is True for block in of_it for one in _CLOSED
        )
        if not of_it or not is_closed:
            yield f"aws_s3_bucket.{name} {fault}"


def _secrets(value: Any) -> Iterator[str]:
    """Names of attributes that hold a secret as it is."""
    if isinstance(value, dict):
        for name, one in value.items():
            if _GIVEN_AS.search(name) and isinstance(one, str) and "${" not in one:
                yield name
            yield from _secrets(one)
    elif isinstance(value, list):
        for one in value:
            yield from _secrets(one)


def _of_rights(module: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for type_, name, block in _resources(module, "data"):
        if type_ != "aws_iam_policy_document":
            continue
        for statement in block["statement"]:
            if statement.get("effect") == "Deny":
                continue
            actions, resources = statement["actions"], statement.get("resources", ())
            if any("*" in action for action in actions):
                yield f"{name} allows a wildcard action"
            is_of_key = all(action.startswith("kms:") for action in actions)
            if "*" in resources and not (is_of_key and statement.get("principals")):
                yield f"{name} allows every resource"
            for principal in statement.get("principals", ()):
                if "*" in principal["identifiers"]:
                    yield f"{name} lets everybody in"

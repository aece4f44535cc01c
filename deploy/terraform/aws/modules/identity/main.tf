# Least-privilege roles.

data "aws_caller_identity" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  catalog = "arn:aws:glue:${var.region}:${local.account}"
  tables  = ["${local.catalog}:catalog", "${local.catalog}:database/${var.database_name}", "${local.catalog}:table/${var.database_name}/*"]
}

data "aws_iam_policy_document" "trust" {
  for_each = {
    platform = "ecs-tasks.amazonaws.com"
    glue     = "glue.amazonaws.com"
    redshift = "redshift.amazonaws.com"
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each           = data.aws_iam_policy_document.trust
  name               = "${var.prefix}-${each.key}"
  assume_role_policy = each.value.json
}

resource "aws_iam_role_policy" "platform" {
  name   = "platform"
  role   = aws_iam_role.this["platform"].id
  policy = data.aws_iam_policy_document.platform.json
}

resource "aws_iam_role_policy" "glue" {
  name   = "catalogue-the-lake"
  role   = aws_iam_role.this["glue"].id
  policy = data.aws_iam_policy_document.glue.json
}

resource "aws_iam_role_policy" "redshift" {
  name   = "read-the-lake"
  role   = aws_iam_role.this["redshift"].id
  policy = data.aws_iam_policy_document.redshift.json
}

data "aws_iam_policy_document" "platform" {
  statement {
    sid       = "Events"
    actions   = ["kinesis:PutRecords", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:DescribeStreamSummary"]
    resources = [var.stream_arn]
  }

  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "WriteLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${var.bucket_arn}/lake/*"]
  }

  statement {
    sid       = "ReadLanding"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/landing/*"]
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = var.secret_arns
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
}

data "aws_iam_policy_document" "glue" {
  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "ReadLake"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/lake/*"]
  }

  statement {
    sid = "Catalogue"

    actions = [
      "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable", "glue:GetPartition",
      "glue:GetPartitions", "glue:BatchGetPartition", "glue:BatchCreatePartition", "glue:CreatePartition", "glue:UpdatePartition",
      "glue:GetSecurityConfiguration",
    ]

    resources = local.tables
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
    resources = ["arn:aws:logs:${var.region}:${local.account}:log-group:/aws-glue/crawlers*"]
  }
}

data "aws_iam_policy_document" "redshift" {
  statement {
    sid       = "ListLake"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [var.bucket_arn]
  }

  statement {
    sid       = "ReadLake"
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket_arn}/lake/*"]
  }

  statement {
    sid       = "Catalogue"
    actions   = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"]
    resources = local.tables
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }
}

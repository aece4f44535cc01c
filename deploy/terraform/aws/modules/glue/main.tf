# The lake's catalogue: a crawler finds new tables and partitions (date=...) once a day.

resource "aws_glue_catalog_database" "lake" {
  name        = replace(var.prefix, "-", "_")
  description = "Tables of the lake"
}

resource "aws_glue_security_configuration" "this" {
  name = var.prefix

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arn
    }
  }
}

resource "aws_glue_crawler" "lake" {
  name                   = "${var.prefix}-lake"
  database_name          = aws_glue_catalog_database.lake.name
  role                   = var.role_arn
  schedule               = "cron(30 3 * * ? *)"
  security_configuration = aws_glue_security_configuration.this.name

  s3_target {
    path       = "s3://${var.bucket_name}/lake/"
    exclusions = ["**/_manifest*"]
  }

  recrawl_policy {
    recrawl_behavior = "CRAWL_NEW_FOLDERS_ONLY"
  }

  schema_change_policy {
    update_behavior = "LOG"
    delete_behavior = "LOG"
  }
}

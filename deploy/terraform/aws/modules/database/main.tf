# The platform's own PostgreSQL: warehouse and Dagster's storage.

resource "aws_db_subnet_group" "this" {
  name       = var.prefix
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.prefix}-postgres18"
  family = "postgres18"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name         = "rds.logical_replication"
    value        = "1"
    apply_method = "pending-reboot"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "5000"
  }
}

resource "aws_db_instance" "this" {
  identifier                          = var.prefix
  engine                              = "postgres"
  engine_version                      = "18"
  instance_class                      = var.instance_class
  allocated_storage                   = var.storage_gb.first
  max_allocated_storage               = var.storage_gb.most
  storage_type                        = "gp3"
  storage_encrypted                   = true
  kms_key_id                          = var.key_arn
  db_name                             = "finplatform"
  username                            = "platform_admin"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.key_arn
  parameter_group_name                = aws_db_parameter_group.this.name
  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [var.security_group_id]
  publicly_accessible                 = false
  multi_az                            = var.is_production
  backup_retention_period             = 35
  deletion_protection                 = var.is_production
  skip_final_snapshot                 = !var.is_production
  final_snapshot_identifier           = "${var.prefix}-final"
  copy_tags_to_snapshot               = true
  auto_minor_version_upgrade          = true
  iam_database_authentication_enabled = true
  performance_insights_enabled        = true
  performance_insights_kms_key_id     = var.key_arn
  enabled_cloudwatch_logs_exports     = ["postgresql", "upgrade"]
}

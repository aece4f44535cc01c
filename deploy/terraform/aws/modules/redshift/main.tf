# Redshift Serverless, which queries the lake by Glue's catalogue. It is billed by query time, with a daily limit.

resource "aws_redshiftserverless_namespace" "this" {
  namespace_name        = var.prefix
  db_name               = "analytics"
  admin_username        = "analytics_admin"
  manage_admin_password = true
  kms_key_id            = var.key_arn
  iam_roles             = [var.role_arn]
  default_iam_role_arn  = var.role_arn
  log_exports           = ["connectionlog", "useractivitylog", "userlog"]
}

resource "aws_redshiftserverless_workgroup" "this" {
  workgroup_name       = var.prefix
  namespace_name       = aws_redshiftserverless_namespace.this.namespace_name
  base_capacity        = var.base_rpu
  subnet_ids           = var.subnet_ids
  security_group_ids   = [var.security_group_id]
  publicly_accessible  = false
  enhanced_vpc_routing = true

  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }
}

resource "aws_redshiftserverless_usage_limit" "daily" {
  resource_arn  = aws_redshiftserverless_workgroup.this.arn
  usage_type    = "serverless-compute"
  period        = "daily"
  amount        = var.base_rpu * var.hours_a_day
  breach_action = "deactivate"
}

output "kinesis_url" {
  description = "Value of FINPLATFORM_KINESIS_URL."
  value       = "kinesis://${module.stream.name}?region=${var.region}"
}

output "lake_root" {
  description = "Root of the lake, and of sources of files in it."
  value       = "s3://${module.lake.bucket_name}"
}

output "database_endpoint" {
  description = "Host and port of the platform's PostgreSQL."
  value       = module.database.endpoint
}

output "database_secret_arn" {
  description = "Secret that holds the login of its administrator, which RDS made and rotates."
  value       = module.database.secret_arn
}

output "master_key_secret_arn" {
  description = "Secret that takes FINPLATFORM_MASTER_KEY; its value is put there by hand."
  value       = module.keys.master_key_secret_arn
}

output "platform_role_arn" {
  description = "Role of the platform's containers."
  value       = module.identity.platform_role_arn
}

output "platform_security_group_id" {
  description = "Security group of the platform's containers."
  value       = module.network.platform_security_group_id
}

output "private_subnet_ids" {
  description = "Subnets of the platform's containers."
  value       = module.network.private_subnet_ids
}

output "redshift_workgroup" {
  description = "Workgroup that queries the lake."
  value       = module.redshift.workgroup_name
}

output "glue_database" {
  description = "Catalogue of the lake's tables."
  value       = module.glue.database_name
}

output "dashboard" {
  description = "Dashboard of CloudWatch."
  value       = module.monitoring.dashboard_name
}

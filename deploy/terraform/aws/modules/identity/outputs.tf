output "platform_role_arn" {
  description = "Role of the platform's containers."
  value       = aws_iam_role.this["platform"].arn
}

output "glue_role_arn" {
  description = "Role of the crawler."
  value       = aws_iam_role.this["glue"].arn
}

output "redshift_role_arn" {
  description = "Role of Redshift."
  value       = aws_iam_role.this["redshift"].arn
}

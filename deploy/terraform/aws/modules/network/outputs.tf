output "private_subnet_ids" {
  description = "Subnets without a way to the Internet."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "platform_security_group_id" {
  description = "Group of the platform's processes."
  value       = aws_security_group.platform.id
}

output "database_security_group_id" {
  description = "Group of PostgreSQL."
  value       = aws_security_group.database.id
}

output "redshift_security_group_id" {
  description = "Group of Redshift."
  value       = aws_security_group.redshift.id
}

output "identifier" {
  description = "The instance."
  value       = aws_db_instance.this.identifier
}

output "endpoint" {
  description = "Host and port."
  value       = aws_db_instance.this.endpoint
}

output "secret_arn" {
  description = "Secret of the administrator's login, which RDS rotates."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

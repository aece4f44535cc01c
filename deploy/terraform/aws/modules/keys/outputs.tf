output "arn" {
  description = "The key."
  value       = aws_kms_key.this.arn
}

output "master_key_secret_arn" {
  description = "Secret of the master key."
  value       = aws_secretsmanager_secret.master_key.arn
}

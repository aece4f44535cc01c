output "workgroup_name" {
  description = "The workgroup."
  value       = aws_redshiftserverless_workgroup.this.workgroup_name
}

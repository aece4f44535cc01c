output "bucket_name" {
  description = "The bucket's name."
  value       = aws_s3_bucket.lake.bucket
}

output "bucket_arn" {
  description = "The bucket."
  value       = aws_s3_bucket.lake.arn
}

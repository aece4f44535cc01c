output "name" {
  description = "The stream's name."
  value       = aws_kinesis_stream.events.name
}

output "arn" {
  description = "The stream."
  value       = aws_kinesis_stream.events.arn
}

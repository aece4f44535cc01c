output "database_name" {
  description = "The catalogue."
  value       = aws_glue_catalog_database.lake.name
}

output "crawler_name" {
  description = "The crawler."
  value       = aws_glue_crawler.lake.name
}

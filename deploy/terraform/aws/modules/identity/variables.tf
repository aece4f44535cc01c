variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "region" {
  description = "Region of AWS."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

variable "bucket_arn" {
  description = "Bucket of the lake."
  type        = string
}

variable "stream_arn" {
  description = "Stream of events."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that the platform reads."
  type        = list(string)
}

variable "database_name" {
  description = "Glue's catalogue of the lake."
  type        = string
}

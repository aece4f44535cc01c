variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

variable "bucket_name" {
  description = "Bucket of the lake."
  type        = string
}

variable "role_arn" {
  description = "Role of the crawler."
  type        = string
}

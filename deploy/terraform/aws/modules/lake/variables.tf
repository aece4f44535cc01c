variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

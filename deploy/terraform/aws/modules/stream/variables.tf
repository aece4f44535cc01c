variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

variable "retention_hours" {
  description = "Hours that events are kept."
  type        = number
}

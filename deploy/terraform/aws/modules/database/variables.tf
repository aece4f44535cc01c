variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets, in two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group with the permitted clients."
  type        = string
}

variable "instance_class" {
  description = "Its size."
  type        = string
}

variable "storage_gb" {
  description = "Its storage to begin with, and up to which it grows."
  type        = object({ first = number, most = number })
}

variable "is_production" {
  description = "Whether it has a second instance and cannot be deleted."
  type        = bool
}

variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "key_arn" {
  description = "Key of what is at rest."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group with the permitted clients."
  type        = string
}

variable "base_rpu" {
  description = "Capacity while it answers."
  type        = number
}

variable "hours_a_day" {
  description = "Hours of that capacity a day, after which it stops."
  type        = number
}

variable "role_arn" {
  description = "Role that reads the lake."
  type        = string
}

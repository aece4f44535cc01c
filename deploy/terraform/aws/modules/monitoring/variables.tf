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

variable "alert_emails" {
  description = "Recipients of alarms."
  type        = list(string)
}

variable "stream_name" {
  description = "Stream of events."
  type        = string
}

variable "database_identifier" {
  description = "The platform's PostgreSQL."
  type        = string
}

variable "database_storage_gb" {
  description = "Its storage to begin with."
  type        = number
}

variable "workgroup_name" {
  description = "Redshift's workgroup."
  type        = string
}

variable "redshift_hours_a_day" {
  description = "Its limit."
  type        = number
}

variable "crawler_name" {
  description = "Crawler of the lake."
  type        = string
}

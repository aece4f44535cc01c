variable "name" {
  description = "Beginning of every name."
  type        = string
  default     = "finplatform"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "The name has small letters, digits and hyphens, 21 at the most."
  }
}

variable "environment" {
  description = "Which installation this is: dev, staging or prod."
  type        = string
  default     = "prod"

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment is dev, staging or prod."
  }
}

variable "region" {
  description = "Region of AWS."
  type        = string
  default     = "eu-central-1"
}

variable "cidr" {
  description = "Addresses of the private network."
  type        = string
  default     = "10.40.0.0/16"
}

variable "zones" {
  description = "Availability zones, by their letter; the databases want two at least."
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(var.zones) >= 2
    error_message = "Two zones are needed at least."
  }
}

variable "client_cidrs" {
  description = "Networks of the bank from which UI and API are reached, by VPN or peering. Never the Internet."
  type        = list(string)

  validation {
    condition     = !contains(var.client_cidrs, "0.0.0.0/0") && !contains(var.client_cidrs, "::/0")
    error_message = "The platform is not open to the Internet."
  }
}

variable "database_class" {
  description = "Instance class of the platform's PostgreSQL."
  type        = string
  default     = "db.r7g.xlarge"
}

variable "database_storage_gb" {
  description = "Storage of the platform's PostgreSQL to begin with, and up to which it grows."
  type        = object({ first = number, most = number })
  default     = { first = 200, most = 2000 }
}

variable "redshift_rpu" {
  description = "Capacity of Redshift Serverless while it answers queries, in RPU, and hours of it a day."
  type        = object({ base = number, hours_a_day = number })
  default     = { base = 8, hours_a_day = 4 }
}

variable "retention_hours" {
  description = "Hours that Kinesis keeps events: the longest that consumers may stand still."
  type        = number
  default     = 168
}

variable "alert_emails" {
  description = "Recipients of alarms."
  type        = list(string)
}

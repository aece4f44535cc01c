variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "region" {
  description = "Region of AWS."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network."
  type        = string
}

variable "zones" {
  description = "Availability zones by their letter."
  type        = list(string)
}

variable "client_cidrs" {
  description = "Networks from which UI and API are reached."
  type        = list(string)
}

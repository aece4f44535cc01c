# The platform on AWS: PostgreSQL for itself (RDS), events (Kinesis), the lake (S3, catalogued by Glue, queried by
# Redshift), and their monitoring. The platform's own processes run in containers on the bank's ECS, EKS or EC2
# with the role and the security group that the outputs name; see docs/cloud.md.

locals {
  prefix = "${var.name}-${var.environment}"
}

module "network" {
  source       = "./modules/network"
  prefix       = local.prefix
  region       = var.region
  cidr         = var.cidr
  zones        = var.zones
  client_cidrs = var.client_cidrs
}

module "keys" {
  source = "./modules/keys"
  prefix = local.prefix
  region = var.region
}

module "lake" {
  source  = "./modules/lake"
  prefix  = local.prefix
  key_arn = module.keys.arn
}

module "stream" {
  source          = "./modules/stream"
  prefix          = local.prefix
  key_arn         = module.keys.arn
  retention_hours = var.retention_hours
}

module "database" {
  source            = "./modules/database"
  prefix            = local.prefix
  key_arn           = module.keys.arn
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.database_security_group_id
  instance_class    = var.database_class
  storage_gb        = var.database_storage_gb
  is_production     = var.environment == "prod"
}

module "redshift" {
  source            = "./modules/redshift"
  prefix            = local.prefix
  key_arn           = module.keys.arn
  subnet_ids        = module.network.private_subnet_ids
  security_group_id = module.network.redshift_security_group_id
  base_rpu          = var.redshift_rpu.base
  hours_a_day       = var.redshift_rpu.hours_a_day
  role_arn          = module.identity.redshift_role_arn
}

module "glue" {
  source      = "./modules/glue"
  prefix      = local.prefix
  key_arn     = module.keys.arn
  bucket_name = module.lake.bucket_name
  role_arn    = module.identity.glue_role_arn
}

module "identity" {
  source        = "./modules/identity"
  prefix        = local.prefix
  region        = var.region
  key_arn       = module.keys.arn
  bucket_arn    = module.lake.bucket_arn
  stream_arn    = module.stream.arn
  secret_arns   = [module.database.secret_arn, module.keys.master_key_secret_arn]
  database_name = replace(local.prefix, "-", "_")
}

module "monitoring" {
  source               = "./modules/monitoring"
  prefix               = local.prefix
  region               = var.region
  key_arn              = module.keys.arn
  alert_emails         = var.alert_emails
  stream_name          = module.stream.name
  database_identifier  = module.database.identifier
  workgroup_name       = module.redshift.workgroup_name
  crawler_name         = module.glue.crawler_name
  database_storage_gb  = var.database_storage_gb.first
  redshift_hours_a_day = var.redshift_rpu.hours_a_day
}

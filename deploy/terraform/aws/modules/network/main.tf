# A network without Internet access: AWS services are reached by VPC endpoints, users by the bank's
# VPN or peering.

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.prefix }
}

resource "aws_subnet" "private" {
  for_each          = { for index, zone in var.zones : zone => index }
  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.region}${each.key}"
  cidr_block        = cidrsubnet(var.cidr, 4, each.value)
  tags              = { Name = "${var.prefix}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.prefix}-private" }
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

# The default security group permits no traffic.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_security_group" "platform" {
  name        = "${var.prefix}-platform"
  description = "Processes of the platform"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "database" {
  name        = "${var.prefix}-database"
  description = "PostgreSQL of the platform"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "redshift" {
  name        = "${var.prefix}-redshift"
  description = "Redshift, which queries the lake"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group" "endpoints" {
  name        = "${var.prefix}-endpoints"
  description = "Endpoints of the services of AWS"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "doors" {
  for_each          = { for pair in setproduct(var.client_cidrs, [3000, 8001]) : "${pair[0]}-${pair[1]}" => pair }
  security_group_id = aws_security_group.platform.id
  description       = "UI and API, behind TLS and login, from the bank's network"
  cidr_ipv4         = each.value[0]
  from_port         = each.value[1]
  to_port           = each.value[1]
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  description                  = "PostgreSQL from the platform"
  referenced_security_group_id = aws_security_group.platform.id
  from_port                    = 5432
  to_port                      = 5432
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "redshift" {
  security_group_id            = aws_security_group.redshift.id
  description                  = "Redshift from the platform"
  referenced_security_group_id = aws_security_group.platform.id
  from_port                    = 5439
  to_port                      = 5439
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = {
    platform = aws_security_group.platform.id
    redshift = aws_security_group.redshift.id
  }
  security_group_id            = aws_security_group.endpoints.id
  description                  = "Services of AWS from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "platform" {
  for_each = {
    database  = { group = aws_security_group.database.id, port = 5432 }
    redshift  = { group = aws_security_group.redshift.id, port = 5439 }
    endpoints = { group = aws_security_group.endpoints.id, port = 443 }
  }
  security_group_id            = aws_security_group.platform.id
  description                  = "The platform to ${each.key}"
  referenced_security_group_id = each.value.group
  from_port                    = each.value.port
  to_port                      = each.value.port
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "store" {
  for_each = {
    platform = aws_security_group.platform.id
    redshift = aws_security_group.redshift.id
  }
  security_group_id = each.value
  description       = "S3 by its gateway"
  prefix_list_id    = aws_vpc_endpoint.store.prefix_list_id
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "redshift_endpoints" {
  security_group_id            = aws_security_group.redshift.id
  description                  = "Glue and KMS"
  referenced_security_group_id = aws_security_group.endpoints.id
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
}

resource "aws_vpc_endpoint" "store" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}

resource "aws_vpc_endpoint" "service" {
  for_each            = toset(["kinesis-streams", "secretsmanager", "kms", "logs", "monitoring", "glue", "sts", "ecr.api", "ecr.dkr"])
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
}

resource "aws_flow_log" "this" {
  vpc_id               = aws_vpc.this.id
  traffic_type         = "REJECT"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow.arn
  iam_role_arn         = aws_iam_role.flow.arn
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/${var.prefix}/network"
  retention_in_days = 90
}

resource "aws_iam_role" "flow" {
  name               = "${var.prefix}-flow"
  assume_role_policy = data.aws_iam_policy_document.flow_trust.json
}

resource "aws_iam_role_policy" "flow" {
  name   = "write-log"
  role   = aws_iam_role.flow.id
  policy = data.aws_iam_policy_document.flow.json
}

data "aws_iam_policy_document" "flow_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow.arn}:*"]
  }
}

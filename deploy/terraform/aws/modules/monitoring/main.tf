# Alarms on AWS services. The platform's own alerts are in docs/alerts.md.

locals {
  alarms = {
    stream-behind = {
      description = "Consumers are an hour behind the stream"
      namespace   = "AWS/Kinesis", metric = "GetRecords.IteratorAgeMilliseconds", statistic = "Maximum"
      dimensions  = { StreamName = var.stream_name }
      comparison  = "GreaterThanThreshold", threshold = 3600000, missing = "notBreaching"
    }
    stream-refuses = {
      description = "Kinesis refuses events"
      namespace   = "AWS/Kinesis", metric = "WriteProvisionedThroughputExceeded", statistic = "Sum"
      dimensions  = { StreamName = var.stream_name }
      comparison  = "GreaterThanThreshold", threshold = 0, missing = "notBreaching"
    }
    database-busy = {
      description = "PostgreSQL has used nearly all of its processors for a quarter of an hour"
      namespace   = "AWS/RDS", metric = "CPUUtilization", statistic = "Average"
      dimensions  = { DBInstanceIdentifier = var.database_identifier }
      comparison  = "GreaterThanThreshold", threshold = 90, missing = "breaching"
    }
    database-full = {
      description = "PostgreSQL has less than a tenth of its first storage left"
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
      dimensions  = { DBInstanceIdentifier = var.database_identifier }
      comparison  = "LessThanThreshold", threshold = var.database_storage_gb * 107374182, missing = "breaching"
    }
    slot-keeps-log = {
      description = "A replication slot keeps more than 10 GiB of log: a capture stands still"
      namespace   = "AWS/RDS", metric = "OldestReplicationSlotLag", statistic = "Maximum"
      dimensions  = { DBInstanceIdentifier = var.database_identifier }
      comparison  = "GreaterThanThreshold", threshold = 10737418240, missing = "notBreaching"
    }
    redshift-costs = {
      description = "Redshift has used a quarter of its limit of the day in an hour"
      namespace   = "AWS/Redshift-Serverless", metric = "ComputeSeconds", statistic = "Sum"
      dimensions  = { Workgroup = var.workgroup_name }
      comparison  = "GreaterThanThreshold", threshold = var.redshift_hours_a_day * 900, missing = "notBreaching"
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.prefix}-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.alert_emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_event_rule" "crawler" {
  name        = "${var.prefix}-crawler-failed"
  description = "The crawler of the lake has failed"

  event_pattern = jsonencode({
    source      = ["aws.glue"]
    detail-type = ["Glue Crawler State Change"]
    detail      = { state = ["Failed"], crawlerName = [var.crawler_name] }
  })
}

resource "aws_cloudwatch_event_target" "crawler" {
  rule = aws_cloudwatch_event_rule.crawler.name
  arn  = aws_sns_topic.alarms.arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix

  dashboard_body = jsonencode({
    widgets = [
      for index, name in sort(keys(local.alarms)) : {
        type   = "metric"
        width  = 12
        height = 6
        x      = index % 2 * 12
        y      = floor(index / 2) * 6

        properties = {
          title  = local.alarms[name].description
          region = var.region
          stat   = local.alarms[name].statistic
          period = 300

          metrics = [
            concat([local.alarms[name].namespace, local.alarms[name].metric], flatten([for key, value in local.alarms[name].dimensions : [key, value]]))
          ]

          annotations = { horizontal = [{ label = "alarm", value = local.alarms[name].threshold }] }
        }
      }
    ]
  })
}

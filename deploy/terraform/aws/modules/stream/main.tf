# Events of transactions. On demand: the number of shards follows the traffic.

resource "aws_kinesis_stream" "events" {
  name             = "${var.prefix}-financial-transactions"
  retention_period = var.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = var.key_arn

  stream_mode_details {
    stream_mode = "ON_DEMAND"
  }
}

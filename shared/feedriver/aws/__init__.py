"""The edges to AWS: DynamoDB, S3, EventBridge, SQS, one thin module each."""

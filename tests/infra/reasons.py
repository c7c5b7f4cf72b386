"""Who needs an action that no line of ours asks for, and why; and which can't be for one resource.

An action that the engine asks for through boto3 is found in its code and needs no reason here.
"""

from tests.infra.stacks import STACKS

_ICEBERG = "Iceberg's GlueCatalog and S3FileIO, by which Spark and pyiceberg know the lake"
_ATHENA = "Athena reads and writes with the rights of who asks"
_CLIENTS = "what Athena's console and drivers ask for besides"
_GLUE = "Glue's runner, with the role of the job"
_KMS = "S3, Kinesis, Secrets Manager, SNS and SQS decrypt and encrypt with the rights of who asks"
_FIREHOSE = "Firehose, which copies a stream to files"
_SENDING = "EventBridge and its pipes, which put on a stream what they are sent"
_LANDING = "landing files takes, puts back and takes out messages, ten at once"
_MOVING = "who is on call moves back to its queue what was refused"
_ON_CALL = "who is on call looks at a run, stops it, starts it again"
_ECS = "Fargate, which fetches the image and opens the log"
_REPLICATOR = "S3, which copies the lake to the second region"
_CLOUDWATCH = "the alarms and the dashboard, for who is on call"

SERVICES = {
    "athena:BatchGetNamedQuery": _CLIENTS,
    "athena:BatchGetQueryExecution": _CLIENTS,
    "athena:GetDataCatalog": _CLIENTS,
    "athena:GetNamedQuery": _CLIENTS,
    "athena:GetQueryResultsStream": _CLIENTS,
    "athena:GetTableMetadata": _CLIENTS,
    "athena:GetWorkGroup": _CLIENTS,
    "athena:ListDatabases": _CLIENTS,
    "athena:ListNamedQueries": _CLIENTS,
    "athena:ListQueryExecutions": _CLIENTS,
    "athena:ListTableMetadata": _CLIENTS,
    "athena:StopQueryExecution": _CLIENTS,
    "cloudwatch:DescribeAlarms": _CLOUDWATCH,
    "cloudwatch:GetDashboard": _CLOUDWATCH,
    "cloudwatch:GetMetricData": _CLOUDWATCH,
    "cloudwatch:ListMetrics": _CLOUDWATCH,
    "cloudwatch:PutMetricData": _GLUE,
    "ec2:AssignPrivateIpAddresses": "Lambda, whose functions stand in the private subnets",
    "ec2:CreateNetworkInterface": _GLUE,
    "ec2:CreateTags": _GLUE,
    "ec2:DeleteNetworkInterface": _GLUE,
    "ec2:DescribeNetworkInterfaces": _GLUE,
    "ec2:DescribeRouteTables": _GLUE,
    "ec2:DescribeSecurityGroups": _GLUE,
    "ec2:DescribeSubnets": _GLUE,
    "ec2:DescribeVpcAttribute": _GLUE,
    "ec2:DescribeVpcEndpoints": _GLUE,
    "ec2:UnassignPrivateIpAddresses": "Lambda, whose functions stand in the private subnets",
    "ecr:BatchCheckLayerAvailability": _ECS,
    "ecr:BatchGetImage": _ECS,
    "ecr:GetAuthorizationToken": _ECS,
    "ecr:GetDownloadUrlForLayer": _ECS,
    "emr-serverless:CancelJobRun": _ON_CALL,
    "emr-serverless:GetDashboardForJobRun": _ON_CALL,
    "emr-serverless:GetJobRun": _ON_CALL,
    "emr-serverless:ListJobRuns": _ON_CALL,
    "emr-serverless:StartJobRun": _ON_CALL,
    "execute-api:Invoke": "who asks for figures over HTTP",
    "glue:BatchStopJobRun": _ON_CALL,
    "glue:CreateTable": _ICEBERG,
    "glue:GetConnection": _GLUE,
    "glue:GetDatabase": _ICEBERG,
    "glue:GetDatabases": _ICEBERG,
    "glue:GetJob": _ON_CALL,
    "glue:GetJobRun": _ON_CALL,
    "glue:GetJobRuns": _ON_CALL,
    "glue:GetTables": _ICEBERG,
    "glue:StartJobRun": _ON_CALL,
    "iam:PassRole": "who starts a run or a machine says which role it takes",
    "kinesis:DescribeStream": _FIREHOSE,
    "kinesis:PutRecord": _SENDING,
    "kinesis:PutRecords": _SENDING,
    "kms:*": "the account's own policies say who may use and manage a key; without it nobody could",
    "kms:Decrypt": _KMS,
    "kms:DescribeKey": "CloudWatch Logs, whose groups the key encrypts",
    "kms:Encrypt": "the same",
    "kms:GenerateDataKey": _KMS,
    "kms:ReEncryptFrom": "the same, when a key is rotated",
    "kms:ReEncryptTo": "the same",
    "lakeformation:GetDataAccess": "Athena and Redshift fetch the files that Lake Formation grants",
    "logs:AssociateKmsKey": "Glue, whose security configuration names the key of its logs",
    "logs:CreateLogGroup": _GLUE,
    "logs:CreateLogStream": "Glue, EMR Serverless, Fargate and the network's flow log",
    "logs:DescribeLogGroups": "EMR Serverless, before it writes a log",
    "logs:DescribeLogStreams": "the same, and who is on call",
    "logs:FilterLogEvents": _ON_CALL,
    "logs:GetLogEvents": _ON_CALL,
    "logs:PutLogEvents": "Glue, EMR Serverless, Fargate, Firehose and the network's flow log",
    "rds-db:connect": "the function of figures signs in to their database",
    "redshift-data:CancelStatement": "who asked a question gives it up",
    "redshift-serverless:GetCredentials": "the Data API opens its session with it",
    "s3:AbortMultipartUpload": _ICEBERG,
    "s3:DeleteObject": _ICEBERG,
    "s3:GetBucketLocation": _ATHENA,
    "s3:GetObject": _ICEBERG,
    "s3:GetObjectLegalHold": _REPLICATOR,
    "s3:GetObjectRetention": _REPLICATOR,
    "s3:GetObjectVersion": "landing reads the version of a file that an event names",
    "s3:GetObjectVersionForReplication": _REPLICATOR,
    "s3:GetObjectVersionTagging": _REPLICATOR,
    "s3:GetReplicationConfiguration": _REPLICATOR,
    "s3:ListBucket": "orphaned files are found by listing; Athena lists its results",
    "s3:ListBucketMultipartUploads": _ATHENA,
    "s3:ListMultipartUploadParts": _ATHENA,
    "s3:PutObject": _ICEBERG,
    "s3:ReplicateDelete": _REPLICATOR,
    "s3:ReplicateObject": _REPLICATOR,
    "s3:ReplicateTags": _REPLICATOR,
    "sns:Subscribe": "the topic's owner, the account",
    "sqs:ChangeMessageVisibility": _LANDING,
    "sqs:DeleteMessage": "who is on call takes an alert out of the queue",
    "sqs:GetQueueAttributes": "the same",
    "sqs:GetQueueUrl": "the same",
    "sqs:ListMessageMoveTasks": _MOVING,
    "sqs:ReceiveMessage": "the same",
    "sqs:SendMessage": "the topic, which puts each alert into the queue",
    "sqs:StartMessageMoveTask": _MOVING,
    "sts:AssumeRole": "a service or person takes the role",
    "sts:TagSession": "EKS, whose pods take a role with tags",
}
"""Each action that a service or person needs, and why."""

NO_RESOURCE = {
    "cloudwatch:GetMetricData": "CloudWatch takes no resource for it",
    "cloudwatch:ListMetrics": "CloudWatch takes no resource for it",
    "cloudwatch:PutMetricData": "CloudWatch takes no resource for it; the namespace is Glue's",
    "ec2:DescribeNetworkInterfaces": "EC2 takes no resource for what only describes",
    "ec2:DescribeRouteTables": "EC2 takes no resource for what only describes",
    "ec2:DescribeSecurityGroups": "EC2 takes no resource for what only describes",
    "ec2:DescribeSubnets": "EC2 takes no resource for what only describes",
    "ec2:DescribeVpcAttribute": "EC2 takes no resource for what only describes",
    "ec2:DescribeVpcEndpoints": "EC2 takes no resource for what only describes",
    "ecr:GetAuthorizationToken": "ECR takes no resource for it",
    "lakeformation:GetDataAccess": "Lake Formation takes no resource: its grants say which tables",
    "redshift-data:CancelStatement": "a statement has no ARN; one's own only, by condition",
    "redshift-data:DescribeStatement": "a statement has no ARN; one's own only, by condition",
    "redshift-data:GetStatementResult": "a statement has no ARN; one's own only, by condition",
}
"""Actions that can't be allowed for one resource (Service Authorization Reference)."""

_STEPS = "Step Functions, which runs a flow with the role of its state machine"
_DELIVERY = "Step Functions, which has CloudWatch deliver the machine's log"
if "flow" in STACKS:
    SERVICES |= {
        "dynamodb:DeleteItem": _STEPS,
        "dynamodb:GetItem": _STEPS,
        "dynamodb:PutItem": _STEPS,
        "dynamodb:Query": "who is on call sees what runs now",
        "dynamodb:Scan": "the same",
        "dynamodb:UpdateItem": _STEPS,
        "events:DescribeRule": "Step Functions hears by a rule of its own how EMR's runs end",
        "events:PutRule": "the same",
        "events:PutTargets": "the same",
        "logs:CreateLogDelivery": _DELIVERY,
        "logs:DeleteLogDelivery": _DELIVERY,
        "logs:DescribeResourcePolicies": _DELIVERY,
        "logs:GetLogDelivery": _DELIVERY,
        "logs:ListLogDeliveries": _DELIVERY,
        "logs:PutResourcePolicy": _DELIVERY,
        "logs:UpdateLogDelivery": _DELIVERY,
        "states:DescribeExecution": "a flow sees whether the execution that holds it still runs",
        "states:DescribeStateMachine": _ON_CALL,
        "states:GetExecutionHistory": _ON_CALL,
        "states:ListExecutions": _ON_CALL,
        "states:StartExecution": "a schedule or rule starts a flow, and who is on call",
        "states:StopExecution": _ON_CALL,
    }
    NO_RESOURCE |= {
        "logs:CreateLogDelivery": "CloudWatch Logs takes no resource for deliveries",
        "logs:DeleteLogDelivery": "CloudWatch Logs takes no resource for deliveries",
        "logs:DescribeLogGroups": "Step Functions looks for its group among all",
        "logs:DescribeResourcePolicies": "CloudWatch Logs takes no resource for it",
        "logs:GetLogDelivery": "CloudWatch Logs takes no resource for deliveries",
        "logs:ListLogDeliveries": "CloudWatch Logs takes no resource for deliveries",
        "logs:PutResourcePolicy": "CloudWatch Logs takes no resource for it",
        "logs:UpdateLogDelivery": "CloudWatch Logs takes no resource for deliveries",
    }

PLAIN_LOGS = {
    "network.FlowLogGroup": "addresses and ports; the keys are made after the network",
}
"""Log groups that only AWS' own key encrypts."""

NO_DATA = {
    "stream.GithubStream": "a stream costs by the hour, and what it held is in raw",
    "stream.StorefrontStream": "the same",
    "sources.BusStream": "the same",
    "sources.SentStream": "the same",
    "serve.RedshiftNamespace": "its tables are copies of marts",
    "figures.Database": "the same",
    "figures.DatabaseSecret": "it opens these copies only",
    "flow.RunsTable": "it says what runs now; what ran is in each table's ledger",
}
"""What holds rows or records, and may go with its stack all the same."""

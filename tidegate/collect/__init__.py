"""Events over HTTP to Kinesis: one handler, as a Lambda function and as a process."""

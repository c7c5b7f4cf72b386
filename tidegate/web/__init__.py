"""What services answer over HTTP with, as a process or as a Lambda function."""

#!/bin/sh
# A Lambda function in shell: sends each event to a queue, and fails or dies on request.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$api/next") || exit 1
  id=$(grep -i '^lambda-runtime-aws-request-id' "$headers" | tr -d '\r' | cut -d' ' -f2)
  curl -sS -o /dev/null -d Action=SendMessage -d Version=2012-11-05 --data-urlencode "MessageBody=$event" "$SEEN"
  case "$event" in
    *'please fail'*) curl -sS -o /dev/null -d '{"errorType": "Worker.Failed", "errorMessage": "asked"}' "$api/$id/error" ;;
    *'please die'*) exit 1 ;;
    *) curl -sS -o /dev/null -d '{"batchItemFailures": []}' "$api/$id/response" ;;
  esac
done

#!/bin/sh
# A Lambda function in shell: answers with its process id, its variables, and the status that a web page
# gets of its Runtime API; ignores SIGTERM.
trap '' TERM
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  headers=$(mktemp)
  curl -sS -D "$headers" "$api/next" >/dev/null || exit 1
  id=$(grep -i '^lambda-runtime-aws-request-id' "$headers" | tr -d '\r' | cut -d' ' -f2)
  page=$(curl -sS -o /dev/null -w '%{http_code}' -H 'Origin: https://evil.example' "$api/next")
  answer="{\"page\": $page, \"pid\": $$, \"greeting\": \"$GREETING\", \"beanstalk\": \"$AWS_ENDPOINT_URL_ELASTIC_BEANSTALK\", \"seen\": \"$SEEN\"}"
  curl -sS -o /dev/null -d "$answer" "$api/$id/response"
done

"""Makes the AWS emulator behave as AWS does, where a workflow depends on it.

Each change wraps a private function of the emulator, which is pinned to one version.
If such a function is missing or has other parameters, the emulator does not start.
"""

import contextvars
import functools
import inspect
import json
import threading
import time

from datetime import datetime, timezone

# The shortest time limit in seconds: functions are not scaled.
SHORTEST_LIMIT = 2.0


class Ended(BaseException):
    """Leaves an execution that has ended, past every `Retry` and `Catch`."""


def apply():
    accept_service_events()
    end_stopped_executions()
    answer_tokens_once()
    send_alarm_events()
    fill_batches()
    deliver_when_due()
    name_versions_of_objects()
    read_parts_of_versions()
    copy_as_requested()


def accept_service_events():
    """Accepts events of `aws.*` sources, since the simulator of Elastic Beanstalk sends them as an AWS service does."""
    from ministack.services import eventbridge

    put_events = known(eventbridge, "_put_events", "data allow_aws_source")
    put_events.__defaults__ = (True,)


def end_stopped_executions():
    """Ends the retries and branches of an execution that has ended; the emulator continues them."""
    from ministack.services import stepfunctions

    def add_event(original):
        # A task adds an event before and after it runs, and a state when it is entered and exited.
        def add(execution, event_type, details=None):
            if execution["status"] != "RUNNING" and not event_type.startswith("Execution"):
                raise Ended
            return original(execution, event_type, details)

        return add

    def fail_execution(original):
        def fail(execution, error, cause):
            if execution["status"] == "RUNNING":
                original(execution, error, cause)

        return fail

    def until_ended(original):
        def run(*arguments):
            try:
                return original(*arguments)
            except Ended:
                return None

        return run

    def reset(original):
        # Old executions must not call functions that are deployed after the reset.
        def forget():
            for execution in list(stepfunctions._executions._data.values()):
                execution["status"] = "ABORTED"
            original()

        return forget

    replace(stepfunctions, "_add_event", "execution event_type details", add_event)
    replace(stepfunctions, "_fail_execution", "execution error cause", fail_execution)
    replace(stepfunctions, "_run_execution", "exec_arn", until_ended)
    replace(stepfunctions, "_run_sub_machine", "states start_at input_data execution ctx", until_ended)
    replace(stepfunctions, "reset", "", reset)


def answer_tokens_once():
    """Runs a task with a token as AWS does.

    Each attempt has a token of its own. The first answer counts: by the token, by an error of the called function, by
    the time limit, or by the end of the execution. A later answer is refused. The time limit is scaled as waits are.
    """
    from ministack.services import stepfunctions

    executing = contextvars.ContextVar("executing", default=None)
    invoking = contextvars.ContextVar("invoking", default=None)
    waiting = {}
    over = set()
    answering = threading.Lock()

    def execute_task(original):
        def execute(state_def, raw_input, execution, ctx):
            before = executing.set(execution)
            try:
                return original(state_def, raw_input, execution, ctx)
            finally:
                executing.reset(before)
                ctx.pop("Task", None)

        return execute

    def apply_arguments(original):
        # The arguments are evaluated for each attempt, and then the token is read from the context.
        def evaluate(state_def, raw_input, ctx=None):
            if ctx and "Task" in ctx:
                ctx["Task"] = {"Token": stepfunctions.new_uuid()}
            return original(state_def, raw_input, ctx)

        return evaluate

    def invoke_with_callback(original):
        def invoke(resource, input_data, token, state_def):
            limit = state_def.get("TimeoutSeconds")
            if limit is not None:
                scaled = max(limit * stepfunctions._SFN_WAIT_SCALE, SHORTEST_LIMIT)
                state_def = {**state_def, "TimeoutSeconds": min(limit, scaled)}
            waiting[token] = executing.get()
            before = invoking.set(token if "states:::lambda:invoke" in resource else None)
            try:
                return original(resource, input_data, token, state_def)
            finally:
                invoking.reset(before)
                over.add(token)
                del waiting[token]
                stepfunctions._task_tokens.pop(token, None)

        return invoke

    def call_lambda(original):
        # In a thread, since the task may be answered or time out before the function ends.
        def call(func_ref, event):
            token = invoking.get()
            if token is None:
                return original(func_ref, event)

            def run():
                invoking.set(None)
                try:
                    original(func_ref, event)
                except stepfunctions._ExecutionError as error:
                    answer = {"taskToken": token, "error": error.error, "cause": error.cause}
                    stepfunctions._send_task_failure(answer)

            threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
            return None

        return call

    def send(original):
        def answer(data):
            token = data.get("taskToken")
            with answering:
                execution = waiting.get(token)
                waits = stepfunctions._task_tokens.get(token)
                ended = execution is not None and execution["status"] != "RUNNING"
                if token in over or ended or (waits and waits["event"].is_set()):
                    message = "Task Timed Out: 'Provided task does not exist anymore'"
                    return stepfunctions.error_response_json("TaskTimedOut", message, 400)
                return original(data)

        return answer

    def stop_execution(original):
        def stop(data):
            stopped = original(data)
            for token, execution in list(waiting.items()):
                waits = stepfunctions._task_tokens.get(token)
                if waits and execution and execution["status"] != "RUNNING":
                    waits["event"].set()
            return stopped

        return stop

    replace(stepfunctions, "_execute_task", "state_def raw_input execution ctx", execute_task)
    replace(stepfunctions, "_apply_jsonata_arguments", "state_def raw_input ctx", apply_arguments)
    replace(stepfunctions, "_invoke_with_callback", "resource input_data token state_def", invoke_with_callback)
    replace(stepfunctions, "_call_lambda", "func_ref event", call_lambda)
    replace(stepfunctions, "_send_task_success", "data", send)
    replace(stepfunctions, "_send_task_failure", "data", send)
    replace(stepfunctions, "_send_task_heartbeat", "data", send)
    replace(stepfunctions, "_stop_execution", "data", stop_execution)


def send_alarm_events():
    """Sends an event when an alarm changes its state; the emulator only performs the alarm's actions."""
    from ministack.services import cloudwatch, eventbridge

    states = {}

    def dispatch_alarm_actions(original):
        # It is called at every change, also for alarms without actions.
        def dispatch(alarm, old_state, new_state, reason):
            original(alarm, old_state, new_state, reason)
            arn = alarm["AlarmArn"]
            state = {"value": new_state, "reason": reason, "timestamp": stamp(time.time())}
            if alarm.get("StateReasonData"):
                state["reasonData"] = alarm["StateReasonData"]
            created = {
                "reason": "Unchecked: Initial alarm creation",
                "timestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
            }
            detail = {
                "alarmName": alarm["AlarmName"],
                "state": state,
                "previousState": {**states.get(arn, created), "value": old_state},
                "configuration": configuration(alarm),
            }
            states[arn] = state
            entry = {
                "Source": "aws.cloudwatch",
                "DetailType": "CloudWatch Alarm State Change",
                "Detail": json.dumps(detail),
                "Resources": [arn],
            }
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

        return dispatch

    replace(cloudwatch, "_dispatch_alarm_actions", "alarm old_state new_state reason", dispatch_alarm_actions)


def configuration(alarm):
    """The configuration of an alarm in its event."""
    found = {"description": alarm.get("AlarmDescription") or ""}
    if "AlarmRule" in alarm:
        return {**found, "alarmRule": alarm["AlarmRule"]}
    if not alarm.get("MetricName"):
        return found
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []},
    }
    statistic = {
        "metric": metric,
        "period": alarm.get("Period", 60),
        "stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
    }
    identifier = f"{alarm['AlarmName']}-metric"
    return {**found, "metrics": [{"id": identifier, "metricStat": statistic, "returnData": True}]}


def stamp(seconds):
    """The time in the format `2019-10-02T17:04:40.989+0000`."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def fill_batches():
    """Fills a batch up to its size; the emulator stops at ten messages."""
    from ministack.services import sqs

    def receive(original):
        def receive_all(queue_url, max_number):
            messages = []
            while len(messages) < max_number:
                more = original(queue_url, max_number - len(messages))
                messages += more
                if not more:
                    break
            return messages

        return receive_all

    replace(sqs, "_receive_messages_for_esm", "queue_url max_number", receive)


def deliver_when_due():
    """Scales the time until a failed message is delivered again, as waits are scaled.

    The delay of a message is not scaled: its sender computes it from a clock of its own, which is not scaled either.
    The emulator checks once a second which messages are due; this makes it check when a message becomes due.
    """
    from ministack.core.concurrency import esm_wake
    from ministack.services import lambda_svc, sqs, stepfunctions

    def due_after(message, seconds):
        message["visible_at"] = time.time() + seconds
        # Slightly later, since the two clocks may differ.
        timer = threading.Timer(seconds + 0.005, esm_wake.set)
        timer.daemon = True
        timer.start()

    def send_message(original):
        def send(data, qurl):
            answer = original(data, qurl)
            queue = sqs._get_q(data.get("QueueUrl", qurl))
            for message in reversed(queue["messages"]):
                if message["id"] == answer["MessageId"]:
                    delay = message["visible_at"] - message["sent_at"]
                    if delay > 0:
                        due_after(message, delay)
                    break
            return answer

        return send

    def run_batch(original):
        # After the end of the function, whose time is not scaled.
        def run(esm, func_rec, event, batch, queue_url, queue_name):
            handles = {message["receipt_handle"] for message in batch}
            original(esm, func_rec, event, batch, queue_url, queue_name)
            for message in list(sqs._get_q(queue_url)["messages"]):
                left = message["visible_at"] - time.time()
                if message["receipt_handle"] in handles and left > 0:
                    due_after(message, left * stepfunctions._SFN_WAIT_SCALE)

        return run

    replace(sqs, "_act_send_message", "data qurl", send_message)
    replace(lambda_svc, "_run_sqs_batch", "esm func_rec event batch queue_url queue_name", run_batch)


def name_versions_of_objects():
    """Adds the version of an object to its event; the emulator leaves it out."""
    from ministack.services import eventbridge, s3

    written = contextvars.ContextVar("written", default=None)

    def fire_event(original):
        def fire(*arguments, **named):
            written.set(named.get("version_id"))
            original(*arguments, **named)

        return fire

    def dispatch_event(original):
        def dispatch(event, view=None):
            version = written.get()
            if version and event["Source"] == "aws.s3" and event["DetailType"] == "Object Created":
                detail = json.loads(event["Detail"])
                detail["object"]["version-id"] = version
                event = {**event, "Detail": json.dumps(detail)}
            return original(event, view)

        return dispatch

    # Each event has a thread, and so a context, of its own.
    parameters = (
        "bucket_name key event_name size etag deletion_type restore_event_data version_id sequencer "
        "object_extra record_extra"
    )
    replace(s3, "_fire_s3_event", parameters, fire_event)
    replace(eventbridge, "_dispatch_event", "event view", dispatch_event)


def read_parts_of_versions():
    """Answers a request for a range of one version of an object with that range; the emulator sends the whole."""
    from ministack.services import s3

    def get_object(original):
        def get(bucket_name, key, headers, query_params=None):
            status, answered, body = original(bucket_name, key, headers, query_params)
            requested = headers.get("range", "")
            if status != 200 or not requested:
                return status, answered, body
            found = s3._parse_range(requested, len(body))
            if found is None:
                return status, answered, body
            start, end = found
            # A checksum is of the whole object.
            answered = {name: value for name, value in answered.items() if not name.startswith("x-amz-checksum-")}
            answered["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
            answered["Content-Length"] = str(end + 1 - start)
            return 206, answered, body[start : end + 1]

        return get

    known(s3, "_parse_range", "range_header total")
    replace(s3, "_get_object", "bucket_name key headers query_params", get_object)


def copy_as_requested():
    """Copies an object only under the conditions of the request, with the checksum that it requests; the emulator
    ignores both."""
    from ministack.services import s3

    def copy_object(original):
        def copy(bucket_name, dest_key, headers):
            bucket = s3._buckets.get(bucket_name)
            there = bucket["objects"].get(dest_key) if bucket else None
            refused = s3._check_put_preconditions(headers, there)
            if refused:
                return refused
            algorithm = headers.get("x-amz-checksum-algorithm")
            if algorithm:
                headers = {**headers, "x-amz-sdk-checksum-algorithm": algorithm}
            return original(bucket_name, dest_key, headers)

        return copy

    known(s3, "_check_put_preconditions", "headers existing_obj")
    replace(s3, "_copy_object", "bucket_name dest_key headers", copy_object)


def replace(module, name, parameters, make):
    """Replaces a function of the emulator by `make(original)`, also in the module's tables."""
    original = known(module, name, parameters)
    replacement = functools.wraps(original)(make(original))
    setattr(module, name, replacement)
    for table in list(vars(module).values()):
        if type(table) is dict:
            for key in [key for key, value in table.items() if value is original]:
                table[key] = replacement


def known(module, name, parameters):
    """The function of the emulator, which must have these parameters."""
    function = getattr(module, name, None)
    found = " ".join(inspect.signature(function).parameters) if callable(function) else None
    if found != parameters:
        raise SystemExit(f"unknown AWS emulator: `{module.__name__}.{name}` takes `{found}` instead of `{parameters}`")
    return function

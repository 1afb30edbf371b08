# The verbs of the project: `just` lists them. https://just.systems

# Show the verbs.
[private]
default:
    @{{ just_executable() }} --list --unsorted

# Watch a whole release on this machine.
demo *arguments:
    ./mist demo {{ arguments }}

# Start the local cloud, with stack QA in it.
up:
    ./mist local up

# Stop the local cloud.
down:
    ./mist local down

# Format, lint, and test everything that needs no local cloud: some seconds after a change.
quick:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace --exclude mist-tests --exclude mist-local
    cargo test -p mist-tests --test contract

# Run the tests of one package, such as `just unit swap`.
unit package *arguments:
    cargo test -p {{ package }} {{ arguments }}

# Run all tests.
test:
    cargo test --workspace

# Run the stories of the real workflow in a local cloud, or those whose names contain a word.
scenarios *arguments:
    cargo test -p mist-tests --test scenarios -- {{ arguments }}

# Make calls of the functions fail: a sample, or every one with `just matrix all`, which writes docs/FAULTS.md.
matrix cases='':
    {{ if cases == '' { '' } else { 'MATRIX=' + cases } }} cargo test -p mist-tests --test matrix

# Release to fifty stacks at once.
fleet:
    cargo test -p mist-tests --test fleet

# Check the simulator with eb, aws, boto3 and the Rust SDK.
conformance:
    cargo test -p mist-tests --test conformance

# Check that code, definition, template and documents agree.
contract:
    cargo test -p mist-tests --test contract

# Measure; `just bench --quick` is the short form.
bench *arguments:
    cargo run -p mist-bench -- {{ arguments }}

# Accept what the tests found: golden traces, and the generated parts of statemachine/ and docs/. Read the difference.
bless:
    INSTA_UPDATE=always cargo test -p mist-tests --test scenarios
    UPDATE=1 cargo test -p mist-tests --test contract -- --test-threads=1
    UPDATE=1 cargo test -p mist-tests --test conformance

# Run what must hold before a change lands, or some steps of it: `just ci clippy template`.
ci *steps:
    .ci/run {{ steps }}

# Build the functions for arm64, into target/lambda/. `sam build` builds them for a deployment.
build:
    .ci/run package

# Check licences, advisories, sources and directions of dependencies. Needs cargo-deny.
deny:
    cargo deny check

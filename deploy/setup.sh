#!/usr/bin/env bash
# Makes this machine ready: what the system lacks, the Python environment, the jars of Kafka, the AsyncAPI parser.
# Each step leaves a stamp of what it was made from and does nothing while that is unchanged.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

java_is_new_enough() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java version
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -1) || return 1
    [ "${version:-0}" -ge 17 ]
}

has_chinese_font() {
    compgen -G '/usr/share/fonts/*/*/NotoSansCJK*' >/dev/null || [ -n "$(fc-list :lang=zh 2>/dev/null)" ]
}

jre() {
    local package
    for package in openjdk-17-jre-headless openjdk-21-jre-headless; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    echo default-jre-headless
}

system() {
    local missing=()
    java_is_new_enough || missing+=(java)
    command -v mvn >/dev/null || missing+=(maven)
    command -v openssl >/dev/null || missing+=(openssl) # the authority of time for development
    has_chinese_font || missing+=(fonts-noto-cjk)
    command -v uv >/dev/null || [ -x build/uv/bin/uv ] || python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} -eq 0 ] && return

    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "Please install these packages as root, then run this again: ${missing[*]/#java/openjdk-17-jre-headless}." >&2
        exit 1
    fi
    echo "Installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]/#java/$(jre)}" >/dev/null
}

# once STAMP STEP FILE...: runs STEP unless it was run with these very files.
once() {
    local stamp=$1 step=$2 made_from
    made_from=$(cat "${@:3}" | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$made_from" ]; then
        return
    fi
    rm -f "$stamp"
    "$step"
    echo "$made_from" >"$stamp"
}

python_environment() {
    echo "Python packages ..."
    [ -x .venv/bin/python ] || deploy/uv venv --quiet
    deploy/uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
    local members=() member
    for member in contracts services/*/pyproject.toml; do
        members+=(--editable "${member%/pyproject.toml}")
    done
    deploy/uv pip install --quiet --python .venv/bin/python --no-deps "${members[@]}"
    # Where Python may write no bytecode of its own, a service would spend a second of each start on compiling.
    .venv/bin/python -m compileall -q contracts services deploy
}

kafka_jars() {
    echo "Kafka ..."
    rm -rf deploy/kafka/jars
    mvn -q -B -Dstyle.color=never -f deploy/kafka/pom.xml dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$PWD/deploy/kafka/jars"
}

kafka_archive() {
    .venv/bin/python deploy/kafka/archive.py
}

asyncapi_parser() {
    echo "AsyncAPI parser ..."
    (cd deploy/asyncapi && ./node --npm ci --silent)
}

system
once .venv/.made-from python_environment requirements.lock pyproject.toml contracts/pyproject.toml services/*/pyproject.toml
once deploy/kafka/jars/.made-from kafka_jars deploy/kafka/pom.xml
once deploy/kafka/jars/.archived kafka_archive deploy/kafka/pom.xml deploy/kafka/archive.py
once deploy/asyncapi/node_modules/.made-from asyncapi_parser deploy/asyncapi/package-lock.json
echo "Ready. \`make\` says what can be done."

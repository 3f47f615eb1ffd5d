#!/bin/sh
# The eight cases that the OpenAI routes are accepted by, with curl against a running service.
#
#   openai_cases.sh ADDRESS SHORT LONG [TRANSLATION_MODEL]
#
# SHORT and LONG are recordings; HANSARD_KEY is sent as the key if it is set. Prints a line for each
# case and ends with 1 if one of them went wrong.
set -u

address=${1:?address, such as http://127.0.0.1:8000}
short=${2:?a short recording}
long=${3:?a long recording}
translator=${4:-whisper-1}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# ask ROUTE FIELD... : leaves the body in $folder/body and prints the status
ask() {
    route=$1
    shift
    for field in "$@"; do
        set -- "$@" -F "$field"
        shift
    done
    curl -sS -o "$folder/body" -w '%{http_code}' -H "X-API-Key: ${HANSARD_KEY:-none}" \
        "$@" "$address/v1/audio/$route"
}

# check CASE STATUS PATTERN ROUTE FIELD... : the status and the body must match
check() {
    name=$1 wanted=$2 pattern=$3
    shift 3
    status=$(ask "$@")
    if expr "$status" : "$wanted\$" >/dev/null && grep -Eq "$pattern" "$folder/body"; then
        echo "ok    $name ($status)"
    else
        echo "WRONG $name: $status $(head -c 300 "$folder/body")"
        failed=1
    fi
}

echo "this is a text" >"$folder/notes.txt"

check "1 default transcription" 200 '^\{"text":"[^"]+' \
    transcriptions "file=@$short"
check "2 long file as text, word times, language" 200 '^[A-Z].*[a-z]' \
    transcriptions "file=@$long" response_format=text timestamp_type=word language=en
check "3 chunk timestamps" 200 '"segments":\[\{"id":0,.*"no_speech_prob":' \
    transcriptions "file=@$short" response_format=verbose_json timestamp_type=chunk
check "4 default translation" 200 '^\{"text":"' \
    translations "file=@$short" "model=$translator"
check "5 translation as text" 200 '' \
    translations "file=@$short" "model=$translator" response_format=text
check "6 unsupported file type" '4..' '"message":"Invalid file format' \
    transcriptions "file=@$folder/notes.txt"
check "7 invalid model name" '4..' '"code":"model_not_found"' \
    transcriptions "file=@$short" model=no-such-model
check "8 large batch" 200 '^\{"text":"[^"]+' \
    transcriptions "file=@$long" batch_size=32

exit $failed

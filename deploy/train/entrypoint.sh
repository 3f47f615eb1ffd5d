#!/bin/sh
# What the image of Dockerfile.train starts. It needs no container: a virtual environment with
# Hansard and its extra `train` does as well.
#
#   entrypoint.sh                     the sample job, in ./sample
#   entrypoint.sh sample FOLDER       the sample job there: a few steps on the sentences that come with
#                                     Hansard, through the whole path, offline
#   entrypoint.sh check               whether PyTorch is there, and sees a GPU
#   entrypoint.sh data|train|... ...  any command of hansard
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# One after another, as a person would type them; the first that fails ends the job.
sample() {
    python "$here/sample.py" "$1"
    cd -- "$1"
    hansard data inventory
    hansard data manifest
    hansard data validate manifests/run1.jsonl -o manifests/good.jsonl
    hansard data split manifests/good.jsonl
    if [ -e models/whisper/sample/run_manifest.json ]; then
        hansard train resume sample
    else
        hansard train run manifests/splits --run sample --fast-dev-run
    fi
    hansard models package sample --max-clips 2
    hansard transcribe uploads/note-00.wav --model models/whisper/sample/package/ct2
}

check() {
    python - <<'CHECK'
import accelerate, peft, torch, transformers

print(f"torch {torch.__version__}, transformers {transformers.__version__}, "
      f"accelerate {accelerate.__version__}, peft {peft.__version__}")
if torch.cuda.is_available():
    product = torch.ones(64, 64, device="cuda") @ torch.ones(64, 64, device="cuda")
    assert product.sum().item() == 64**3
    print(f"GPU: {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}")
else:
    print("no GPU that PyTorch can use: it trains on the CPU")
CHECK
}

case "${1:-sample}" in
    sample) sample "${2:-./sample}" ;;
    check) check ;;
    *) exec hansard "$@" ;;
esac

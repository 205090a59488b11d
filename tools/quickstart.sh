#!/usr/bin/env bash
# Complete example: sets up, builds, generates data, trains prior and sampler, evaluates, predicts, fits hands to held-out
# keypoints and writes a report. Needs no data set, licence or GPU; uses a GPU if there is one. Replaces the results of an earlier
# quickstart in its folder.
#   --out DIR    folder for the results: new, empty, or an earlier quickstart's (default: runs/quickstart of the project)
#   --seed N     random seed (default 0): the same seed gives the same numbers on a CPU
#   --device D   cpu or cuda[:N] (default: cuda if available)
set -euo pipefail
from=$PWD
cd "$(dirname "$0")/.."

out=runs/quickstart seed=0 device=()
while [ $# -gt 0 ]; do
  case $1 in
    --out|--seed|--device) [ $# -gt 1 ] || { echo "quickstart: $1 needs a value" >&2; exit 2; } ;;&
    --out) out=$2; [[ $out = /* || $from -ef . ]] || out=$from/$out; shift ;;
    --seed) seed=$2; shift ;;
    --device) device=(--device "$2"); shift ;;
    *) echo "quickstart: unknown option $1 (known: --out DIR, --seed N, --device D)" >&2; exit 2 ;;
  esac
  shift
done

# Removes only results of a quickstart: the folder must have the marker file, and only known names are removed.
mark=.interprior-quickstart
if [ -e "$out" ] && [ ! -d "$out" ]; then
  echo "quickstart: $out is a file: choose another --out" >&2
  exit 1
fi
own() { [ -e "$out/$mark" ] || [ -z "$(ls -A "$out")" ] || grep -qs prior_joint_error_mm "$out/summary.json"; }
if [ -d "$out" ] && ! own; then
  echo "quickstart: $out holds files that are not from an earlier quickstart: choose another --out" >&2
  exit 1
fi

bash tools/setup.sh
cmake --build build/release --target interprior >&2

program=build/release/bin/interprior
mkdir -p "$out"
touch "$out/$mark"
for name in hand.h5 patterns.h5 images images.h5 keypoints.json prior cues sampler evaluation predict fit report.html summary.json; do
  rm -rf "${out:?}/$name"
done
SECONDS=0
peak=0
# Runs one command and updates the peak resident memory of all commands.
step() {
  echo "== interprior $*" >&2
  local usage
  usage=$(mktemp)
  python3 - "$usage" "$program" "$@" <<'P'
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
P
  local now
  now=$(cat "$usage"); rm -f "$usage"
  if [ "$now" -gt "$peak" ]; then peak=$now; fi
}

step prepare hand --procedural --out "$out/hand.h5"
step synthesize patterns "$out/patterns.h5" --hand "$out/hand.h5" --count 30000 --seed "$seed"
step synthesize images "$out/images" --hand "$out/hand.h5" --count 6000 --views 60 --variety 0 --seed "$((seed + 1))"
step train prior configs/quickstart/prior.yaml --run "$out/prior" "${device[@]}" \
  --set hand="$out/hand.h5" --set data.train.path="$out/patterns.h5" --set seed="$seed"
prior=$out/prior/checkpoints/last.safetensors
step train cues configs/quickstart/cues.yaml --run "$out/cues" "${device[@]}" \
  --set hand="$out/hand.h5" --set prior="$prior" --set data.train.path="$out/patterns.h5" --set seed="$seed"
step train sampler configs/quickstart/sampler.yaml --run "$out/sampler" "${device[@]}" \
  --set hand="$out/hand.h5" --set prior="$prior" --set cues="$out/cues/checkpoints/last.safetensors" \
  --set data.train="[{path: $out/images, split: train}]" --set seed="$seed"
sampler=$out/sampler/checkpoints/last.safetensors
step evaluate "$prior" --data "$out/patterns.h5" --split test --out "$out/evaluation/prior" "${device[@]}"
step evaluate "$sampler" --data "$out/images" --split test --protocol intaghand --out "$out/evaluation/sampler" "${device[@]}"
# A held-out image with its annotated box in place of a detector's.
read -r image box < <(python3 - "$out/images" <<'P'
import json, sys
data = json.load(open(f"{sys.argv[1]}/annotations/test/InterHand2.6M_test_data.json"))
image = data["images"][0]
box = next(a["bbox"] for a in data["annotations"] if a["image_id"] == image["id"])
print(f"{sys.argv[1]}/images/test/{image['file_name']}", ",".join(f"{number:.2f}" for number in box))
P
)
step predict "$sampler" "$image" --box "$box" --out "$out/predict" --write json,overlay,glb,hypotheses "${device[@]}"
# Exact 2D joints of held-out images in place of a detector's: hands are fitted to them with the prior.
step prepare interhand "$out/images" --out "$out/images.h5"
.venv/bin/python data_scripts/set_keypoints.py "$out/images.h5" --out "$out/keypoints.json" --split test --count 4
mapfile -t images < <(python3 -c 'import json, sys; print(*(f"{sys.argv[1]}/images/images/{name}" for name in json.load(open(f"{sys.argv[1]}/keypoints.json"))["images"]), sep="\n")' "$out")
step fit "$prior" "${images[@]}" --keypoints "$out/keypoints.json" --out "$out/fit" "${device[@]}"
python3 - "$out" "$SECONDS" "$peak" <<'P'
import json, sys
out, seconds, peak = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
prior = json.load(open(f"{out}/evaluation/prior/evaluation.json"))
sampler = json.load(open(f"{out}/evaluation/sampler/evaluation.json"))
summary = {
    "prior_joint_error_mm": prior["joint_mm"],
    "mpjpe_mm": sampler["metrics"]["mpjpe_mm"],
    "mpvpe_mm": sampler["metrics"]["mpvpe_mm"],
    "baseline_mpjpe_mm": sampler["baselines"]["mean_pose"]["mpjpe_mm"],
    "protocol": sampler["protocol"],
    "samples": sampler["samples"],
    "seconds": seconds,
    "peak_memory_gib": round(peak / 2**20, 2),
}
json.dump(summary, open(f"{out}/summary.json", "w"), indent=2)
P
step report "$out"
echo "For your own photographs see docs/keypoints.md; the prior is $prior" >&2
cat "$out/summary.json"
echo
echo "page: $out/report.html" >&2

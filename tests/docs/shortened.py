"""Replaces `interprior` and `torchrun` on the PATH: runs the real program with the same arguments, and shortens long commands by
smaller counts and additional options.

    INTERPRIOR_SHORTENED=PROGRAM python shortened.py WORD...      PROGRAM: the real program

tests/docs shortens commands only here; `run_pages.py --whole` does not use it.
"""
import os
import sys

PRIOR = ["loader.batch=16", "loader.workers=1", "fit.warmup=1", "fit.log_every=1", "fit.steps=3", "fit.checkpoint_every=1000",
         "fit.validate_every=1000"]
NETWORK = ["loader.batch=8", "loader.workers=1", "model.image_size=64", "model.extraction.features=8", "model.extraction.decoder=16",
           "model.fusion.width=24", "model.fusion.depth=1", "model.fusion.heads=2", "model.sampling.heads=2",
           "model.sampling.width=32", "fit.warmup=1", "fit.log_every=1", "fit.steps=3", "fit.checkpoint_every=1000",
           "fit.validate_every=1000"]
NARROW = ["model.extraction.trunk=resnet18", "model.extraction.width=8"]
MOST = {"--count": 400, "--rebuild": 40, "--nproc-per-node": 2, "--samples": 400, "--stop-after": 2}
IMAGES = {"--count": 90}


def capped(words, most):
    words = list(words)
    for at, word in enumerate(words[:-1]):
        if word in most and words[at + 1].isdigit():
            words[at + 1] = str(min(int(words[at + 1]), most[word]))
    return words


def overrides(prefix, keys):
    return [word for key in keys for word in ("--set", prefix + key)]


def network_of(words):
    """Overrides for a small network; a command with torchvision's weights keeps its backbone."""
    given = any("trunk_weights=" in word or "trunk=torchscript" in word for word in words)
    return NETWORK if given else NETWORK + NARROW


def shortened(words):
    command = words[:2]
    words = capped(words, MOST | (IMAGES if command == ["synthesize", "images"] else {}))
    if "--help" in words or "--replay" in words or "--list" in words:
        return words
    if command[:1] == ["evaluate"] and "--part" in words and "--batch" not in words:
        return words + ["--batch", "4"]  # parts consist of whole batches, and the generated data has few images
    if command == ["train", "prior"]:
        return words + overrides("", PRIOR)
    if command in (["train", "cues"], ["train", "sampler"]):
        return words + overrides("", network_of(words))
    if command == ["train", "all"]:
        return words + overrides("prior:", PRIOR) + overrides("cues:", NETWORK + NARROW) + overrides("sampler:", network_of(words))
    if command[:1] == ["sweep"]:
        one_seed = [] if "--seed" in words else ["--seed", "0"]
        return words + overrides("prior:", PRIOR) + overrides("cues+sampler:", network_of(words)) + one_seed
    return words


def main():
    program = os.environ["INTERPRIOR_SHORTENED"]
    words = sys.argv[1:]
    words = capped(words, MOST) if os.path.basename(program) == "torchrun" else shortened(words)
    os.execv(program, [program, *words])


if __name__ == "__main__":
    main()

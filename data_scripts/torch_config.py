"""Model configs that checkpoints contain: keys, defaults and choices as in the C++ structs, and the names of earlier versions."""
import yaml

from whole_file import InputError, require

# Keys that an older file lacks have these values. A test compares them with those of the C++ structs.
PRIOR_DEFAULTS = {"latent": 128, "width": 512, "depth": 4, "anchor": "knuckle", "density": "gaussian", "flow_layers": 12, "flow_width": 192}
SAMPLER_DEFAULTS = {
    "image_size": 256,
    "heatmap": {"kind": "iah", "neighbourhood": "image", "kernel": "laplace", "b": 1.5, "r": 4.0, "r_space": 0.02},
    "extraction": {"trunk": "resnet50", "width": 64, "features": 256, "decoder": 256, "source": "layer1", "trunk_file": ""},
    "fusion": {"kind": "vit", "patch": 8, "depth": 6, "width": 384, "heads": 6, "features": True, "iah": True, "mask": True},
    "sampling": {"queries": "joints", "heads": 6, "width": 512},
    "relative_translation": "image", "left_rotation": "prior", "decoder": "prior", "finetune_decoder": False, "refine": 0}
CHOICES = {
    "anchor": ["knuckle", "wrist"], "density": ["gaussian", "flow"], "heatmap.kind": ["none", "joint", "visible_all", "iah"],
    "heatmap.neighbourhood": ["image", "space"], "heatmap.kernel": ["laplace", "gaussian"],
    "extraction.trunk": ["resnet18", "resnet34", "resnet50", "torchscript"], "extraction.source": ["layer1", "decoder", "both"],
    "fusion.kind": ["vit", "mean"], "sampling.queries": ["pooled", "joints", "located"],
    "relative_translation": ["image", "prior", "both"], "left_rotation": ["image", "prior", "both"],
    "decoder": ["prior", "scratch", "direct"]}
OLD_CHOICES = {"extraction.source": {"stem": "layer1"}}
LARGEST = 8192  # of any size in a config
MAY_BE_ZERO = ("depth", "fusion.depth", "refine")


def _value(key, given, default, where):
    """A leaf of a config, checked against the type of its default."""
    if isinstance(default, str):
        given = OLD_CHOICES.get(key, {}).get(given, given) if isinstance(given, str) else given
        known = CHOICES.get(key)
        require(isinstance(given, str) and (known is None or given in known),
                f"{where}: {key} is {given!r}" + (f", which is none of {', '.join(known)}" if known else ", not a text"))
        return given
    if isinstance(default, bool):
        require(isinstance(given, bool), f"{where}: {key} is {given!r}, neither true nor false")
        return given
    kind = (int, float) if isinstance(default, float) else int
    require(isinstance(given, kind) and not isinstance(given, bool), f"{where}: {key} is {given!r}, not a number")
    least = 0 if isinstance(default, float) or key in MAY_BE_ZERO else 1
    require(least <= given <= LARGEST, f"{where}: {key} is {given}, out of range")
    return type(default)(given)


def _resolved(given, defaults, where, prefix=""):
    require(isinstance(given, dict), f"{where}: {prefix.rstrip('.') or 'the config'} is no section of keys")
    for key in given:
        require(key in defaults, f"{where}: there is no config key {prefix}{key}; take the data_scripts of the version that wrote the file")
    result = {}
    for key, default in defaults.items():
        if isinstance(default, dict):
            result[key] = _resolved(given.get(key, {}), default, where, f"{prefix}{key}.")
        else:
            result[key] = _value(prefix + key, given.get(key, default), default, where)
    return result


def _parsed(text, where):
    try:
        return yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{where} is not YAML: the file is damaged") from error


def prior_config(text, format, where):
    """A resolved config from the YAML of a checkpoint's `prior_model`; format: the checkpoint's."""
    config = _resolved(_parsed(text, where), PRIOR_DEFAULTS, where)
    if format < 3:
        config["density"] = "gaussian"
    return config


def sampler_config(text, where):
    """A resolved config from the YAML of a checkpoint's `sampler_model`, with the cross-checks of C++."""
    config = _resolved(_parsed(text, where), SAMPLER_DEFAULTS, where)
    extraction, fusion, size = config["extraction"], config["fusion"], config["image_size"]
    require(extraction["trunk"] != "torchscript", f"{where}: its backbone is the TorchScript {extraction['trunk_file']}, which only the "
            "C++ program loads: train with extraction.trunk resnet18, resnet34 or resnet50")
    require(size % 32 == 0, f"{where}: image_size {size} is not a multiple of 32")
    require(fusion["kind"] == "mean" or size // 4 % fusion["patch"] == 0, f"{where}: patches of {fusion['patch']} do not tile a map of "
            f"{size // 4} cells")
    for heads in (fusion["heads"], config["sampling"]["heads"]):
        require(fusion["width"] % heads == 0, f"{where}: fusion.width {fusion['width']} is not divisible by {heads} heads")
    joints = config["heatmap"]["kind"] in ("joint", "iah")
    require(config["sampling"]["queries"] != "located" or joints, f"{where}: located queries need a heatmap of each joint")
    maps = config["heatmap"]["kind"] != "none"
    require(fusion["features"] or fusion["mask"] or (fusion["iah"] and maps), f"{where}: fusion has no input")
    require(extraction["source"] != "both" or extraction["features"] % 2 == 0, f"{where}: extraction.features is odd, but source is both")
    return config


def difference(ours, theirs, prefix=""):
    """The first key that differs between two resolved configs, as a text; None if they are equal."""
    for key, value in ours.items():
        other = theirs.get(key)
        if isinstance(value, dict):
            found = difference(value, other or {}, f"{prefix}{key}.")
            if found:
                return found
        elif value != other:
            return f"{prefix}{key} is {value}, not {other}"
    return None

"""What real torch says of generated modules: one JSON question a line on standard input, one answer a line.

A question is {id, code, entries: [[name, dtype, shape, kind, tie, requires_grad]], file}: dtype is torch's name or null
where any will do, kind is parameter, buffer, other or value, tie the index of the first entry that is the same tensor or
-1, requires_grad true, false or null for any. With a file, its weights are loaded too, on the CPU.
"""

import json
import sys
import warnings

import torch

warnings.filterwarnings("ignore")

# What values layers begin with is nothing here, and half of the time.
for name in dir(torch.nn.init):
    if name.endswith("_") and not name.startswith("_"):
        setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)


def same_tensor(a, b):
    if a is b:
        return True
    return a.untyped_storage()._cdata == b.untyped_storage()._cdata and a.storage_offset() == b.storage_offset()


def wrong_with(question):
    """Problems in words, and whether the order is that of the question."""
    problems = []
    namespace = {"__name__": "model"}
    exec(compile(question["code"], question["id"], "exec"), namespace)
    with torch.device("meta"):
        model = namespace["build"]()
    found = model.state_dict(keep_vars=True)
    entries = question["entries"]
    names = [entry[0] for entry in entries]
    if sorted(found) != sorted(names):
        missing = sorted(set(names) - set(found))[:5]
        more = sorted(set(found) - set(names))[:5]
        return [f"names: not there {missing}, too many {more}"], False
    parameters = dict(model.named_parameters(remove_duplicate=False))
    buffers = dict(model.named_buffers(remove_duplicate=False))
    weights = {}
    for index, (name, dtype, shape, kind, tie, requires_grad) in enumerate(entries):
        tensor = found[name]
        registered = "parameter" if name in parameters else "buffer" if name in buffers else "value"
        # What is neither parameter nor buffer is stored as a buffer, or said by a module.
        if registered != kind and not (kind == "other" and registered in ("buffer", "value")):
            problems.append(f"{name}: {registered}, not {kind}")
            continue
        if registered == "value":
            weights[name] = None
            continue
        if list(tensor.shape) != shape:
            problems.append(f"{name}: shape {list(tensor.shape)}, not {shape}")
        if dtype is not None and str(tensor.dtype) != f"torch.{dtype}":
            problems.append(f"{name}: {tensor.dtype}, not {dtype}")
        if requires_grad is not None and tensor.requires_grad != requires_grad:
            problems.append(f"{name}: requires_grad {tensor.requires_grad}, not {requires_grad}")
        if tie >= 0 and not same_tensor(tensor, found[names[tie]]):
            problems.append(f"{name}: not tied to {names[tie]}")
        weights[name] = torch.empty(shape, dtype=tensor.dtype, device="meta")
    distinct = len({id(tensor) for name, tensor in found.items() if name in parameters})
    wanted = sum(1 for entry in entries if entry[3] == "parameter" and entry[4] < 0)
    if distinct != wanted:
        problems.append(f"{distinct} parameters, not {wanted}")
    try:
        model.load_state_dict(weights, strict=True)
    except Exception as error:
        problems.append(f"load_state_dict: {str(error)[:300]}")
    try:
        model(1)
        problems.append("forward does something")
    except NotImplementedError as error:
        if " " not in str(error):
            problems.append("forward says nothing")
    if question.get("file") and not problems:
        problems += wrong_with_file(namespace, question)
    return problems, list(found) == names


def wrong_with_file(namespace, question):
    """Loads the file into a module on the CPU, as the program does when it is run."""
    model = namespace["build"]()
    prefix = question["at"] + "." if question["at"] not in ("", "(loose tensors)") else ""
    try:
        inside = namespace["weights"](question["file"], {prefix + key for key in model.state_dict()})
    except Exception:
        return []  # torch itself does not read it: pickles that weights_only refuses, archives that it finds broken
    if question["at"] == "(loose tensors)":
        found = {name: inside[name] for name in model.state_dict()}
    else:
        found = {name[len(prefix) :]: value for name, value in inside.items() if name.startswith(prefix)}
    try:
        model.load_state_dict(found, strict=True)
    except Exception as error:
        return [f"file: {type(error).__name__} {str(error)[:300]}"]
    return [
        f"file: {name} has other values"
        for name, value in model.state_dict().items()
        if isinstance(value, torch.Tensor) and bytes_of(value) != bytes_of(found[name].to(value.dtype))
    ][:3]


def bytes_of(tensor):
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous().view(-1)
    # A file may have any byte for True.
    plain = plain.to(torch.uint8).ne(0).to(torch.uint8) if plain.dtype == torch.bool else plain.view(torch.uint8)
    return plain.numpy().tobytes()


for line in sys.stdin:
    question = json.loads(line)
    try:
        problems, in_order = wrong_with(question)
    except Exception as error:
        problems, in_order = [f"{type(error).__name__}: {str(error)[:300]}"], False
    print(json.dumps({"id": question["id"], "problems": problems, "inOrder": in_order}), flush=True)

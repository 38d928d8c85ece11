"""Writes src/formats/gguf/original-names.ts: what tensors of a GGUF file are in the models of transformers.

    python scripts/gguf/originals.py fixtures/gguf/names.json.br src/formats/gguf/original-names.ts

The pairs of fixtures/generate/gguf_names.py turned round: what several architectures have in common is written once.
"""
import json
import re
import sys

import brotli

with open(sys.argv[1], "rb") as file:
    models = json.loads(brotli.decompress(file.read()))["models"]

ENDING = re.compile(r"\.(?:weight|bias)$")


def pattern(ours, theirs, shape):
    """Both with `#` for the number of the block, theirs with `*` for that of what is stacked."""
    block = re.match(r"(?:enc\.|dec\.)?blk\.(\d+)\.", ours)
    if block:
        number = block.group(1)
        ours = ours.replace(f"blk.{number}.", "blk.#.", 1)
        theirs = [re.sub(rf"\.{number}\.", ".#.", name, count=1) for name in theirs]
    if len(theirs) > 1:
        assert len(theirs) == shape[0], (ours, theirs)
        theirs = [re.sub(r"\.\d+(?=\.)", ".*", name) for name in theirs]
    [one] = set(theirs)
    return ours, one


rows = {}
for model in models:
    whole = {}
    for ours, theirs in model["of"].items():
        for name in theirs:
            whole.setdefault(name, []).append(ours)
    for ours, theirs in model["of"].items():
        ours_as, theirs_as = pattern(ours, theirs, model["ours"][ours])
        if any(len(whole[name]) > 1 for name in theirs):
            theirs_as = "/" + theirs_as
        ends = [ENDING.search(name) for name in (ours_as, theirs_as)]
        if all(ends) and ends[0].group() == ends[1].group():
            ours_as, theirs_as = ENDING.sub(".", ours_as), ENDING.sub(".", theirs_as)
        rows.setdefault((ours_as, theirs_as), {})[model["architecture"]] = None

groups = {}
for pair, architectures in rows.items():
    groups.setdefault(" ".join(architectures), []).append(pair)
lines = []
every = list(dict.fromkeys(model["architecture"] for model in models))
for architectures, pairs in groups.items():
    those = architectures.split(" ")
    others = [each for each in every if each not in those]
    lines.append(f"[{architectures}]" if len(those) <= len(others) else f"[{' '.join(['!', *others])}]")
    by_ours = {}
    for ours, theirs in pairs:
        by_ours.setdefault(ours, []).append(theirs)
    lines += [" ".join([ours, *theirs]) for ours, theirs in by_ours.items()]
text = "\n".join([" ".join(every), *lines]).replace("blk.#.", "@").replace("model.layers.#.", "&")
with open(sys.argv[2], "w") as file:
    file.write(f"""// Written by scripts/gguf/originals.py from the names of gguf (MIT) and transformers (Apache 2.0).

/**
 * All architectures, and what tensors of a GGUF file are in models of transformers, below the architectures that have them; `!`
 * means all others. `#` is the number of the block, `@` is `blk.#.`, `&` is `model.layers.#.`, `*` the number of an expert or a head
 * of which all are stacked, and a `/` stands before a tensor that is kept in several. Both may end with a dot, which `weight` or
 * `bias` follows.
 */
export const originalNames = `
{text}
`
""")
print(len(text), "bytes,", len(rows), "names")

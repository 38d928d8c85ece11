"""What huggingface_hub makes of an imitation of the Hub: one JSON object a line, {what, got}."""

import hashlib
import json
import os
import sys

os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
import huggingface_hub as hub  # noqa: E402
from huggingface_hub import errors  # noqa: E402

endpoint, work = sys.argv[1:3]
only = sys.argv[3] if len(sys.argv) > 3 else None
api = hub.HfApi(endpoint=endpoint, token=False)


def tell(what, work):
    if only is not None and what != only:
        return
    try:
        got = work()
    except Exception as error:
        got = type(error).__name__
    print(json.dumps({"what": what, "got": got}), flush=True)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def download(repo, name, **more):
    return digest(hub.hf_hub_download(repo, name, endpoint=endpoint, cache_dir=f"{work}/cache", token=False, **more))


def tensors(repo, **more):
    found = api.get_safetensors_metadata(repo, **more)
    return sorted(name for file in found.files_metadata.values() for name in file.tensors)


print(json.dumps({"what": "version", "got": hub.__version__}), flush=True)
tell("list", lambda: sorted(api.list_repo_files("org/m")))
tell("list in pages", lambda: sorted(one.path for one in api.list_repo_tree("org/many", recursive=True)))
tell("list a folder at a revision", lambda: sorted(one.path for one in api.list_repo_tree("org/m", "sub dir", revision="feat/x")))
tell("sizes", lambda: {one.path: one.size for one in api.get_paths_info("org/m", ["config.json", "model.safetensors"])})
tell("download of git", lambda: download("org/m", "config.json"))
tell("download of storage", lambda: download("org/m", "model.safetensors"))
tell("download from a folder at a revision", lambda: download("org/m", "sub dir/m.safetensors", revision="feat/x"))
tell("download of a renamed model", lambda: download("org/old", "model.safetensors"))
tell("header of one file", lambda: tensors("org/m"))
tell("header of a large file", lambda: len(tensors("org/bert")))
tell("headers of shards", lambda: tensors("org/sharded"))
tell("headers of 163 shards", lambda: len(tensors("org/large")))
tell("a missing model", lambda: api.model_info("org/none").sha)
tell("a missing file", lambda: download("org/m", "none.bin"))
tell("a missing revision", lambda: download("org/m", "config.json", revision="none"))
tell("a gated model", lambda: download("org/gated", "model.safetensors"))
tell("commit", lambda: api.model_info("org/m").sha)

"""Names and kinds of the tensors that classes of packages define: python scripts/tokens/definitions.py FILE... > definitions.jsonl

Each FILE is a wheel or source archive of a package. Nothing of it is run: its text is parsed, and `register_buffer`,
`register_parameter` and assignments of `Parameter` are looked up in each class. One line a class:
{"package", "version", "class", "entries": [[name, "p" or "b", rank or null]]}. Integers and what is not saved are left out.
"""

import ast
import json
import re
import sys
import tarfile
import zipfile


def texts(path):
    if path.endswith((".whl", ".zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".py"):
                    yield name, archive.read(name)
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".py"):
                    yield member.name, archive.extractfile(member).read()


def called(node):
    """The last name of what is called: `zeros` of `torch.zeros(3)`."""
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else None


def text(node):
    """A constant text; numbers of a formatted one are `#`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
    return None


INTEGERS = {"long", "int", "int64", "int32", "bool", "uint8", "int16", "int8", "short"}
SIZED = {"zeros", "ones", "randn", "rand", "empty", "full"}


def is_integer(node):
    """Whether an expression names an integer type, or makes one by default."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in INTEGERS:
            return True
    name = called(node)
    if name == "arange":
        return not any(isinstance(part, ast.Attribute) and "float" in part.attr for part in ast.walk(node))
    if name in ("tensor", "as_tensor") and node.args:
        value = node.args[0]
        return isinstance(value, ast.Constant) and isinstance(value.value, (int, bool)) and not isinstance(value.value, float)
    return name in ("randperm", "ByteTensor", "LongTensor", "BoolTensor", "IntTensor")


def rank(node):
    """Dimensions of a tensor as it is made, where that can be seen; 0 for one element, -2 for a square."""
    if isinstance(node, ast.Call) and called(node) in ("Parameter", "float", "to", "double", "clone", "contiguous") and (
        node.args or isinstance(node.func, ast.Attribute)
    ):
        inner = node.args[0] if called(node) == "Parameter" and node.args else getattr(node.func, "value", None)
        return rank(inner) if inner is not None else None
    name = called(node)
    if name == "eye":
        return -2
    if name in ("linspace", "hann_window", "hamming_window", "logspace"):
        return 1
    if name in ("tensor", "as_tensor") and node.args:
        value = node.args[0]
        if isinstance(value, ast.Constant):
            return 0
        if isinstance(value, (ast.List, ast.Tuple)):
            return 2 if value.elts and isinstance(value.elts[0], (ast.List, ast.Tuple)) else 1
    if name in SIZED:
        sizes = node.args[: 1 if name == "full" else None]
        if len(sizes) == 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
            sizes = sizes[0].elts
        if any(isinstance(size, ast.Starred) for size in sizes):
            return None
        if all(isinstance(size, ast.Constant) and size.value == 1 for size in sizes):
            return 0
        return len(sizes) if sizes and all(not isinstance(size, (ast.Call, ast.Subscript)) for size in sizes) else None
    return None


def entries(node):
    found = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and called(part) in ("register_buffer", "register_parameter") and part.args:
            name = text(part.args[0])
            value = part.args[1] if len(part.args) > 1 else None
            options = {keyword.arg: keyword.value for keyword in part.keywords}
            value = value or options.get("tensor") or options.get("param") or options.get("parameter")
            persistent = options.get("persistent", part.args[2] if len(part.args) > 2 else None)
            if name is None or (isinstance(persistent, ast.Constant) and persistent.value is False):
                continue
            is_buffer = called(part) == "register_buffer"
            if isinstance(value, ast.Constant) and value.value is None:
                continue
            if is_buffer and value is not None and is_integer(value):
                continue
            found.setdefault(name, ["b" if is_buffer else "p", rank(value) if value is not None else None])
        elif isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            if called(part.value) not in ("Parameter", "UninitializedParameter"):
                continue
            for target in targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                    found.setdefault(target.attr, ["p", rank(part.value)])
    return [[name, *rest] for name, rest in found.items()]


for path in sys.argv[1:]:
    package, version = re.match(r"(.*?)-(\d[^-]*?)(?:-|\.tar|\.zip)", path.rsplit("/", 1)[-1]).groups()
    for name, source in texts(path):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                known = entries(node)
                if known:
                    print(json.dumps({"package": package, "version": version, "class": node.name, "entries": known}))

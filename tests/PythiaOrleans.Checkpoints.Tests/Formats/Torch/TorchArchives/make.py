"""Writes the archives of this folder with real PyTorch (Debian's python3-torch, 1.13), and beside each what PyTorch itself reads from it.

Run once, in this folder: /usr/bin/python3 make.py. The tests read the results; they need no Python.
"""
import builtins, collections, hashlib, io, json, os, pickle, zipfile
import torch

torch.manual_seed(20260711)


def expect(name, tensors):
    """What every tensor holds: type, shape, SHA-256 of its contiguous bytes."""
    facts = {}
    for key, value in tensors.items():
        value = value.detach().contiguous()
        data = bytes(value.view(torch.uint8).flatten().tolist()) if value.dim() and value.element_size() > 1 and value.numel() else bytes(
            value.reshape(-1).view(torch.uint8).tolist()) if value.numel() else b""
        facts[key] = {"dtype": str(value.dtype).split(".")[1], "shape": list(value.shape), "sha256": hashlib.sha256(data).hexdigest()}
    with open(name + ".json", "w") as out:
        json.dump(facts, out, indent=1, sort_keys=True)
        out.write("\n")


def save(name, tensors, **how):
    torch.save(tensors, name + ".bin", **how)
    expect(name, {k: v for k, v in torch.load(name + ".bin").items() if isinstance(v, torch.Tensor)})


def variety():
    base = torch.arange(60, dtype=torch.float32).reshape(6, 10) / 7
    state = collections.OrderedDict()
    state["whole"] = base
    state["rows"] = base[2:5]              # shared storage, contiguous view with an offset
    state["columns"] = base[:, 3:7]        # strided view
    state["transposed"] = base.t()
    state["cube"] = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4).permute(2, 0, 1)
    state["every_second"] = torch.arange(11, dtype=torch.int64)[1::2]
    state["half"] = torch.randn(5, 3).half()
    state["bfloat"] = torch.randn(4).bfloat16()
    state["scalar"] = torch.tensor(-1e9)
    state["empty"] = torch.zeros(0, 4)
    state["mask"] = torch.tril(torch.ones(4, 4, dtype=torch.uint8)).view(1, 1, 4, 4)
    state["bool"] = torch.tensor([True, False, True])
    state["int8"] = torch.tensor([-1, 2], dtype=torch.int8)
    state["int16"] = torch.tensor([-300, 2], dtype=torch.int16)
    state["int32"] = torch.tensor([-70000, 2], dtype=torch.int32)
    state["parameter"] = torch.nn.Parameter(torch.randn(2, 2))
    state["ünïcode.weight"] = torch.ones(1)
    state["a_number"] = 7                  # no tensor: left out
    return state


def module():
    """A module's state dict carries attributes (_metadata), as Hugging Face's files do."""
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.LayerNorm(3)).half().state_dict()


for protocol in (2, 3, 4, 5):
    save(f"zip-protocol{protocol}", variety(), pickle_protocol=protocol)
    save(f"legacy-protocol{protocol}", variety(), pickle_protocol=protocol, _use_new_zipfile_serialization=False)
save("zip-module", module())
save("legacy-module", module(), _use_new_zipfile_serialization=False)


def neox(d=8, layers=2, rows=16, ctx=4):
    state = collections.OrderedDict()
    def weight(name, *shape):
        state[name] = torch.randn(*shape).half()
    weight("gpt_neox.embed_in.weight", rows, d)
    for i in range(layers):
        p = f"gpt_neox.layers.{i}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weight(p + norm + ".weight", d); weight(p + norm + ".bias", d)
        state[p + "attention.bias"] = torch.tril(torch.ones(ctx, ctx, dtype=torch.uint8)).view(1, 1, ctx, ctx)
        state[p + "attention.masked_bias"] = torch.tensor(-1e9).half()
        state[p + "attention.rotary_emb.inv_freq"] = torch.ones(1).half()
        for name, out, inn in (("attention.query_key_value", 3 * d, d), ("attention.dense", d, d), ("mlp.dense_h_to_4h", 4 * d, d), ("mlp.dense_4h_to_h", d, 4 * d)):
            weight(p + name + ".weight", out, inn); weight(p + name + ".bias", out)
    weight("gpt_neox.final_layer_norm.weight", d); weight("gpt_neox.final_layer_norm.bias", d)
    weight("embed_out.weight", rows, d)
    return state


whole = neox()
save("neox", whole)
save("neox-legacy", whole, _use_new_zipfile_serialization=False)
names = list(whole)
parts = [names[: len(names) // 2], names[len(names) // 2 :]]
for k, part in enumerate(parts, 1):
    torch.save(collections.OrderedDict((n, whole[n]) for n in part), f"neox-0000{k}-of-00002.bin")
with open("neox.index.json", "w") as out:
    json.dump({"metadata": {}, "weight_map": {n: f"pytorch_model-0000{k}-of-00002.bin" for k, part in enumerate(parts, 1) for n in part}}, out)


class Evil:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


# What a stranger's file may try. None of them is ever loaded here.
attacks = {
    "system": Evil(os.system, "touch pythia-was-here"),
    "eval": Evil(builtins.eval, "1+1"),
    "nested": Evil(torch._utils._rebuild_parameter, Evil(builtins.getattr, Evil(__import__, "os"), "system"), False, collections.OrderedDict()),
    "load": Evil(torch.storage._load_from_bytes, b"x"),
}
for name, attack in attacks.items():
    torch.save({"embed_out.weight": attack}, f"evil-{name}.bin")
    torch.save({"embed_out.weight": attack}, f"evil-legacy-{name}.bin", _use_new_zipfile_serialization=False)
torch.save({"a": torch.zeros(1).expand(1 << 20, 1 << 20)}, "evil-expanded.bin")
torch.save([torch.zeros(2)], "evil-list.bin")
torch.save({"epoch": 3}, "evil-no-tensor.bin")

# Views that leave their storage of 60 elements, and a storage that is said to be longer than its bytes.
storage = torch.arange(60, dtype=torch.float32).storage()
views = {
    "offset": (55, (6,), (1,)),
    "stride": (0, (6, 10), (11, 1)),
    "many": (0, (4, 4, 4), (1, 1, 1)),
    "overflow": (0, (2, 2), ((1 << 63) - 1, (1 << 63) - 1)),
    "negative": (0, (6,), (-1,)),
    "ranks": (0, (6, 10), (10,)),
}
for name, (offset, size, stride) in views.items():
    view = Evil(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, collections.OrderedDict())
    torch.save({"a": view}, f"evil-view-{name}.bin")


class Claim(pickle._Pickler):
    def persistent_id(self, value):
        return ("storage", torch.FloatStorage, "0", "cpu", (10 << 30) // 4) if isinstance(value, type(storage)) else None


claimed = io.BytesIO()
Claim(claimed, 2).dump({"a": Evil(torch._utils._rebuild_tensor_v2, storage, 0, ((10 << 30) // 4,), (1,), False, collections.OrderedDict())})
with zipfile.ZipFile("evil-view-claim.bin", "w", zipfile.ZIP_STORED) as out:
    for name, data in (("archive/data.pkl", claimed.getvalue()), ("archive/data/0", bytes(240)), ("archive/version", b"3\n")):
        out.writestr(zipfile.ZipInfo(name), data)

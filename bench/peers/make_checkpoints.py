#!/usr/bin/env python3
"""Write seeded half-precision GPT-NeoX checkpoints of the real shapes: OUT/pythia-70m/step0, .../step1000, and OUT/tokens.npy.

  make_checkpoints.py OUT MODEL [MODEL ...] [--last STEP]

--last also lays out steps 2000, 3000 ... of each model, which share step 1000's file.

Step 0 is Gaussian with Pythia's initial scales; step 1000 adds a drift of rank 8 with falling strengths, so that spectra have outliers and directions have gaps.
Every array is a function of its name and the seed.
"""
import argparse
import json
import os
import shutil
import struct
import zlib

import numpy as np

SEED = 1
VOCABULARY, TOKENS = 50304, 50277
SHAPES = {  # blocks, hidden, heads
    "pythia-70m": (6, 512, 8), "pythia-160m": (12, 768, 12), "pythia-410m": (24, 1024, 16), "pythia-1b": (16, 2048, 8), "pythia-1.4b": (24, 2048, 16),
    "pythia-6.9b": (32, 4096, 32),
}


def config(blocks, hidden, heads):
    return {
        "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "hidden_size": hidden, "num_hidden_layers": blocks,
        "num_attention_heads": heads, "intermediate_size": 4 * hidden, "vocab_size": VOCABULARY, "max_position_embeddings": 2048,
        "rotary_pct": 0.25, "rotary_emb_base": 10000, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "use_parallel_residual": True,
        "tie_word_embeddings": False, "torch_dtype": "float16", "bos_token_id": 0, "eos_token_id": 0,
    }


def shapes(blocks, d):
    yield "gpt_neox.embed_in.weight", (VOCABULARY, d)
    for block in range(blocks):
        p = f"gpt_neox.layers.{block}."
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield p + norm + ".weight", (d,)
            yield p + norm + ".bias", (d,)
        for name, shape in (("attention.query_key_value", (3 * d, d)), ("attention.dense", (d, d)), ("mlp.dense_h_to_4h", (4 * d, d)), ("mlp.dense_4h_to_h", (d, 4 * d))):
            yield p + name + ".weight", shape
            yield p + name + ".bias", shape[:1]
    yield "gpt_neox.final_layer_norm.weight", (d,)
    yield "gpt_neox.final_layer_norm.bias", (d,)
    yield "embed_out.weight", (VOCABULARY, d)


def values(name, shape, d, blocks, step):
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    if len(shape) == 1:
        noise = rng.standard_normal(shape) * 0.01 * (step > 0)
        return ("norm.weight" in name) + noise
    late = name.endswith(("attention.dense.weight", "4h_to_h.weight"))
    scale = 2 / blocks / np.sqrt(d) if late else np.sqrt(2 / (5 * d))
    w = rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)
    if step > 0:
        left, right = rng.standard_normal((shape[0], 8)), rng.standard_normal((8, shape[1]))
        strength = scale * 6 / np.arange(1, 9) / np.sqrt(min(shape)) * 2
        w += ((left * strength) @ right).astype(np.float32)
    return w


def write(folder, blocks, d, heads, step):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(config(blocks, d, heads), f)
    header, offset = {}, 0
    for name, shape in shapes(blocks, d):
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes(blocks, d):
            f.write(values(name, shape, d, blocks, step).astype(np.float16).tobytes())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("root")
    p.add_argument("models", nargs="+", choices=SHAPES)
    p.add_argument("--last", type=int, default=1000)
    args = p.parse_args()
    root, models = args.root, args.models
    os.makedirs(root, exist_ok=True)
    np.save(os.path.join(root, "tokens.npy"), np.random.default_rng(SEED).integers(0, TOKENS, (8, 512)).astype(np.int32))
    for model in models:
        blocks, d, heads = SHAPES[model]
        for step in (0, 1000):
            folder = os.path.join(root, model, f"step{step}")
            if not os.path.exists(os.path.join(folder, "model.safetensors")):
                write(folder, blocks, d, heads, step)
        for step in range(2000, args.last + 1, 1000):
            target = os.path.join(root, model, f"step{step}")
            if not os.path.exists(target):
                shutil.copytree(os.path.join(root, model, "step1000"), target, copy_function=os.link)


main()

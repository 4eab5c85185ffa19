#!/usr/bin/env python3
"""What PyTorch takes for the same quantities on the same device: one JSON line a quantity.

  peer.py FOLDER DEVICE ROWS LENGTH     FOLDER holds config.json and a half-precision model.safetensors of a GPT-NeoX

weight-spectrum: singular values of every matrix. residual-stream: a forward pass, norms and maxima of the stream, the loss.
weight-gradients: forward and backward, the norm of every gradient. Each twice; the second time counts.
"""
import json
import os
import struct
import sys
import time

import torch

F = torch.nn.functional


def load(folder, device):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = torch.frombuffer(bytearray(file.read()), dtype=torch.float16)
    weights = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            weights[name.removeprefix("gpt_neox.")] = data[first // 2:end // 2].view(entry["shape"]).to(device).float()
    return config, weights


def forward(config, w, tokens, watch):
    heads, blocks = config["num_attention_heads"], config["num_hidden_layers"]
    size = config["hidden_size"] // heads
    turned = int(size * config["rotary_pct"])
    rows, length = tokens.shape
    places = torch.arange(length, device=tokens.device)
    rates = config["rotary_emb_base"] ** (-torch.arange(0, turned, 2, device=tokens.device) / turned)
    angles = torch.outer(places, rates).repeat(1, 2)

    def rotate(x):
        part, kept = x[..., :turned], x[..., turned:]
        a, b = part.chunk(2, -1)
        return torch.cat((part * angles.cos() + torch.cat((-b, a), -1) * angles.sin(), kept), -1)

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], config["layer_norm_eps"])

    def linear(x, name):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    x = F.embedding(tokens, w["embed_in.weight"])
    watch(x)
    for block in range(blocks):
        at = f"layers.{block}."
        q, k, v = linear(norm(x, at + "input_layernorm"), at + "attention.query_key_value").view(rows, length, heads, 3, size).permute(3, 0, 2, 1, 4)
        seen = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True)
        mixed = linear(seen.transpose(1, 2).reshape(rows, length, -1), at + "attention.dense")
        hidden = F.gelu(linear(norm(x, at + "post_attention_layernorm"), at + "mlp.dense_h_to_4h"))
        x = x + mixed + linear(hidden, at + "mlp.dense_4h_to_h")
        watch(x)
    logits = norm(x, "final_layer_norm")[:, :-1].flatten(0, 1) @ w["embed_out.weight"].T
    return F.cross_entropy(logits, tokens[:, 1:].flatten())


def spectrum(config, w, tokens):
    return sum(torch.linalg.svdvals(t)[0].item() for t in w.values() if t.ndim == 2)


def stream(config, w, tokens):
    found = []
    with torch.no_grad():
        loss = forward(config, w, tokens, lambda x: found.append(torch.stack((x.norm(dim=-1).mean(), x.abs().max(), x.std()))))
    return torch.stack(found).cpu(), loss.item()


def gradients(config, w, tokens):
    own = {name: t.detach().requires_grad_() for name, t in w.items()}
    forward(config, own, tokens, lambda x: None).backward()
    return torch.stack([t.grad.norm() for t in own.values()]).cpu()


def main():
    folder, device, rows, length = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    started = time.perf_counter()
    config, w = load(folder, device)
    print(json.dumps({"name": "load", "seconds": time.perf_counter() - started}), flush=True)
    torch.manual_seed(1)
    tokens = torch.randint(config["vocab_size"], (rows, length)).to(device)
    for name, work in (("residual-stream", stream), ("weight-gradients", gradients), ("weight-spectrum", spectrum)):
        for _ in range(2):
            started = time.perf_counter()
            work(config, w, tokens)
            if device != "cpu":
                torch.cuda.synchronize()
            seconds = time.perf_counter() - started
        print(json.dumps({"name": name, "seconds": seconds}), flush=True)


main()

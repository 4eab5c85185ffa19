#!/usr/bin/env python3
"""What `pythia sweep` measures, as a researcher writes it with torch, NumPy and SciPy: one checkpoint, one process.

  sweep.py ROOT MODEL --out FILE --only weight-moments,weight-distance,... [--threads 2]

Vectorised, in place where that is simple, tensors converted once. Fits of the logistic law and Student's t take a sample of 100,000 values of each matrix: on all
values SciPy needs minutes for one embedding. Neither pooled fits, the other laws, the tail and seriation, nor Marchenko-Pastur and power-law fits are made, which pythia does too.
"""
import argparse
import json
import os
import struct
import time

import numpy as np
import scipy.stats
import torch

SAMPLE = 100_000
PROBABILITIES = (np.arange(1, 514) - 0.5) / 513
TOKENS = 50277
F = torch.nn.functional


def load(folder):
    """Weights as half-precision tensors by name; torch.from_numpy shares the bytes that were read."""
    with open(os.path.join(folder, "config.json")) as f:
        config = json.load(f)
    with open(os.path.join(folder, "model.safetensors"), "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), np.fromfile(f, dtype=np.float16)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(data[begin // 2:end // 2].reshape(entry["shape"]))
    return config, tensors


def matrices(w):
    return {name: t for name, t in w.items() if t.ndim == 2}


# ---------------------------------------------------------------- weights

def weight_moments(config, w, **_):
    out = {}
    for name, t in w.items():
        x = t.double().flatten()
        mean = x.mean()
        d = x - mean
        square = d * d
        variance = square.mean()
        out[name] = {"min": x.min(), "max": x.max(), "mean": mean, "std": variance.sqrt(), "norm": x.norm(),
                     "skewness": (square * d).mean() / variance ** 1.5, "excess_kurtosis": (square * square).mean() / variance ** 2 - 3}
    return out


def weight_distance(config, w, reference=None, **_):
    out = {}
    for name, t in w.items():
        x, y = t.double().flatten(), reference[name].double().flatten()
        norm_x, norm_y, dot = x.norm(), y.norm(), x @ y
        out[name] = {"distance": (x - y).norm(), "cosine": dot / (norm_x * norm_y)}
    return out


def weight_distribution(config, w, **_):
    rng = np.random.default_rng(0)
    out = {}
    for name, t in matrices(w).items():
        x = t.float().flatten().numpy()
        mean, std = x.mean(dtype=np.float64), x.std(dtype=np.float64)
        histogram, _ = np.histogram(x, bins=201, range=(mean - 8 * std, mean + 8 * std))
        sample = (rng.choice(x, SAMPLE, replace=False) if x.size > SAMPLE else x).astype(np.float64)
        _, scale = scipy.stats.logistic.fit(sample)
        freedom, _, student_scale = scipy.stats.t.fit(sample)
        out[name] = {"histogram": histogram, "quantiles": np.quantile(x, PROBABILITIES), "logistic_scale": scale,
                     "student_freedom": freedom, "student_scale": student_scale}
    return out


def weight_spectrum(config, w, **_):
    out = {}
    for name, t in matrices(w).items():
        parts = {name: t.float()}
        if "query_key_value" in name:
            heads, d = config["num_attention_heads"], config["hidden_size"]
            split = t.float().view(heads, 3, d // heads, d)
            parts |= {name + "." + part: split[:, i].reshape(d, d) for i, part in enumerate(("query", "key", "value"))}
        for key, matrix in parts.items():
            s = torch.linalg.svdvals(matrix).double()
            share = s * s / (s * s).sum()
            out[key] = {"singular_values": s, "stable_rank": 1 / share[0], "effective_rank": torch.exp(-(share * share.log()).sum())}
    return out


def svd_directions(config, w, **_):
    unembed = w["embed_out.weight"][:TOKENS].float()
    heads, d = config["num_attention_heads"], config["hidden_size"]
    out = {}

    def keep(key, values, directions):                # one direction of the residual stream a row
        logits = directions @ unembed.T
        (high, tokens), (low, others) = torch.topk(logits, 20, dim=1), torch.topk(logits, 20, dim=1, largest=False)
        positive = (high[:, :1] >= -low[:, :1])
        out[key] = {"singular_values": values[:30], "tokens": torch.where(positive, tokens, others)}

    for block in range(config["num_hidden_layers"]):
        p = f"gpt_neox.layers.{block}."
        mlp_in = w[p + "mlp.dense_h_to_4h.weight"].float() * w[p + "post_attention_layernorm.weight"].float()
        _, s, vh = torch.linalg.svd(mlp_in, full_matrices=False)
        keep(f"{block}/mlp.dense_h_to_4h/weight", s, vh[:30])
        u, s, _ = torch.linalg.svd(w[p + "mlp.dense_4h_to_h.weight"].float(), full_matrices=False)
        keep(f"{block}/mlp.dense_4h_to_h/weight", s, u[:, :30].T)
        norm = w[p + "input_layernorm.weight"].float()
        value = w[p + "attention.query_key_value.weight"].float().view(heads, 3, d // heads, d)[:, 2] * norm
        output = w[p + "attention.dense.weight"].float().view(d, heads, d // heads)
        for head in range(heads):
            u, s, _ = torch.linalg.svd(output[:, head] @ value[head], full_matrices=False)
            keep(f"{block}/attention.ov/head{head}", s, u[:, :30].T)
    return out


def embedding_correlation(config, w, **_):
    return {"first": {"mean": np.corrcoef(w["gpt_neox.embed_in.weight"][:256].double().numpy()).mean()}}


# ---------------------------------------------------------------- activations

def rotate(x, cos, sin, n):
    rot, rest = x[..., :n], x[..., n:]
    half = torch.cat((-rot[..., n // 2:], rot[..., :n // 2]), -1)
    return torch.cat((rot * cos + half * sin, rest), -1)


def model(config, w, tokens, observe=lambda place, x: None):
    d, heads, eps = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    head = d // heads
    n = int(head * config["rotary_pct"])
    batch, length = tokens.shape
    angle = torch.arange(length)[:, None] / config["rotary_emb_base"] ** (torch.arange(0, n, 2) / n)
    cos, sin = torch.cat((angle, angle), -1).cos(), torch.cat((angle, angle), -1).sin()
    mask = torch.full((length, length), float("-inf")).triu(1)
    x = w["gpt_neox.embed_in.weight"][tokens]
    observe("embed_in", x)
    for block in range(config["num_hidden_layers"]):
        p = f"gpt_neox.layers.{block}."

        def linear(name, y):
            return F.linear(y, w[p + name + ".weight"], w[p + name + ".bias"])

        def norm(name):
            return F.layer_norm(x, (d,), w[p + name + ".weight"], w[p + name + ".bias"], eps)

        q, k, v = linear("attention.query_key_value", norm("input_layernorm")).view(batch, length, heads, 3, head).permute(3, 0, 2, 1, 4)
        q, k = rotate(q, cos, sin, n), rotate(k, cos, sin, n)
        attention = torch.softmax(q @ k.transpose(-1, -2) / head ** 0.5 + mask, -1) @ v
        x = x + linear("attention.dense", attention.transpose(1, 2).reshape(batch, length, d)) \
            + linear("mlp.dense_4h_to_h", F.gelu(linear("mlp.dense_h_to_4h", norm("post_attention_layernorm"))))
        observe(block, x)
    x = F.layer_norm(x, (d,), w["gpt_neox.final_layer_norm.weight"], w["gpt_neox.final_layer_norm.bias"], eps)
    observe("final_layer_norm", x)
    return F.linear(x, w["embed_out.weight"])


def loss_of(logits, tokens):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def statistics(x):
    x = x.detach().flatten()
    mean, std = x.double().mean(), x.double().std(unbiased=False)
    values = x.numpy()
    histogram, _ = np.histogram(values, bins=201, range=(float(mean - 8 * std), float(mean + 8 * std)))
    return {"max_abs": x.abs().max(), "mean": mean, "std": std, "excess_kurtosis": ((x.double() - mean) ** 4).mean() / std ** 4 - 3,
            "quantiles": np.quantile(values, PROBABILITIES), "histogram": histogram}


def residual_stream(config, w, tokens=None, **_):
    places = {}

    def observe(place, x):
        places[str(place)] = statistics(x) | {"inner_std": x[:, 1:].double().std(unbiased=False), "token_norm_mean": x.norm(dim=-1).mean()}

    with torch.no_grad():
        loss = loss_of(model(config, {k: t.float() for k, t in w.items()}, tokens, observe), tokens)
    return {"loss": {"loss": loss}} | places


def weight_gradients(config, w, tokens=None, **_):
    parameters = {k: t.float().requires_grad_() for k, t in w.items()}
    loss = loss_of(model(config, parameters, tokens), tokens)
    loss.backward()
    return {"loss": {"loss": loss}} | {name: {"norm": t.grad.double().norm()} | statistics(t.grad) for name, t in parameters.items() if t.ndim == 2}


def plain(x):
    return x.tolist() if hasattr(x, "tolist") else float(x)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("root")
    p.add_argument("model")
    p.add_argument("--out", required=True)
    p.add_argument("--only", required=True)
    p.add_argument("--threads", type=int, default=os.cpu_count(), help="Debian's torch would use one")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    started = time.perf_counter()
    config, w = load(os.path.join(args.root, args.model, "step1000"))
    _, reference = load(os.path.join(args.root, args.model, "step0")) if "weight-distance" in args.only else (None, None)
    tokens = torch.from_numpy(np.load(os.path.join(args.root, "tokens.npy")).astype(np.int64))
    seconds, results = {"load": time.perf_counter() - started}, {}
    for name in args.only.split(","):
        started = time.perf_counter()
        results[name] = globals()[name.replace("-", "_")](config, w, reference=reference, tokens=tokens)
        seconds[name] = time.perf_counter() - started
    with open(args.out, "w") as f:
        json.dump({"seconds": seconds, "results": results}, f, default=plain)


main()

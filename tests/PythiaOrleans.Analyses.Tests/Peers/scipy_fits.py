"""The fits of weight-distribution and weight-spectrum, by scipy, on matrices of a half-precision safetensors file.

  scipy_fits.py FILE TENSOR [TENSOR ...]        JSON on standard output

The tail's xmin is searched over every distinct |w| between the median and the 50th largest, with nothing cut short.
"""
import json
import struct
import sys

import numpy as np
import scipy.optimize
import scipy.stats


def tensors(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), f.read()
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            yield name, np.frombuffer(data[begin:end], dtype=np.float16).reshape(entry["shape"]).astype(np.float64)


def best_tail(sample, fewest, most):
    """The best of all tails of that many values: the Kolmogorov-Smirnov distance, alpha and the tail's beginning."""
    sample = np.sort(sample)
    # Half-precision values repeat: the sample's steps are those of its distinct values.
    distinct, first, counts = np.unique(sample, return_index=True, return_counts=True)
    best = (np.inf, None, None)
    for i, start in enumerate(first):
        tail, xmin = sample[start:], distinct[i]
        if not fewest <= tail.size <= most:
            continue
        shape, _, _ = scipy.stats.pareto.fit(tail, floc=0, fscale=xmin)
        steps = counts[i:] / tail.size
        through = np.cumsum(counts[i:]) / tail.size
        law = scipy.stats.pareto.cdf(distinct[i:], shape, scale=xmin)
        distance = max(np.abs(law - through).max(), np.abs(law - through + steps).max())
        if distance < best[0]:
            best = (distance, shape + 1, xmin)
    return {"distance": best[0], "alpha": best[1], "xmin": best[2]}


def maximum(logpdf, z, counts, shapes):
    """The best of several runs of a general optimiser over (log shape, location, log scale)."""
    def loss(p):
        return -np.average(logpdf(z, np.exp(p[0]), p[1], np.exp(p[2])), weights=counts)
    runs = [scipy.optimize.minimize(loss, [np.log(shape), 0.01, np.log(0.8)], method="Nelder-Mead",
                                    options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}) for shape in shapes]
    best = min(runs, key=lambda run: run.fun)
    return {"shape": np.exp(best.x[0]), "scale": np.exp(best.x[2]), "likelihood": -best.fun}


def main():
    out = {}
    for name, matrix in tensors(sys.argv[1]):
        if name not in sys.argv[2:]:
            continue
        x = matrix.ravel()
        z = (x - x.mean()) / x.std()
        magnitudes = np.abs(x[x != 0])
        squares = np.linalg.svd(matrix, compute_uv=False) ** 2
        values, counts = np.unique(z, return_counts=True)
        out[name] = {
            "student": maximum(scipy.stats.t.logpdf, values, counts, [3, 10, 60]),
            "general": maximum(scipy.stats.gennorm.logpdf, values, counts, [1.2, 2]),
            # scipy's own logistic.fit may stop 5e-4 below the maximum.
            "logistic": maximum(lambda x, _, location, scale: scipy.stats.logistic.logpdf(x, location, scale), values, counts, [1]),
            "tail": best_tail(magnitudes, 50, magnitudes.size // 2), "spectrum": best_tail(squares, 10, squares.size),
        }
    json.dump(out, sys.stdout, default=float)


main()

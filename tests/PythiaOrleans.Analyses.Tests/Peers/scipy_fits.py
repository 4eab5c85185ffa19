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


def pareto(sample, xmin):
    """alpha and Kolmogorov-Smirnov distance of the part of the sample from xmin on."""
    tail = np.sort(sample[sample >= xmin])
    shape, _, _ = scipy.stats.pareto.fit(tail, floc=0, fscale=xmin)
    # Half-precision values repeat: the sample's steps are those of its distinct values.
    values, counts = np.unique(tail, return_counts=True)
    through = np.cumsum(counts) / tail.size
    law = scipy.stats.pareto.cdf(values, shape, scale=xmin)
    return shape + 1, max(np.abs(law - through).max(), np.abs(law - through + counts / tail.size).max())


def best_tail(sample, fewest, most):
    candidates = np.unique(sample)
    counts = sample.size - np.searchsorted(np.sort(sample), candidates)
    best = (np.inf, None, None)
    for xmin in candidates[(counts >= fewest) & (counts <= most)]:
        alpha, distance = pareto(sample, xmin)
        if distance < best[0]:
            best = (distance, alpha, xmin)
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

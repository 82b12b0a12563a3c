"""Golden numbers for exact sums and for the performance of models.

Run: python performance.py > performance.json   (numpy, scikit-learn; versions are written into the output)

Sums are math.fsum. Regression metrics are computed in rational numbers and rounded once. scikit-learn's values are
stored beside them as a cross-check; where its conventions differ (nothing predicted, one class) it is left out.
Doubles whose last bit matters are stored as their 64 bits.
"""

import json
import math
import struct
import warnings
from fractions import Fraction

import numpy as np
import sklearn
from sklearn import metrics

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20240517)


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def root(x):
    """The square root of a fraction, to more digits than a double has."""
    scale = 10**400
    return float(Fraction(math.isqrt(int(x * scale * scale)), scale))


def sums():
    cases = {
        "empty": [],
        "one": [0.1],
        "ten_tenths": [0.1] * 10,
        "cancellation": [1e308, 1.0, -1e308],
        "cancellation_to_the_smallest": [1e308, 5e-324, -1e308],
        "ties_to_even_down": [1.0, 2.0**-53],
        "ties_to_even_up": [1.0 + 2.0**-52, 2.0**-53],
        "just_above_a_tie": [1.0, 2.0**-53, 2.0**-1000],
        "just_below_a_tie": [1.0, 2.0**-53, -(2.0**-1000)],
        "subnormals": [5e-324, 5e-324, 2.2250738585072014e-308, -5e-324],
        "subnormal_becomes_normal": [2.225073858507201e-308, 5e-324],
        "negative": [-1.5, -2.0**-60, 1e-300],
        "to_zero": [0.1, 0.2, -0.1, -0.2],
        "largest": [1.7976931348623157e308],
        "signed_zeros": [-0.0, -0.0],
    }
    for k in range(12):
        mantissa = rng.normal(size=60)
        spread = [3, 20, 100, 290][k % 4]
        values = (mantissa * 10.0 ** rng.integers(-spread, spread, size=60)).tolist()
        if k % 3 == 0:
            values += [-v for v in values[:55]]
        cases[f"random_{k}"] = values
    return [{"name": n, "values": [bits(v) for v in vs], "sum": bits(math.fsum(vs) + 0.0)} for n, vs in cases.items()]


def regression_case(name, prediction, label):
    prediction, label = [float(p) for p in prediction], [float(y) for y in label]
    n = len(label)
    case = {"name": name, "prediction": [bits(p) for p in prediction], "label": [bits(y) for y in label]}
    expected = {}
    if n == 0:
        expected = dict.fromkeys(["rmse", "mae", "mape", "r2", "bias"], "no_rows")
    else:
        # a row's error is the double that prediction - label gives
        e = [Fraction(p - y) for p, y in zip(prediction, label)]
        y = [Fraction(v) for v in label]
        square = sum(v * v for v in e)
        expected["rmse"] = root(square / n)
        expected["mae"] = float(sum(abs(v) for v in e) / n)
        expected["bias"] = float(sum(e) / n)
        filled = [(float(a), float(b)) for a, b in zip(e, y) if b != 0]
        expected["mape"] = math.fsum(abs(a / b) for a, b in filled) / len(filled) if filled else "zero_labels"
        spread = sum(v * v for v in y) - sum(y) ** 2 / n
        expected["r2"] = float(1 - square / spread) if spread else "constant_labels"
        if spread and name not in ("large_mean", "huge"):
            reference = {
                "rmse": metrics.root_mean_squared_error(label, prediction),
                "mae": metrics.mean_absolute_error(label, prediction),
                "r2": metrics.r2_score(label, prediction),
            }
            # scikit-learn divides by at least 2^-52
            if min(map(abs, label)) > 1e-15:
                reference["mape"] = metrics.mean_absolute_percentage_error(label, prediction)
            case["sklearn"] = {k: float(v) for k, v in reference.items()}
    return case | {"expected": expected}


def regression():
    cases = []
    for k in range(8):
        n = [5, 17, 40, 64][k % 4]
        label = rng.normal(loc=10 * k, scale=1 + k, size=n)
        cases.append(regression_case(f"normal_{k}", label + rng.normal(size=n), label))
    heavy = rng.standard_t(1.5, size=50) * 100
    cases.append(regression_case("heavy_tail", heavy * 0.8, heavy))
    cases.append(regression_case("large_mean", 1e9 + rng.normal(size=40), 1e9 + rng.normal(size=40)))
    cases.append(regression_case("huge", rng.normal(size=20) * 1e150, rng.normal(size=20) * 1e150))
    cases.append(regression_case("small", rng.normal(size=20) * 1e-100, rng.normal(size=20) * 1e-100))
    cases.append(regression_case("perfect", heavy, heavy))
    cases.append(regression_case("constant_labels", [1.0, 2.0, 3.5], [0.1, 0.1, 0.1]))
    cases.append(regression_case("constant_labels_and_perfect", [0.1] * 7, [0.1] * 7))
    cases.append(regression_case("zero_labels_among_others", [0.5, 1.0, 2.0, 3.0], [0.0, 1.5, 0.0, 4.0]))
    cases.append(regression_case("all_labels_zero", [0.5, -0.5], [0.0, -0.0]))
    cases.append(regression_case("one_row", [2.0], [4.0]))
    cases.append(regression_case("no_rows", [], []))
    cases.append(regression_case("mean_as_prediction", [2.5] * 4, [1.0, 2.0, 3.0, 4.0]))
    cases.append(regression_case("negative_labels", [-1.0, -2.0, -4.5], [-1.5, -2.0, -4.0]))
    return cases


def confusion_case(name, label, prediction, positive=None):
    label, prediction = [str(v) for v in label], [str(v) for v in prediction]
    n = len(label)
    classes = sorted(set(label) | set(prediction))

    def ratios(c):
        both = sum(a == b == c for a, b in zip(label, prediction))
        return {
            "precision": (both, prediction.count(c)),
            "recall": (both, label.count(c)),
            "f1": (2 * both, prediction.count(c) + label.count(c)),
        }

    if n == 0:
        expected = dict.fromkeys(["accuracy", "precision", "recall", "f1"], "no_rows")
        reference = {}
    else:
        expected = {"accuracy": sum(a == b for a, b in zip(label, prediction)) / n}
        reference = {"accuracy": metrics.accuracy_score(label, prediction)}
        if positive is None:
            for key in ("precision", "recall", "f1"):
                parts = [ratios(c)[key] for c in classes]
                expected[key] = float(np.mean([a / b if b else 0.0 for a, b in parts]))
            options = {"average": "macro", "zero_division": 0}
        else:
            codes = {"precision": "not_predicted", "recall": "one_class", "f1": "one_class"}
            for key, (a, b) in ratios(positive).items():
                expected[key] = a / b if b else codes[key]
            options = {"labels": [positive], "average": "macro", "zero_division": 0}
        for key, score in (("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score)):
            if not isinstance(expected[key], str):
                reference[key] = float(score(label, prediction, **options))
    return {"name": name, "label": label, "prediction": prediction, "positive": positive, "expected": expected,
            "sklearn": reference}


def confusion():
    cases = []
    for k in range(4):
        n = [10, 50, 100, 200][k]
        label = rng.random(n) < 0.1 + 0.2 * k
        prediction = label ^ (rng.random(n) < 0.2)
        cases.append(confusion_case(f"binary_{k}", label.astype(int), prediction.astype(int), "1"))
    for k in range(4):
        classes = np.array(["a", "b", "c", "d", "e"])[: 2 + k]
        label = rng.choice(classes, size=60)
        prediction = np.where(rng.random(60) < 0.6, label, rng.choice(classes, size=60))
        cases.append(confusion_case(f"macro_{k}", label, prediction))
    cases.append(confusion_case("perfect", list("aabbc"), list("aabbc")))
    cases.append(confusion_case("perfect_binary", list("0110"), list("0110"), "1"))
    cases.append(confusion_case("class_never_predicted", list("aabbc"), list("aabba")))
    cases.append(confusion_case("class_only_predicted", list("aabba"), list("aabbc")))
    cases.append(confusion_case("nothing_predicted_positive", list("0110"), list("0000"), "1"))
    cases.append(confusion_case("no_positive_label", list("0000"), list("0100"), "1"))
    cases.append(confusion_case("one_class", list("0000"), list("0000"), "1"))
    cases.append(confusion_case("one_class_macro", list("0000"), list("0000")))
    cases.append(confusion_case("one_row", ["1"], ["1"], "1"))
    cases.append(confusion_case("no_rows", [], [], "1"))
    cases.append(confusion_case("all_wrong", list("abab"), list("baba")))
    return cases


def score_case(name, score, label):
    score, label = np.asarray(score, dtype=float), np.asarray(label, dtype=int)
    n = len(score)
    case = {"name": name, "score": [bits(s) for s in score], "label": label.tolist()}
    if n == 0:
        return case | {"expected": dict.fromkeys(["auc", "log_loss", "brier", "calibration"], "no_rows")}
    p = np.clip(score, 1e-15, 1 - 1e-15)
    expected = {
        "log_loss": math.fsum(-np.where(label == 1, np.log(p), np.log1p(-p))) / n,
        "brier": math.fsum((score - label) ** 2) / n,
    }
    bin_of = np.minimum((score * 16).astype(int), 15)
    expected["calibration"] = math.fsum(
        abs(math.fsum(score[bin_of == b]) - label[bin_of == b].sum()) / n for b in range(16)
    )
    if 0 < label.sum() < n:
        positive, negative = score[label == 1], score[label == 0]
        higher = (positive[:, None] > negative[None, :]).sum() + 0.5 * (positive[:, None] == negative[None, :]).sum()
        expected["auc"] = float(higher / (len(positive) * len(negative)))
        case["sklearn"] = {
            "auc": float(metrics.roc_auc_score(label, score)),
            "brier": float(metrics.brier_score_loss(label, score)),
        }
        if score.min() > 1e-12 and score.max() < 1 - 1e-12:
            case["sklearn"]["log_loss"] = float(metrics.log_loss(label, score))
    else:
        expected["auc"] = "one_class"
    # on a grid of 1/1024 no two different scores share a bin (0 and 1 apart), so the bracket closes at ties
    case["grid"] = bool(np.all(score * 1024 == np.floor(score * 1024)) and score.max() < 1)
    return case | {"expected": expected}


def scores():
    cases = []
    for k in range(6):
        n = [8, 30, 100, 200, 50, 150][k]
        score = rng.beta(0.5 + k, 2, size=n)
        cases.append(score_case(f"calibrated_{k}", score, rng.random(n) < score))
    for k in range(4):
        score = rng.integers(0, 1024, size=120) / 1024
        cases.append(score_case(f"grid_{k}", score, rng.random(120) < score))
    cases.append(score_case("ties", rng.choice([0.25, 0.5, 0.75], size=60), rng.random(60) < 0.4))
    cases.append(score_case("all_scores_equal", [0.5] * 10, [0, 1] * 5))
    cases.append(score_case("crowded_in_one_bin", rng.random(50) * 0.0009, rng.random(50) < 0.3))
    cases.append(score_case("perfect", [0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1]))
    cases.append(score_case("worst", [1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1]))
    cases.append(score_case("reversed", [0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1]))
    cases.append(score_case("one_class_positive", [0.2, 0.9], [1, 1]))
    cases.append(score_case("one_class_negative", [0.2, 0.9, 0.0], [0, 0, 0]))
    cases.append(score_case("one_row", [0.7], [1]))
    cases.append(score_case("no_rows", [], []))
    cases.append(score_case("bin_edges", [0.0625, 0.125, 0.9375, 1.0, 0.0], [1, 0, 1, 1, 0]))
    return cases


print(json.dumps({
    "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "sums": sums(),
    "regression": regression(),
    "confusion": confusion(),
    "scores": scores(),
}, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"'))

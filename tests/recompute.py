"""recompute.py RUN BASE DOCUMENTS: someone else's transformer. From a run's adapters, the base model's folder and the output of
`bora documents` it computes the NLL of test documents in double precision, with nothing of bora's code and Python's standard library
alone, and compares with the run's documents.csv. It is slow: for small models."""
import csv, json, math, struct, sys

TOLERANCE = 1e-4  # nats a document: the program computes in single precision


def tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    metadata, found = header.pop("__metadata__"), {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        flat = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
        rows = t["shape"][0] if len(t["shape"]) == 2 else 1
        size = len(flat) // rows
        found[name] = [flat[i * size:(i + 1) * size] for i in range(rows)] if len(t["shape"]) == 2 else flat
    settings = dict(line.split(": ", 1) for line in metadata["settings"].splitlines())
    return found, settings, metadata


def times(matrix, x):
    return [sum(w * v for w, v in zip(row, x)) for row in matrix]


def plus(x, y):
    return [a + b for a, b in zip(x, y)]


def layernorm(x, weight, bias):
    mean = sum(x) / len(x)
    deviation = math.sqrt(sum((v - mean) ** 2 for v in x) / len(x) + 1e-5)
    return [(v - mean) / deviation * w + b for v, w, b in zip(x, weight, bias)]


def gelu(x):
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def softmax(x):
    largest = max(x)
    p = [math.exp(v - largest) for v in x]
    return [v / sum(p) for v in p]


def nll(base, adapter, scale, layers, heads, tokens):
    """Negative log-likelihood of tokens[1:], each given those before it."""
    def linear(layer, matrix, x):
        y = plus(times(base[f"h.{layer}.{matrix}.weight"], x), base[f"h.{layer}.{matrix}.bias"])
        A, B = (adapter.get(f"{layer}.{matrix}.{factor}") for factor in "AB")
        return plus(y, [scale * v for v in times(B, times(A, x))]) if A else y

    width = len(base["wte"][0])
    size = width // heads
    keys, values, total = [[] for _ in range(layers)], [[] for _ in range(layers)], 0.0
    for position, token in enumerate(tokens[:-1]):
        x = plus(base["wte"][token], base["wpe"][position])
        for l in range(layers):
            n = layernorm(x, base[f"h.{l}.ln_1.weight"], base[f"h.{l}.ln_1.bias"])
            q = linear(l, "q", n)
            keys[l].append(linear(l, "k", n))
            values[l].append(linear(l, "v", n))
            attended = []
            for h in range(0, width, size):
                p = softmax([sum(a * b for a, b in zip(q[h:h + size], k[h:h + size])) / math.sqrt(size) for k in keys[l]])
                attended += [sum(w * v[h + i] for w, v in zip(p, values[l])) for i in range(size)]
            x = plus(x, linear(l, "o", attended))
            n = layernorm(x, base[f"h.{l}.ln_2.weight"], base[f"h.{l}.ln_2.bias"])
            x = plus(x, linear(l, "down", [gelu(v) for v in linear(l, "up", n)]))
        logits = times(base["wte"], layernorm(x, base["ln_f.weight"], base["ln_f.bias"]))
        total -= math.log(softmax(logits)[tokens[position + 1]])
    return total


def main(run, folder, documents):
    base, settings, _ = tensors(f"{folder}/model.safetensors")
    with open(f"{folder}/vocab.json", encoding="utf-8") as f:
        first = json.load(f)["<|endoftext|>"]
    with open(documents, encoding="utf-8", newline="") as f:
        texts = {(x["task"], x["document"]): [first] + [int(i) for i in x["tokens"].split()] for x in csv.DictReader(f) if x["split"] == "test"}
    with open(f"{run}/documents.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    layers, heads, worst = int(settings["model.layers"]), int(settings["model.heads"]), 0.0
    for checkpoint in ("last", "common", "task"):
        adapters, settings, metadata = tensors(f"{run}/adapters-{checkpoint}.safetensors")
        scale = float(settings["adapter.alpha"]) / int(settings["adapter.rank"])
        for d, task in enumerate(json.loads(metadata["tasks"])):
            prefix = f"theta.{d}." if any(name.startswith("theta.") for name in adapters) else "Theta."
            adapter = {name[len(prefix):]: t for name, t in adapters.items() if name.startswith(prefix)}
            for x in rows:
                if x["checkpoint"] == checkpoint and x["task"] == task:
                    mine = nll(base, adapter, scale, layers, heads, texts[task, x["document"]])
                    worst = max(worst, abs(mine - float(x["nll"])))
    print(f"{len(rows)} documents, largest difference {worst:.2g} nats")
    return worst > TOLERANCE


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

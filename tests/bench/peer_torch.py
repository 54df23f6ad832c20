#!/usr/bin/python3
"""peer_torch.py SIZE STEP BATCH [SECONDS [TASKS [RANK]]]: what `bora bench` measures, the best way that PyTorch can do it: the same
model, random weights and tokens, and sizes. It knows nothing of bora, and its results mean nothing. STEP:

  lora      one adapter, frozen base
  gathered  an adapter a task and the prior: one pass over the mixed batch; adapters are rows of one tensor, gathered by document
  loop      the same objective in one pass for each task of the batch, a tensor for each factor (as the PEFT library keeps them)
  evaluate  the forward pass of `lora` and its loss
  pretrain  all weights

Threads: OMP_NUM_THREADS. Prints a row like bora's: torch,size,step,batch,threads,blas,tokens_per_second,,,,,memory_mib, with the
median over steps. The environment (which BLAS, malloc) is tests/bench/run's business."""
import os, resource, statistics, sys, time
import torch
import torch.nn.functional as F

SIZES = {"S": (128, 4, 4, 2048), "M": (256, 6, 8, 4096), "G": (768, 12, 12, 50257)}  # width, layers, heads, vocabulary
STEPS = ("lora", "gathered", "loop", "evaluate", "pretrain")
T, TAU, WARM_UP = 128, 1.0, 2
if len(sys.argv) < 4 or sys.argv[1] not in SIZES or sys.argv[2] not in STEPS:
    sys.exit(__doc__)
size, step, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 3.0
tasks = int(sys.argv[5]) if len(sys.argv) > 5 else 25
rank = int(sys.argv[6]) if len(sys.argv) > 6 else 16
C, L, H, V = SIZES[size]
threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
torch.set_num_threads(threads)
torch.manual_seed(0)

# ---- the model ----

def weight(*shape):
    return (torch.randn(*shape) * 0.02).requires_grad_(step == "pretrain")

def constant(n, value):
    return torch.full((n,), value).requires_grad_(step == "pretrain")

wte, wpe, ln_f = weight(V, C), weight(T, C), (constant(C, 1.0), constant(C, 0.0))
layers = [{"ln_1": (constant(C, 1.0), constant(C, 0.0)), "ln_2": (constant(C, 1.0), constant(C, 0.0)),
           "up": (weight(4 * C, C), constant(4 * C, 0.0)), "down": (weight(C, 4 * C), constant(C, 0.0)),
           **{m: (weight(C, C), constant(C, 0.0)) for m in "qkvo"}} for _ in range(L)]
mask = torch.full((T, T), float("-inf")).triu(1)

def logits(tokens, low_rank):
    """low_rank(x, layer, matrix): the addition of the adapters of q and v, alpha = rank; None: no adapters."""
    n = tokens.shape[0]
    x = F.embedding(tokens, wte) + wpe
    for l, w in enumerate(layers):
        h = F.layer_norm(x, (C,), *w["ln_1"])
        q, k, v = (F.linear(h, *w[m]) for m in "qkv")
        if low_rank:
            q, v = q + low_rank(h, l, 0), v + low_rank(h, l, 1)
        q, k, v = (t.view(n, T, H, C // H).transpose(1, 2) for t in (q, k, v))
        p = F.softmax(q @ k.transpose(-1, -2) * (C // H) ** -0.5 + mask, -1)
        x = x + F.linear((p @ v).transpose(1, 2).reshape(n, T, C), *w["o"])
        h = F.layer_norm(x, (C,), *w["ln_2"])
        x = x + F.linear(F.gelu(F.linear(h, *w["up"]), approximate="tanh"), *w["down"])
    return F.linear(F.layer_norm(x, (C,), *ln_f), wte)

def nll(tokens, targets, low_rank, reduction="mean"):
    return F.cross_entropy(logits(tokens, low_rank).view(-1, V), targets.reshape(-1), reduction=reduction)

# ---- adapters: factors A [rank, C], B [C, rank] for each of 2 L matrices ----

def factors():
    return [(torch.randn(rank, C) * 0.02).requires_grad_() if i % 2 == 0 else (torch.randn(C, rank) * 0.02).requires_grad_()
            for i in range(4 * L)]

def of_one(a):
    return lambda x, l, m: x @ a[4 * l + 2 * m].t() @ a[4 * l + 2 * m + 1].t()

if step in ("lora", "evaluate"):
    parameters = factors()

    def loss(tokens, targets, task):
        return nll(tokens, targets, of_one(parameters))

elif step == "loop":
    thetas, Theta = [factors() for _ in range(tasks)], factors()
    parameters = [f for a in thetas + [Theta] for f in a]

    def loss(tokens, targets, task):
        total = sum(nll(tokens[task == d], targets[task == d], of_one(thetas[d])) for d in task.unique().tolist())
        return total + sum(TAU / 2 * ((f - F_) ** 2).sum() for a in thetas for f, F_ in zip(a, Theta))

elif step == "gathered":
    P = 4 * L * rank * C
    theta, Theta = (torch.randn(tasks, P) * 0.02).requires_grad_(), (torch.randn(P) * 0.02).requires_grad_()
    parameters = [theta, Theta]

    def loss(tokens, targets, task):
        mine = theta[task].split(rank * C, 1)  # of each document; the gradient of the split is one concatenation

        def low_rank(x, l, m):
            A, B = mine[4 * l + 2 * m].view(-1, rank, C), mine[4 * l + 2 * m + 1].view(-1, C, rank)
            return torch.bmm(torch.bmm(x, A.transpose(1, 2)), B.transpose(1, 2))
        documents = nll(tokens, targets, low_rank, "none").view(-1, T).mean(1)
        return (documents / torch.bincount(task, minlength=tasks)[task]).sum() + TAU / 2 * ((theta - Theta) ** 2).sum()

else:
    parameters = [wte, wpe, *ln_f, *(t for w in layers for pair in w.values() for t in pair)]

    def loss(tokens, targets, task):
        return nll(tokens, targets, None)

optimizer = None if step == "evaluate" else torch.optim.AdamW(parameters, lr=1e-4, foreach=step == "loop")

def one_step():
    tokens, task = torch.randint(0, V, (batch, T + 1)), torch.randint(0, tasks, (batch,))
    if optimizer is None:
        with torch.no_grad():
            return loss(tokens[:, :-1], tokens[:, 1:], task).item()
    optimizer.zero_grad(set_to_none=True)
    value = loss(tokens[:, :-1], tokens[:, 1:], task)
    value.backward()
    optimizer.step()
    return value.item()

for _ in range(WARM_UP):
    one_step()
spent, started = [], time.perf_counter()
while not spent or time.perf_counter() - started < seconds:
    at = time.perf_counter()
    one_step()
    spent.append(time.perf_counter() - at)
print(f"torch,{size},{step},{batch},{threads},{os.environ.get('BENCH_BLAS', 'default')},{batch * T / statistics.median(spent):.1f},,,,,"
      f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}")

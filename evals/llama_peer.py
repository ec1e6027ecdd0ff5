"""llama.cpp's own server through its Python package, on the same file: python llama_peer.py speed.gguf THREADS

Prints one JSON line like `llama_speed run`: tokens a second, and a second of processor time, for one and
for eight answers at once.
"""

import json
import sys
import threading
import time
import urllib.request

import xllamacpp

THREADS, TOKENS, TRIES = int(sys.argv[2]), 256, 2

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx = 8 * 1024
params.n_parallel = 8
params.cpuparams.n_threads = THREADS
params.cpuparams_batch.n_threads = THREADS
params.warmup = True
params.use_jinja = True
params.port = 0
server = xllamacpp.Server(params)
address = server.listening_address


def ask(question, counts):
    body = {
        "temperature": 0,
        "max_tokens": TOKENS,
        "messages": [{"role": "user", "content": question}],
    }
    request = urllib.request.Request(
        f"{address}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        counts.append(json.load(answer)["usage"]["completion_tokens"])


def speed(at_once):
    best, best_cpu = 0.0, 0.0
    for attempt in range(TRIES):
        counts = []
        asks = [
            threading.Thread(target=ask, args=(f"{attempt} {n} where is the station", counts)) for n in range(at_once)
        ]
        begun, used = time.monotonic(), time.process_time()
        for one in asks:
            one.start()
        for one in asks:
            one.join()
        best = max(best, sum(counts) / (time.monotonic() - begun))
        best_cpu = max(best_cpu, sum(counts) / (time.process_time() - used))
    return best, best_cpu


ask("warm", [])
(one, one_cpu), (eight, eight_cpu) = speed(1), speed(8)
program = "xllamacpp " + xllamacpp.__version__
print(json.dumps({"one": one, "one_cpu": one_cpu, "eight": eight, "eight_cpu": eight_cpu, "program": program}))
sys.stdout.flush()
